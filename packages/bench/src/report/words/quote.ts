/** The figures of a claim to quote, and where a claim's figures are of. */
import type { ClaimQuote, QuotePlace } from "../../analysis/facts/index.ts";
import { formatDifference, formatValue, listOf, statisticName, upperFirst } from "./format.ts";
import { shortVerdict } from "./verdicts.ts";

const places: Readonly<Record<QuotePlace, string>> = {
  deployment: "at a deployment",
  network: "on a network",
  "emulated-distance": "at a distance that a proxy emulates",
  loopback: "over loopback",
};

/** `169 ms over SSE, 105 ms over WebSocket: 20 inputs/s into an answer, 100 ms away (until it is there, p50), on a network.` */
export function quoteSentence(quote: ClaimQuote): string {
  const { condition, metric, unit, statistic, place, effect, verdict } = quote;
  const what = `${condition} (${metric}, ${statisticName(statistic)})`;
  const { difference, differenceInterval } = effect;
  const { low, high } = differenceInterval;
  const by =
    verdict.kind === "constant" || low === null || high === null
      ? ""
      : `: ${formatDifference(difference, unit)} (95 %: ${formatDifference(low, "count")} to ${formatDifference(high, unit)})`;
  return `${valuesWords(quote)}: ${what}, ${places[place]}. ${upperFirst(shortVerdict(verdict))}${by}.`;
}

function valuesWords({ sse, ws, unit }: ClaimQuote): string {
  return `${formatValue(sse, unit)} over SSE, ${formatValue(ws, unit)} over WebSocket`;
}

/** Of more, the scenarios' pages have them. */
const MOST_CONSTANTS = 2;

/** `In every block, tokens at once: 9 over SSE, 1 over WebSocket (nginx buffers by default, X-Accel-Buffering ignored).` */
export function constantSentences(constants: readonly ClaimQuote[]): string[] {
  const alike = Map.groupBy(constants, (one) => `${one.metric}: ${valuesWords(one)}`);
  return [...alike]
    .slice(0, MOST_CONSTANTS)
    .map(([said, those]) => `In every block, ${said} (${those.map(({ condition }) => condition).join("; ")}).`);
}

/** `over loopback`, where all are of one place. */
export function placeWords(all: readonly QuotePlace[]): string | null {
  const [place, ...others] = new Set(all);
  return place === undefined || others.length > 0 ? null : places[place];
}

/** Empty where some of it is of a network or a deployment. */
export function whereSentence(all: readonly QuotePlace[]): string {
  if (all.length === 0 || all.includes("network") || all.includes("deployment")) return "";
  return `All of this is ${listOf(all.map((place) => places[place]))}.`;
}
