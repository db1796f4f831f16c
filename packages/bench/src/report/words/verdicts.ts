import type { ClaimOutcome, NotEnoughData, PeerVerdict, UndecidedReason, Verdict } from "../../analysis/facts/index.ts";
import { armName, formatCount, formatInterval, formatRatio, plural, statisticName } from "./format.ts";

export const NO_DIFFERENCE_WORDS = "no difference that matters";
export const TOO_SMALL_WORDS = "too small to matter";

const whyUndecided: Readonly<Record<UndecidedReason, string>> = {
  "no-difference-shown": "no difference is shown",
  "scales-disagree": "the ratio and the difference point different ways",
  "below-resolution": "a difference below three times the timer's resolution",
  "below-floor": "values below three times the floor",
  "size-open": "the 90 % interval reaches across what would matter",
  "no-ratio": "a value of 0 has no ratio",
  "no-smallest-effect": "nothing says what would matter",
};

export function verdictWords(verdict: Verdict): string {
  return wordsOf(verdict, armName);
}

/** The verdict without its reasons, for a narrow place that says them beside it. */
export function shortVerdict(verdict: Verdict): string {
  return shortOf(verdict, armName);
}

export function peerVerdictWords(verdict: PeerVerdict): string {
  return wordsOf(verdict, String);
}

/** The same without its reasons. */
export function shortPeerVerdict(verdict: PeerVerdict): string {
  return shortOf(verdict, String);
}

type Of<Side> = Extract<Verdict, { readonly kind: "equivalent" | "not-enough-data" }> | Sided<Side>;
type Sided<Side> =
  | { readonly kind: "matters" | "too-small"; readonly lower: Side }
  | { readonly kind: "constant"; readonly lower: Side | null }
  | {
      readonly kind: "undecided";
      readonly lower: Side | null;
      readonly reasons: readonly UndecidedReason[];
      readonly groupsNeeded: number | null;
    };

function wordsOf<Side>(verdict: Of<Side>, name: (side: Side) => string): string {
  const short = shortOf(verdict, name);
  if (verdict.kind === "undecided") return `${short} (${reasonsOf(verdict, name)})`;
  return verdict.kind === "not-enough-data" ? `${short}: ${notEnoughDataWords(verdict.reason)}` : short;
}

function shortOf<Side>(verdict: Of<Side>, name: (side: Side) => string): string {
  switch (verdict.kind) {
    case "matters":
      return `${name(verdict.lower)} lower, and it matters`;
    case "too-small":
      return `${name(verdict.lower)} lower, ${TOO_SMALL_WORDS}`;
    case "equivalent":
      return "equivalent";
    case "undecided":
      return "undecided";
    case "constant":
      return verdict.lower === null ? "the same in every block" : `${name(verdict.lower)} lower in every block`;
    case "not-enough-data":
      return "not enough data";
  }
}

/** Why it is undecided, or there is not enough data; empty for what is said. */
export function verdictReasons(verdict: Verdict): string {
  return verdict.kind === "not-enough-data" ? notEnoughDataWords(verdict.reason) : reasonsOf(verdict, armName);
}

export function peerVerdictReasons(verdict: PeerVerdict): string {
  return verdict.kind === "not-enough-data" ? notEnoughDataWords(verdict.reason) : reasonsOf(verdict, String);
}

function reasonsOf<Side>(verdict: Of<Side>, name: (side: Side) => string): string {
  if (verdict.kind !== "undecided") return "";
  const { lower, reasons, groupsNeeded } = verdict;
  return [
    ...(lower === null ? [] : [`${name(lower)} is lower`]),
    ...reasons.map((reason) => whyUndecided[reason]),
    ...(groupsNeeded === null ? [] : [`${neededWords(groupsNeeded)} would tell`]),
  ].join(", ");
}

/** More than this nobody runs. */
const MOST_SAID = 10_000;

function neededWords(groups: number): string {
  return groups > MOST_SAID ? `more than ${formatCount(MOST_SAID)} pair groups` : `about ${plural(groups, "pair group")}`;
}

export function notEnoughDataWords(reason: NotEnoughData): string {
  switch (reason.code) {
    case "not-measured":
      return `not measured over ${armName(reason.arm)}`;
    case "negative-values":
      return `negative values over ${armName(reason.arm)}`;
    case "too-few-groups":
      return `${plural(reason.groups, "pair group")}, at least ${reason.needed} needed`;
    case "too-few-samples":
      return `${plural(reason.samples, "sample")}, at least ${formatCount(reason.needed)} needed for ${statisticName(reason.statistic)}`;
    case "tail-of-few-blocks":
      return `a few blocks determine the ${statisticName(reason.statistic)}: the ratio is ${formatRatio(reason.ratio)} over all samples and ${formatInterval(reason.pairedInterval)} per pair group`;
    case "nothing-to-compare":
      return "there was nothing to compare";
  }
}

const claimOutcomes: Readonly<Record<ClaimOutcome, string>> = {
  confirmed: "confirmed",
  refuted: "refuted",
  depends: "depends",
  "no-difference": NO_DIFFERENCE_WORDS,
  undecided: "undecided",
  "not-measured-here": "not measured here",
  "not-enough-measured": "not enough measured",
};

export function claimWords(outcome: ClaimOutcome): string {
  return claimOutcomes[outcome];
}

/** The same for a narrow place. */
export function shortClaim(outcome: ClaimOutcome): string {
  return outcome === "no-difference" ? "none that matters" : claimWords(outcome);
}
