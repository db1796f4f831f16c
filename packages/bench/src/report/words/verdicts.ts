import type { ClaimOutcome, NoDifferenceReason, NotEnoughData, PeerVerdict, Verdict } from "../../analysis/facts/index.ts";
import { ALIKE_WITHIN } from "../../analysis/verdict.ts";
import { armName, formatCount, formatInterval, formatRatio, NARROW_SPACE, plural, quantileName } from "./format.ts";

export const ALIKE_WORDS = `alike within ${Math.round((ALIKE_WITHIN - 1) * 100)}${NARROW_SPACE}%`;
export const NO_DIFFERENCE_WORDS = "no difference that we can detect";

const whyNone: Readonly<Record<NoDifferenceReason, string>> = {
  "interval-holds-1": "the interval includes 1",
  "inside-control": "within the control's interval",
  correction: "not after the correction for multiple comparisons",
  "below-resolution": "a difference below three times the timer's resolution",
  "below-floor": "values below three times the floor",
};

export function verdictWords(verdict: Verdict): string {
  switch (verdict.kind) {
    case "lower":
      return `${armName(verdict.arm)} lower`;
    case "alike":
      return ALIKE_WORDS;
    case "no-difference":
      return `${NO_DIFFERENCE_WORDS} (${verdictReasons(verdict)})`;
    case "not-enough-data":
      return `not enough data: ${verdictReasons(verdict)}`;
  }
}

/** The verdict without its reasons, for a narrow place that says them beside it. */
export function shortVerdict(verdict: Verdict): string {
  switch (verdict.kind) {
    case "no-difference":
      return "no difference detected";
    case "not-enough-data":
      return "not enough data";
    default:
      return verdictWords(verdict);
  }
}

/** Why nothing is said of a difference, or there is not enough for it; empty for what is said. */
export function verdictReasons(verdict: Verdict | PeerVerdict): string {
  if (verdict.kind === "lower" || verdict.kind === "alike") return "";
  return verdict.kind === "no-difference"
    ? verdict.reasons.map((reason) => whyNone[reason]).join(", ")
    : notEnoughDataWords(verdict.reason);
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
      return `${plural(reason.samples, "sample")}, at least ${formatCount(reason.needed)} needed for ${quantileName(reason.quantile)}`;
    case "tail-of-few-blocks":
      return `a few blocks determine the ${quantileName(reason.quantile)}: the ratio is ${formatRatio(reason.ratio)} over all samples and ${formatInterval(reason.pairedInterval)} per pair group`;
    case "nothing-to-compare":
      return "there was nothing to compare";
  }
}

export function peerVerdictWords(verdict: PeerVerdict): string {
  return verdict.kind === "lower" ? `${verdict.side} lower` : verdictWords(verdict);
}

/** The same without its reasons. */
export function shortPeerVerdict(verdict: PeerVerdict): string {
  return verdict.kind === "lower" ? peerVerdictWords(verdict) : shortVerdict(verdict);
}

const claimOutcomes: Readonly<Record<ClaimOutcome, string>> = {
  confirmed: "confirmed",
  refuted: "refuted",
  depends: "depends",
  "no-difference": NO_DIFFERENCE_WORDS,
  "not-measured-here": "not measured here",
  "not-enough-measured": "not enough measured",
};

export function claimWords(outcome: ClaimOutcome): string {
  return claimOutcomes[outcome];
}

/** The same for a narrow place. */
export function shortClaim(outcome: ClaimOutcome): string {
  return outcome === "no-difference" ? "no difference" : claimWords(outcome);
}
