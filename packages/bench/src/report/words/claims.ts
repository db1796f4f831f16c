import { decided } from "../../analysis/headline.ts";
import type { ClaimedSize, ClaimVerdict, NativeRecovery, Recovery, ScenarioAnalysis, Sized } from "../../analysis/facts/index.ts";
import { chainSavingsSentence } from "./chain-savings.ts";
import { armName, formatReduction, formatValue, listOf, lowerFirst, plural, quantileName } from "./format.ts";
import { ALIKE_WORDS, NO_DIFFERENCE_WORDS } from "./verdicts.ts";

interface ClaimText {
  /** Paraphrased. */
  readonly claim: string;
  readonly source: string;
  /** The size that it states. */
  readonly size?: string;
}

const CLOUDFLARE = "Cloudflare Agents documentation, HTTP and Server-Sent Events";

/** By METHOD.md's number. */
const texts: Readonly<Record<number, ClaimText>> = {
  1: { source: CLOUDFLARE, claim: "WebSocket is full-duplex; SSE needs additional HTTP requests to send." },
  2: { source: CLOUDFLARE, claim: "SSE may pay more, through reconnection and headers each time." },
  3: { source: CLOUDFLARE, claim: "WebSockets are more stable over minutes or hours, thanks to ping and pong." },
  4: { source: CLOUDFLARE, claim: "WebSockets handle binary data better." },
  5: { source: CLOUDFLARE, claim: "SSE streams a large response without buffering it, for as long as it takes." },
  6: { source: CLOUDFLARE, claim: "When in doubt, WebSocket." },
  7: {
    source: "OpenAI, WebSocket mode of the Responses API (2026)",
    claim: "Chains of 20 and more tool calls are up to 40 % faster end to end over WebSocket.",
    size: "up to 40 % in chains of 20 and more",
  },
  8: {
    source: "smg and sglang gateways",
    claim: "WebSocket lowers time to first token by 11–45 % at p50, inter-token p99 by 22–48 % and the gateway's CPU by 17–21 %.",
    size: "11 % and more, of CPU 17 %",
  },
  9: { source: CLOUDFLARE, claim: "SSE reconnects by itself, WebSocket by hand; SSE is preferred for streaming AI answers." },
};

export function claimText({ number }: Pick<ClaimVerdict, "number">): ClaimText {
  const text = texts[number];
  if (text === undefined) throw new RangeError(`Claim ${number} has no text: add it to report/words/claims.ts.`);
  return text;
}

/** What came out. @param scenarios of the same analysis */
export function claimSentence(claim: ClaimVerdict, scenarios: readonly ScenarioAnalysis[]): string {
  if (claim.direction === "not-measured-here") return whyNotMeasured(claim, scenarios);
  return [
    directionSentence(claim, scenarios),
    claim.size === null ? null : sizeSentence(claim.size, claimText(claim).size ?? ""),
    chainSavingsSentence(claim.chainSavings),
    ...claim.nativeRecovery.map(recoverySentence),
  ]
    .filter(Boolean)
    .join(" ");
}

function whyNotMeasured({ number, counted }: ClaimVerdict, scenarios: readonly ScenarioAnalysis[]): string {
  if (counted.notEnoughData > 0) return "There were not enough data.";
  const named = scenarios.filter((scenario) => scenario.claims.includes(number)).map(({ title }) => title);
  return named.length > 0 ? `Not run: ${listOf(named)}.` : "No scenario of this run measures it.";
}

function directionSentence(claim: ClaimVerdict, scenarios: readonly ScenarioAnalysis[]): string {
  const { favours, asks, direction, counted, reduction } = claim;
  const other = favours === "ws" ? "sse" : "ws";
  const settings = plural(decided(counted), "comparison");
  const same = [
    ...(counted.alike > 0 ? [`${ALIKE_WORDS} in ${counted.alike}`] : []),
    ...(counted.noDifference > 0 ? [`${NO_DIFFERENCE_WORDS} in ${counted.noDifference}`] : []),
  ];
  if (direction === "no-difference") return `Of ${settings}: ${same.join(", ")}.`;
  if (direction === "confirmed" && asks === "not-behind") return `${armName(favours)} is behind in none of ${settings}.`;
  if (direction === "confirmed") {
    const size = reduction === null ? "" : `, by ${formatReduction(reduction, reduction.unit)}`;
    return `${armName(favours)} is better in all of ${settings}${size}.`;
  }
  const counts = [`${armName(favours)} better in ${counted[favours]}`, `${armName(other)} in ${counted[other]}`, ...same].join(", ");
  return claim.scenarios.length === 1 || direction === "refuted"
    ? `Of ${settings}: ${counts}.`
    : `Of ${settings}: ${counts}. ${whereSentence(claim, scenarios)}`.trimEnd();
}

/** In which scenarios the claim holds, for a claim that several serve. */
function whereSentence({ holdsIn }: ClaimVerdict, scenarios: readonly ScenarioAnalysis[]): string {
  const titles = scenarios.filter(({ name }) => holdsIn.includes(name)).map(({ title }) => lowerFirst(title));
  return titles.length === 0 ? "" : `It holds in ${listOf(titles)}.`;
}

function sizeSentence({ reached, largest, mixed }: ClaimedSize, claimed: string): string {
  if (largest === null) return `The size, ${claimed}, was not measured.`;
  if (reached) return `The size, ${claimed}, is reached: ${reductionOf(largest)}.`;
  const notByTransport = `The direction holds, the size does not: claimed ${claimed}, here at most ${reductionOf(largest)}`;
  if (mixed === null) return `${notByTransport}.`;
  const both = reductionOf({ ...mixed, condition: `transport and input changed at once, ${mixed.condition}` });
  return `${notByTransport}, by the transport alone. ${
    mixed.ratio !== null && mixed.ratio <= 1 - mixed.claimed
      ? `It is reached only where what goes up is changed too: ${both}.`
      : `Nor is it where what goes up is changed too: ${both}.`
  }`;
}

/** `21 % (20 turns, p50)`. */
function reductionOf({ ratio, condition, quantile }: Sized): string {
  return `${Math.round((1 - (ratio ?? 1)) * 100)} % (${condition}, ${quantileName(quantile)})`;
}

/** What a browser does by itself, and what our clients do there. */
function recoverySentence({ condition, eventSource, webSocket, ours }: NativeRecovery): string {
  const alone = [eventSource, webSocket]
    .filter((one) => one !== null)
    .map(
      ({ label, isBack, gapMs }) => `${label} ${isBack ? `is back after ${formatValue(gapMs, "ms")}` : "is not back while it was watched"}`,
    );
  const oursWords = ours.map(
    ({ label, isBack, gapMs }: Recovery) => `${isBack ? `after ${formatValue(gapMs, "ms")}` : "not at all"} over ${label}`,
  );
  return `After ${condition}: ${alone.join(", ")}; with our clients the answer goes on ${oursWords.join(" and ")}.`;
}
