import { isReached, scenariosOf } from "../../analysis/claims.ts";
import { judgedIn } from "../../analysis/headline.ts";
import type { ClaimedSize, ClaimVerdict, NativeRecovery, Recovery, ScenarioAnalysis, Sized } from "../../analysis/facts/index.ts";
import { chainSavingsSentence } from "./chain-savings.ts";
import { countsSentence } from "./counts.ts";
import { coverageSentence } from "./coverage.ts";
import { dependenceSentences } from "./dependence.ts";
import { armName, formatReduction, formatValue, listOf, plural, statisticName } from "./format.ts";
import { constantSentences, quoteSentence, whereSentence } from "./quote.ts";

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
  2: { source: CLOUDFLARE, claim: "SSE may cost more, because it reconnects and sends headers each time." },
  3: { source: CLOUDFLARE, claim: "WebSockets are more stable over minutes or hours, thanks to ping and pong." },
  4: { source: CLOUDFLARE, claim: "WebSockets handle binary data better." },
  5: { source: CLOUDFLARE, claim: "SSE streams a large response without buffering it, for as long as it takes." },
  6: { source: CLOUDFLARE, claim: "When in doubt, WebSocket." },
  7: {
    source: "OpenAI, WebSocket mode of the Responses API (2026)",
    claim: "Chains of 20 or more tool calls are up to 40 % faster end to end over WebSocket.",
    size: "up to 40 % in chains of 20 tool calls or more",
  },
  8: {
    source: "smg and sglang gateways",
    claim: "WebSocket lowers time to first token by 11–45 % at p50, inter-token p99 by 22–48 % and the gateway's CPU by 17–21 %.",
    size: "at least 11 %, and 17 % of CPU",
  },
  9: { source: CLOUDFLARE, claim: "SSE reconnects by itself, WebSocket by hand; SSE is preferred for streaming AI answers." },
};

export function claimText({ number }: Pick<ClaimVerdict, "number">): ClaimText {
  const text = texts[number];
  if (text === undefined) throw new RangeError(`Claim ${number} has no text: add it to report/words/claims.ts.`);
  return text;
}

/** A claim in three lines or a few more. */
export interface ClaimLines {
  readonly claim: string;
  readonly source: string;
  /** What is so, how large it is, and where. */
  readonly so: string;
  /** The figures to quote, together; none where nothing was compared. */
  readonly quotes: readonly string[];
}

/** @param scenarios that the claims were judged by */
export function claimLines(claim: ClaimVerdict, scenarios: readonly ScenarioAnalysis[]): ClaimLines {
  const { claim: said, source } = claimText(claim);
  return { claim: said, source, so: claimSentence(claim, scenarios), quotes: claim.quotes.map(quoteSentence) };
}

/** What is so. @param scenarios that the claims were judged by */
export function claimSentence(claim: ClaimVerdict, scenarios: readonly ScenarioAnalysis[]): string {
  if (claim.direction === "not-measured-here") return whyNotMeasured(claim, scenarios);
  const said =
    claim.outcome === "not-enough-measured"
      ? [coverageSentence(claim.coverage, claim.counted), dependenceSentences(claim, scenarios), modelTimeSentence(claim)]
      : [directionSentence(claim, scenarios), ...evidenceBeside(claim)];
  return [...said, whereSentence(claim.places)].filter(Boolean).join(" ");
}

function evidenceBeside(claim: ClaimVerdict): (string | null)[] {
  return [
    claim.size === null ? null : sizeSentence(claim.size, claimText(claim).size ?? ""),
    modelTimeSentence(claim),
    chainSavingsSentence(claim.chainSavings, 1),
    ...constantSentences(claim.constants),
    ...claim.nativeRecovery.map(recoverySentence),
  ];
}

/** With it, the same difference is a smaller share: a claim may hold of what a session calls either. */
function modelTimeSentence({ withoutModelTime, counted }: ClaimVerdict): string | null {
  if (withoutModelTime === null || withoutModelTime === 0) return null;
  const all = judgedIn(counted);
  const which =
    withoutModelTime >= all
      ? all === 1
        ? "the one comparison"
        : `all ${plural(all, "comparison")}`
      : `${withoutModelTime} of ${plural(all, "comparison")}`;
  return `The time of the model and of the tools is left out of ${which}.`;
}

function whyNotMeasured({ number, counted }: ClaimVerdict, scenarios: readonly ScenarioAnalysis[]): string {
  if (counted.notEnoughData > 0) return "There are not enough data.";
  const named = scenariosOf(number, scenarios).map(({ title }) => title);
  return named.length > 0 ? `Not run: ${listOf(named)}.` : "No scenario of this run measures it.";
}

function directionSentence(claim: ClaimVerdict, scenarios: readonly ScenarioAnalysis[]): string {
  const { favours, asks, direction, counted, reduction } = claim;
  const settings = plural(judgedIn(counted), "comparison");
  if (direction === "no-difference" || direction === "undecided") return countsSentence(counted, []);
  if (direction === "confirmed" && asks === "not-behind") return `${armName(favours)} is behind in none of ${settings}.`;
  if (direction === "confirmed") {
    const size = reduction === null ? "" : `, by ${formatReduction(reduction, reduction.unit)}`;
    return `${armName(favours)} is better by a difference that matters in ${judgedIn(counted) === 1 ? "the one comparison" : `all ${settings}`}${size}.`;
  }
  const on = dependenceSentences(claim, scenarios);
  if (on === "") return countsSentence(counted, [favours, favours === "ws" ? "sse" : "ws"]);
  return direction === "refuted" ? `${armName(favours)} is better in none of ${settings}. ${on}` : on;
}

function sizeSentence({ reached, largest, mixed }: ClaimedSize, claimed: string): string {
  if (largest === null) return `The stated size (${claimed}) was not measured.`;
  if (reached) return `The stated size (${claimed}) is reached: ${reductionOf(largest)}.`;
  const notByTransport = `The direction holds, but not the stated size (${claimed}): the largest reduction is ${reductionOf(largest)}`;
  if (mixed === null) return `${notByTransport}.`;
  const both = reductionOf(mixed);
  return `${notByTransport}, by the transport alone. ${
    isReached(mixed)
      ? `Only a change of transport and input together reaches it: ${both}.`
      : `A change of transport and input together does not reach it either: ${both}.`
  }`;
}

/** `21 % (20 turns, p50)`. */
function reductionOf({ ratio, condition, statistic }: Sized): string {
  return `${Math.round((1 - (ratio ?? 1)) * 100)} % (${condition}, ${statisticName(statistic)})`;
}

/** What a browser does by itself, and what our clients do there. */
function recoverySentence({ condition, eventSource, webSocket, ours }: NativeRecovery): string {
  const alone = [eventSource, webSocket]
    .filter((one) => one !== null)
    .map(
      ({ label, isBack, gapMs }) =>
        `${label} ${isBack ? `recovers after ${formatValue(gapMs, "ms")}` : "does not recover while it is watched"}`,
    );
  const oursWords = ours.map(
    ({ label, isBack, gapMs }: Recovery) => `${isBack ? `after ${formatValue(gapMs, "ms")}` : "not at all"} over ${label}`,
  );
  return `After ${condition}, ${listOf(alone)}. With our clients the answer goes on ${listOf(oursWords)}.`;
}
