/** What others have published about the two, each judged by the scenarios that name it. */
import { faultsByItself } from "./by-itself.ts";
import { armName, formatReduction, listOf, plural, quantileName } from "./format.ts";
import {
  isHeadline,
  isSpokenOf,
  outcomeOf,
  placedComparisons,
  sortByVerdict,
  splitSame,
  type Placed,
  type Sorted,
  type SpokenActions,
} from "./headline.ts";
import { realPaceSentence } from "./real-pace.ts";
import type { Condition } from "../results/schema.ts";
import type { ClaimOutcome, ClaimVerdict, ComparedArm, FactorEffect, ScenarioAnalysis } from "./types.ts";

interface ClaimDefinition {
  readonly number: number;
  readonly source: string;
  readonly claim: string;
  /** The arm that is better if the claim holds. */
  readonly favours: ComparedArm;
  /** The claim says what this arm can do, and not that it does it better: it holds where the arm is not behind. */
  readonly notBehind?: true;
  /** Compares everything that was measured, not only the scenarios that name it. */
  readonly everywhere?: true;
  /** The settings that the claim speaks of: where any of them was measured, it is judged by those alone. */
  readonly settings?: { readonly factor: string; readonly atLeast: number };
  readonly actions?: SpokenActions;
  /** Its figure is of transport and input changed at once: that effect is said beside the transport's own, and confirms nothing of it. */
  readonly mixed?: true;
  /** It speaks of what a browser does with no client of ours: see {@link faultsByItself}. */
  readonly byItself?: true;
  /** Tails that the claim speaks of, by scenario, counted beside the headlines. */
  readonly alsoQuantiles?: Readonly<Record<string, readonly number[]>>;
  /** Metrics besides the first that the claim speaks of, by scenario, counted at their first quantile beside the headlines. */
  readonly alsoMetrics?: Readonly<Record<string, readonly string[]>>;
  /** A size that the claim states: reached where an estimate is this reduction or a larger one, at {@link settings}. */
  readonly size?: {
    readonly text: string;
    readonly reduction: number;
    /** The scenarios in which it counts; all that serve the claim if absent. */
    readonly within?: readonly string[];
    /** By scenario, where the claim names another reduction for what it measures. */
    readonly reductionIn?: Readonly<Record<string, number>>;
  };
}

const CLOUDFLARE = "Cloudflare Agents documentation, HTTP and Server-Sent Events";

/** Paraphrased; the numbers are those of METHOD.md and of a scenario's `claims`. */
const definitions: readonly ClaimDefinition[] = [
  {
    number: 1,
    source: CLOUDFLARE,
    claim: "WebSocket is full-duplex; SSE needs additional HTTP requests to send.",
    favours: "ws",
    actions: { distance: ["first-input", "inputs"] },
  },
  {
    number: 2,
    source: CLOUDFLARE,
    claim: "SSE may pay more, through reconnection and headers each time.",
    favours: "ws",
    // The headline is the first connection; "each time" is every one after it.
    alsoMetrics: { "reconnect-cost": ["warmUp"] },
    actions: { distance: ["start", "resume"] },
  },
  { number: 3, source: CLOUDFLARE, claim: "WebSockets are more stable over minutes or hours, thanks to ping and pong.", favours: "ws" },
  { number: 4, source: CLOUDFLARE, claim: "WebSockets handle binary data better.", favours: "ws" },
  {
    number: 5,
    source: CLOUDFLARE,
    claim: "SSE streams a large response without buffering it, for as long as it takes.",
    favours: "sse",
    notBehind: true,
  },
  { number: 6, source: CLOUDFLARE, claim: "When in doubt, WebSocket.", favours: "ws", everywhere: true },
  {
    number: 7,
    source: "OpenAI, WebSocket mode of the Responses API (2026)",
    claim: "Chains of 20 and more tool calls are up to 40 % faster end to end over WebSocket.",
    favours: "ws",
    settings: { factor: "turns", atLeast: 20 },
    mixed: true,
    size: { text: "up to 40 % in chains of 20 and more", reduction: 0.4 },
  },
  {
    number: 8,
    source: "smg and sglang gateways",
    claim: "WebSocket lowers time to first token by 11–45 % at p50, inter-token p99 by 22–48 % and the gateway's CPU by 17–21 %.",
    favours: "ws",
    alsoQuantiles: { "token-latency": [0.99] },
    actions: { distance: ["next"] },
    // What a proxy holds back is not what the claim's figure is about.
    size: {
      text: "11 % and more, of CPU 17 %",
      reduction: 0.11,
      reductionIn: { throughput: 0.17 },
      within: ["first-token", "token-latency", "throughput"],
    },
  },
  {
    number: 9,
    source: CLOUDFLARE,
    claim: "SSE reconnects by itself, WebSocket by hand; SSE is preferred for streaming AI answers.",
    favours: "sse",
    byItself: true,
  },
];

/** Whether a scenario's verdict or a claim's is drawn from this comparison: these are the ones that are corrected together. */
export function isConcludedFrom(scenario: Pick<ScenarioAnalysis, "name" | "metrics">, metric: string, quantile: number): boolean {
  const [first] = scenario.metrics;
  return (
    (metric === first?.id && quantile === first.quantiles[0]) ||
    definitions.some((definition) => speaksOf(definition, scenario, metric, quantile))
  );
}

export function judgeClaims(scenarios: readonly ScenarioAnalysis[]): ClaimVerdict[] {
  return definitions.map((definition) => judgeClaim(definition, scenarios));
}

/**
 * The rule, over the headlines of every setting of every scenario that serves the claim, with those not decided left out:
 * none decided, *not measured here*; all for it, *confirmed*; none for it and one against it, *refuted*; all the same, *no difference*;
 * anything else, *depends*. A claim of what one arm can do, and not that it does it better, is confirmed where that arm is behind in none, and refuted where it is in all.
 * A claim that states a size is confirmed only if the size is reached too, and depends otherwise. A claim of what a browser does by itself depends where
 * the browser says otherwise than the comparison of the clients.
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

  const direction = directionOf(sorted, definition);
  const size =
    definition.size === undefined || direction !== "confirmed"
      ? null
      : sizeSentence(definition.size, sizedBy(definition, serving), mixedSizes(definition, serving));
  const alone = definition.byItself === true ? faultsByItself(serving) : [];
  const isContradicted =
    (size !== null && !size.reached) || alone.some(({ asClaimed }) => asClaimed !== null && asClaimed !== (direction === "confirmed"));
  return {
    ...base,
    outcome: isContradicted ? "depends" : direction,
    sentence: [
      directionSentence(definition, direction, sorted, serving),
      size?.sentence,
      definition.settings === undefined ? null : realPaceSentence(serving),
      ...alone.map(({ sentence }) => sentence),
    ]
      .filter(Boolean)
      .join(" "),
  };
}

function evidenceOf(definition: ClaimDefinition, scenario: ScenarioAnalysis): Placed[] {
  const all = placedComparisons(scenario).filter(
    (placed) =>
      isSpokenOf(definition.actions, scenario.name, placed.condition) &&
      (isHeadline(scenario, placed) || speaksOf(definition, scenario, placed.metric.id, placed.comparison.quantile)),
  );
  const spokenOf = all.filter(({ condition }) => isSetting(definition, condition));
  return spokenOf.length === 0 ? all : spokenOf;
}

/** The headlines that a claim counts in a scenario. */
export function countedHeadlines(number: number, scenario: ScenarioAnalysis): Placed[] {
  const definition = definitions.find((one) => one.number === number);
  return definition === undefined ? [] : evidenceOf(definition, scenario).filter((placed) => isHeadline(scenario, placed));
}

function isSetting({ settings }: Pick<ClaimDefinition, "settings">, { factors }: Condition): boolean {
  return settings === undefined || Number(factors[settings.factor]) >= settings.atLeast;
}

/** Besides the headlines. */
function speaksOf(
  { alsoQuantiles, alsoMetrics }: ClaimDefinition,
  { name, metrics: [first, ...others] }: Pick<ScenarioAnalysis, "name" | "metrics">,
  metric: string,
  quantile: number,
): boolean {
  if (metric === first?.id) return alsoQuantiles?.[name]?.includes(quantile) ?? false;
  return (alsoMetrics?.[name]?.includes(metric) ?? false) && quantile === others.find(({ id }) => id === metric)?.quantiles[0];
}

/** An effect that a claim's size may be found in. */
interface Sized {
  readonly effect: FactorEffect;
  /** What the claim states for it, as a share. */
  readonly reduction: number;
  readonly name: string;
}

function sizedBy(definition: ClaimDefinition, serving: readonly ScenarioAnalysis[]): Sized[] {
  const { size } = definition;
  return serving
    .filter(({ name }) => size?.within?.includes(name) ?? true)
    .flatMap((scenario) =>
      evidenceOf(definition, scenario).flatMap(({ condition, comparison: { effect, quantile } }): Sized[] =>
        effect === null || size === undefined || !isSetting(definition, condition)
          ? []
          : [
              {
                effect,
                reduction: size.reductionIn?.[scenario.name] ?? size.reduction,
                name: `${condition.label}, ${quantileName(quantile)}`,
              },
            ],
      ),
    );
}

function mixedSizes(definition: ClaimDefinition, serving: readonly ScenarioAnalysis[]): Sized[] {
  const { size, mixed } = definition;
  if (mixed !== true || size === undefined) return [];
  return serving.flatMap(({ factorial, conditions }) =>
    factorial.flatMap((table): Sized[] => {
      const condition = conditions.find((one) => one.condition.id === table.conditions.new)?.condition;
      if (condition === undefined || !isSetting(definition, condition)) return [];
      return [{ effect: table.mixed, reduction: size.reduction, name: `transport and input changed at once, ${table.label}` }];
    }),
  );
}

function directionOf(sorted: Sorted, { favours, notBehind }: ClaimDefinition): ClaimOutcome {
  const outcome = outcomeOf(sorted);
  if (notBehind === true) {
    if (sorted[otherThan(favours)].length === 0) return "confirmed";
    return sorted[favours].length + sorted.same.length === 0 ? "refuted" : "depends";
  }
  if (outcome === favours) return "confirmed";
  if (outcome === "alike" || outcome === "no-difference") return "no-difference";
  return sorted[favours].length === 0 ? "refuted" : "depends";
}

function whyNotMeasured({ number }: ClaimDefinition, scenarios: readonly ScenarioAnalysis[], counted: readonly Placed[]): string {
  if (counted.length > 0) return "There were not enough data.";
  const named = scenarios.filter((scenario) => scenario.claims.includes(number)).map(({ title }) => title);
  return named.length > 0 ? `Not run: ${listOf(named)}.` : "No scenario of this run measures it.";
}

function directionSentence(
  { favours, notBehind }: ClaimDefinition,
  direction: ClaimOutcome,
  sorted: Sorted,
  serving: readonly ScenarioAnalysis[],
): string {
  const other = otherThan(favours);
  const total = sorted.sse.length + sorted.ws.length + sorted.same.length;
  const settings = plural(total, "comparison");
  const same = splitSame(sorted.same).map(({ words, placed }) => `${words} in ${placed.length}`);
  if (direction === "no-difference") return `Of ${settings}: ${same.join(", ")}.`;
  if (direction === "confirmed" && notBehind === true) return `${armName(favours)} is behind in none of ${settings}.`;
  if (direction === "confirmed") return `${armName(favours)} is better in all of ${settings}${sizeOf(sorted[favours])}.`;
  const counts = [`${armName(favours)} better in ${sorted[favours].length}`, `${armName(other)} in ${sorted[other].length}`, ...same].join(
    ", ",
  );
  return serving.length === 1 || direction === "refuted"
    ? `Of ${settings}: ${counts}.`
    : `Of ${settings}: ${counts}. ${whereSentence(sorted, serving, favours)}`.trimEnd();
}

function otherThan(arm: ComparedArm): ComparedArm {
  return arm === "ws" ? "sse" : "ws";
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
  byTransport: readonly Sized[],
  mixed: readonly Sized[],
): { readonly reached: boolean; readonly sentence: string } {
  const largest = largestOf(byTransport);
  if (largest === undefined) return { reached: false, sentence: `The size, ${size.text}, was not measured.` };
  const enough = largestOf(byTransport.filter(isReached));
  if (enough !== undefined) return { reached: true, sentence: `The size, ${size.text}, is reached: ${reductionOf(enough)}.` };
  const notByTransport = `The direction holds, the size does not: claimed ${size.text}, here at most ${reductionOf(largest)}`;
  const both = largestOf(mixed);
  if (both === undefined) return { reached: false, sentence: `${notByTransport}.` };
  const alsoMixed = isReached(both)
    ? `It is reached only where what goes up is changed too: ${reductionOf(both)}.`
    : `Nor is it where what goes up is changed too: ${reductionOf(both)}.`;
  return { reached: false, sentence: `${notByTransport}, by the transport alone. ${alsoMixed}` };
}

/** By the estimate: an interval holds more the less is known. */
function isReached({ effect: { ratio }, reduction }: Sized): boolean {
  return ratio !== null && ratio <= 1 - reduction;
}

function largestOf(sized: readonly Sized[]): Sized | undefined {
  return sized.toSorted((left, right) => (left.effect.ratio ?? Infinity) - (right.effect.ratio ?? Infinity))[0];
}

/** `21 % (20 turns, p50)`. */
function reductionOf({ effect, name }: Sized): string {
  return `${Math.round((1 - (effect.ratio ?? 1)) * 100)} % (${name})`;
}
