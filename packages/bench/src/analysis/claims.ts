/** What others have published about the two, each judged by the scenarios that name it. */
import { armName, formatReduction, listOf, plural, quantileName } from "./format.ts";
import { isHeadline, outcomeOf, placedComparisons, sortByVerdict, type Placed, type Sorted } from "./headline.ts";
import type { ClaimOutcome, ClaimVerdict, ComparedArm, ScenarioAnalysis } from "./types.ts";

interface ClaimDefinition {
  readonly number: number;
  readonly source: string;
  readonly claim: string;
  /** The arm that is better if the claim holds. */
  readonly favours: ComparedArm;
  /** Compares everything that was measured, not only the scenarios that name it. */
  readonly everywhere?: true;
  /** Tails that the claim speaks of, by scenario, counted beside the headlines. */
  readonly alsoQuantiles?: Readonly<Record<string, readonly number[]>>;
  /** A size that the claim states: reached where an interval holds this reduction or a larger one, at settings that qualify. */
  readonly size?: {
    readonly text: string;
    readonly reduction: number;
    readonly qualifies?: { readonly factor: string; readonly atLeast: number };
  };
}

const CLOUDFLARE = "Cloudflare Agents documentation, HTTP and Server-Sent Events";

/** Paraphrased; the numbers are those of METHOD.md and of a scenario's `claims`. */
const definitions: readonly ClaimDefinition[] = [
  { number: 1, source: CLOUDFLARE, claim: "WebSocket is full-duplex; SSE needs additional HTTP requests to send.", favours: "ws" },
  { number: 2, source: CLOUDFLARE, claim: "SSE may pay more, through reconnection and headers each time.", favours: "ws" },
  { number: 3, source: CLOUDFLARE, claim: "WebSockets are more stable over minutes or hours, thanks to ping and pong.", favours: "ws" },
  { number: 4, source: CLOUDFLARE, claim: "WebSockets handle binary data better.", favours: "ws" },
  { number: 5, source: CLOUDFLARE, claim: "SSE streams a large response without buffering it, for as long as it takes.", favours: "sse" },
  { number: 6, source: CLOUDFLARE, claim: "When in doubt, WebSocket.", favours: "ws", everywhere: true },
  {
    number: 7,
    source: "OpenAI, WebSocket mode of the Responses API (2026)",
    claim: "Chains of 20 and more tool calls are up to 40 % faster end to end over WebSocket.",
    favours: "ws",
    size: { text: "up to 40 % in chains of 20 and more", reduction: 0.4, qualifies: { factor: "turns", atLeast: 20 } },
  },
  {
    number: 8,
    source: "smg and sglang gateways",
    claim: "WebSocket lowers time to first token by 11–45 % at p50 and inter-token p99 by 22–48 %.",
    favours: "ws",
    alsoQuantiles: { "token-latency": [0.99] },
    size: { text: "11 % and more", reduction: 0.11 },
  },
  { number: 9, source: CLOUDFLARE, claim: "SSE reconnects by itself, and is preferred for streaming AI answers.", favours: "sse" },
];

/** Whether a scenario's verdict or a claim's is drawn from this comparison: these are the ones that are corrected together. */
export function isConcludedFrom(scenario: Pick<ScenarioAnalysis, "name" | "metrics">, metric: string, quantile: number): boolean {
  const [first] = scenario.metrics;
  if (metric !== first?.id) return false;
  return quantile === first.quantiles[0] || definitions.some((definition) => tailsOf(definition, scenario.name).includes(quantile));
}

function tailsOf({ alsoQuantiles }: ClaimDefinition, scenario: string): readonly number[] {
  return alsoQuantiles?.[scenario] ?? [];
}

export function judgeClaims(scenarios: readonly ScenarioAnalysis[]): ClaimVerdict[] {
  return definitions.map((definition) => judgeClaim(definition, scenarios));
}

/**
 * The rule, over the headlines of every setting of every scenario that serves the claim, with those not decided left out:
 * none decided, *not measured here*; all for it, *confirmed*; none for it and one against it, *refuted*; all the same, *no difference*;
 * anything else, *depends*. A claim that states a size is confirmed only if the size is reached too, and depends otherwise.
 */
function judgeClaim(definition: ClaimDefinition, scenarios: readonly ScenarioAnalysis[]): ClaimVerdict {
  const { number, source, claim, favours } = definition;
  const serving = scenarios.filter(
    (scenario) => scenario.notRun === null && (definition.everywhere === true || scenario.claims.includes(number)),
  );
  const counted = serving.flatMap((scenario) => evidenceOf(definition, scenario));
  const sorted = sortByVerdict(counted);
  const decided = counted.length - sorted.undecided.length;
  const base = { number, source, claim, favours, scenarios: serving.map(({ name }) => name) };
  if (decided === 0) return { ...base, outcome: "not measured here", sentence: whyNotMeasured(definition, scenarios, counted) };

  const direction = directionOf(sorted, favours);
  const size = definition.size === undefined || direction !== "confirmed" ? null : sizeSentence(definition.size, counted);
  const outcome: ClaimOutcome = size === null || size.reached ? direction : "depends";
  return {
    ...base,
    outcome,
    sentence: [directionSentence(definition, direction, sorted, serving), size?.sentence].filter(Boolean).join(" "),
  };
}

function evidenceOf(definition: ClaimDefinition, scenario: ScenarioAnalysis): Placed[] {
  return placedComparisons(scenario).filter(
    (placed) =>
      isHeadline(scenario, placed) ||
      (placed.metric.id === scenario.metrics[0]?.id && tailsOf(definition, scenario.name).includes(placed.comparison.quantile)),
  );
}

function directionOf(sorted: Sorted, favours: ComparedArm): ClaimOutcome {
  const outcome = outcomeOf(sorted);
  if (outcome === favours) return "confirmed";
  if (outcome === "no-difference") return "no-difference";
  return sorted[favours].length === 0 ? "refuted" : "depends";
}

function whyNotMeasured({ number }: ClaimDefinition, scenarios: readonly ScenarioAnalysis[], counted: readonly Placed[]): string {
  if (counted.length > 0) return "There were not enough data.";
  const named = scenarios.filter((scenario) => scenario.claims.includes(number)).map(({ title }) => title);
  return named.length > 0 ? `Not run: ${listOf(named)}.` : "No scenario of this run measures it.";
}

function directionSentence(
  { favours }: ClaimDefinition,
  direction: ClaimOutcome,
  sorted: Sorted,
  serving: readonly ScenarioAnalysis[],
): string {
  const other = favours === "ws" ? "sse" : "ws";
  const total = sorted.sse.length + sorted.ws.length + sorted.same.length;
  const settings = plural(total, "comparison");
  if (direction === "no-difference") return `No difference that we can detect in ${settings}.`;
  if (direction === "confirmed") return `${armName(favours)} is better in all of ${settings}${sizeOf(sorted[favours])}.`;
  const counts = [
    `${armName(favours)} better in ${sorted[favours].length}`,
    `${armName(other)} in ${sorted[other].length}`,
    `no difference in ${sorted.same.length}`,
  ].join(", ");
  return serving.length === 1 || direction === "refuted"
    ? `Of ${settings}: ${counts}.`
    : `Of ${settings}: ${counts}. ${whereSentence(sorted, serving, favours)}`.trimEnd();
}

/** In which scenarios the claim holds, for a claim that several serve. */
function whereSentence(sorted: Sorted, serving: readonly ScenarioAnalysis[], favours: ComparedArm): string {
  const where = serving.filter(({ metrics }) => sorted[favours].some(({ metric }) => metrics.includes(metric)));
  return where.length === 0 ? "" : `It holds in ${listOf(where.map(({ title }) => title.charAt(0).toLowerCase() + title.slice(1)))}.`;
}

/** A range of sizes only makes sense within one unit. */
function sizeOf(placed: readonly Placed[]): string {
  const units = new Set(placed.map(({ metric }) => metric.id));
  const unit = placed[0]?.metric.unit;
  if (units.size !== 1 || unit === undefined) return "";
  return `, by ${formatReduction(
    placed.map(({ comparison }) => comparison),
    unit,
  )}`;
}

function sizeSentence(
  size: NonNullable<ClaimDefinition["size"]>,
  counted: readonly Placed[],
): { readonly reached: boolean; readonly sentence: string } {
  const { qualifies } = size;
  const qualifying = counted.filter(
    ({ condition }) => qualifies === undefined || Number(condition.factors[qualifies.factor]) >= qualifies.atLeast,
  );
  const effects = qualifying.flatMap(({ comparison, condition }) =>
    comparison.effect === null ? [] : [{ ...comparison.effect, comparison, condition }],
  );
  if (effects.length === 0) return { reached: false, sentence: `The size, ${size.text}, was not measured.` };
  const reached = effects.some(({ interval }) => interval.low !== null && interval.low <= 1 - size.reduction);
  const largest = effects.toSorted((left, right) => (left.ratio ?? Infinity) - (right.ratio ?? Infinity))[0];
  if (reached || largest === undefined) return { reached, sentence: `The size, ${size.text}, is reached.` };
  const { comparison, condition, ratio } = largest;
  const most = Math.round((1 - (ratio ?? 1)) * 100);
  return {
    reached,
    sentence: `The direction holds, the size does not: claimed ${size.text}, here at most ${most} % (${condition.label}, ${quantileName(comparison.quantile)}).`,
  };
}
