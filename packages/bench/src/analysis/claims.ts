/** What others have published about the two, each judged by the scenarios that name it. Their words are in report/words/claims.ts. */
import type { Condition } from "../results/schema.ts";
import type { Statistic } from "../stats/index.ts";
import { chainSavings, isAtRealPace } from "./chain-savings.ts";
import { dependencesOf } from "./claim-dependence.ts";
import { constantsOf, placeOf, quotesOf, type SpokenSettings } from "./claim-quote.ts";
import { resultOf, type ClaimComparison } from "./claim-result.ts";
import { coverageOf, isTooLittle } from "./coverage.ts";
import type { ClaimedSize, ClaimOutcome, ClaimVerdict, ComparedArm, Counts, ScenarioAnalysis, Sized } from "./facts/index.ts";
import {
  countsOf,
  judgedIn,
  isHeadline,
  isSpokenOf,
  outcomeOf,
  placedComparisons,
  reductionOf,
  sortByVerdict,
  type Placed,
  type SpokenActions,
} from "./headline.ts";
import { nativeRecoveries } from "./native-recovery.ts";

interface ClaimDefinition {
  readonly number: number;
  /** The arm that is better if the claim holds. */
  readonly favours: ComparedArm;
  /** The claim says what this arm can do, and not that it does it better: it holds where the arm is not behind. */
  readonly notBehind?: true;
  /** Scenarios that ask it on a network. They name no claims themselves: runs until 2026-11-29 were made before they served any. */
  readonly onNetwork?: readonly string[];
  /** The settings among which its figures are chosen, where there are any: a "large response" has a size. */
  readonly quoted?: SpokenSettings;
  /** Compares everything that was measured, not only the scenarios that name it. */
  readonly everywhere?: true;
  /** The settings that the claim speaks of: where any of them was measured, it is judged by those alone. */
  readonly settings?: SpokenSettings;
  readonly actions?: SpokenActions;
  /** Its figure is of transport and input changed at once: that effect is said beside the transport's own, and confirms nothing of it. */
  readonly mixed?: true;
  /** It speaks of what a browser does with no client of ours: see {@link nativeRecoveries}. */
  readonly inBrowser?: true;
  /** Tails that the claim speaks of, by scenario, counted beside the headlines. */
  readonly alsoQuantiles?: Readonly<Record<string, readonly number[]>>;
  /** Metrics besides the first that the claim speaks of, by scenario, counted at their first quantile beside the headlines. */
  readonly alsoMetrics?: Readonly<Record<string, readonly string[]>>;
  /** A size that the claim states: reached where an estimate is this reduction or a larger one, at {@link settings}. */
  readonly size?: {
    readonly reduction: number;
    /** The scenarios in which it counts; all that serve the claim if absent. */
    readonly within?: readonly string[];
    /** By scenario, where the claim names another reduction for what it measures. */
    readonly reductionIn?: Readonly<Record<string, number>>;
  };
}

/** The numbers are those of METHOD.md and of a scenario's `claims`. */
const definitions: readonly ClaimDefinition[] = [
  { number: 1, favours: "ws", actions: { distance: ["first-input", "inputs", "fast-inputs"] } },
  {
    number: 2,
    favours: "ws",
    // The headline is the first connection; "each time" is every one after it.
    alsoMetrics: { "reconnect-cost": ["warmUp"] },
    actions: { distance: ["start", "resume"] },
  },
  { number: 3, favours: "ws", onNetwork: ["outage"] },
  { number: 4, favours: "ws" },
  { number: 5, favours: "sse", notBehind: true, quoted: { factor: "bytes", atLeast: 1_000_000 } },
  { number: 6, favours: "ws", everywhere: true },
  {
    number: 7,
    favours: "ws",
    settings: { factor: "turns", atLeast: 20 },
    mixed: true,
    size: { reduction: 0.4 },
    onNetwork: ["tool-loop-far"],
  },
  {
    number: 8,
    favours: "ws",
    alsoQuantiles: { "token-latency": [0.99] },
    actions: { distance: ["next"] },
    onNetwork: ["stalls"],
    // What a proxy holds back is not what the claim's figure is about.
    size: { reduction: 0.11, reductionIn: { throughput: 0.17 }, within: ["first-token", "token-latency", "throughput"] },
  },
  { number: 9, favours: "sse", inBrowser: true, onNetwork: ["outage"] },
];

/** Whether a scenario's verdict or a claim's is drawn from this comparison: these are the ones that are corrected together. */
export function isConcludedFrom(scenario: Pick<ScenarioAnalysis, "name" | "metrics">, metric: string, statistic: Statistic): boolean {
  const [first] = scenario.metrics;
  const firsts: readonly (Statistic | undefined)[] = [first?.quantiles[0], "mean", 0.9];
  return (
    (metric === first?.id && firsts.includes(statistic)) ||
    definitions.some((definition) => speaksOf(definition, scenario, metric, statistic))
  );
}

export function judgeClaims(scenarios: readonly ScenarioAnalysis[]): ClaimVerdict[] {
  return definitions.map((definition) => judgeClaim(definition, scenarios));
}

/**
 * The rule, over the headlines of every setting of every scenario that serves the claim, with constants and what has not enough data left out:
 * none left, *not measured here*; a difference that matters for it in all, *confirmed*; in none, and one against it, *refuted*; in none at all,
 * *no difference that matters*, or *undecided* where one of them is; anything else, *depends*. A claim of what one arm can do, and not that it does it better, is confirmed where that arm is behind in none, and refuted where it is in all.
 * A claim that states a size is confirmed only if the size is reached too, and depends otherwise. A claim of what a browser does by itself depends where
 * the browser says otherwise than the comparison of the clients. Where the run left out more of its scenarios than it measured, *not enough measured*.
 */
function judgeClaim(definition: ClaimDefinition, scenarios: readonly ScenarioAnalysis[]): ClaimVerdict {
  const { number, favours, notBehind } = definition;
  const named = scenarios.filter((scenario) => serves(scenario, definition));
  const serving = named.filter(({ notRun }) => notRun === null);
  const compared = serving.flatMap((scenario) => evidenceOf(definition, scenario).map((one): ClaimComparison => ({ ...one, scenario })));
  const placed = compared.map((one) => ({ ...one, scenario: one.scenario.name }));
  const sorted = sortByVerdict(placed);
  const better = placed.filter(({ comparison }) => comparison.better === favours);
  const counted = countsOf(sorted);
  const direction = directionOf(counted, definition);
  const size = direction === "confirmed" ? sizeOf(definition, serving) : null;
  const nativeRecovery = definition.inBrowser === true && direction !== "not-measured-here" ? nativeRecoveries(serving) : [];
  const coverage = coverageOf(named, placed, named.length);
  const isContradicted =
    size?.reached === false || nativeRecovery.some(({ asClaimed }) => asClaimed !== null && asClaimed !== (direction === "confirmed"));
  return {
    number,
    favours,
    asks: notBehind === true ? "not-behind" : "better",
    outcome: direction !== "not-measured-here" && isTooLittle(coverage) ? "not-enough-measured" : isContradicted ? "depends" : direction,
    direction,
    scenarios: serving.map(({ name }) => name),
    counted,
    coverage,
    holdsIn: serving.map(({ name }) => name).filter((name) => better.some(({ scenario }) => scenario === name)),
    reduction: reductionOfOne(better),
    dependences: dependencesOf(compared),
    quotes: direction === "not-measured-here" ? [] : quotesOf(compared, definition.quoted),
    constants: definition.everywhere === true ? [] : constantsOf(compared),
    places: [...new Set(compared.map(placeOf))],
    size,
    chainSavings: definition.settings === undefined || direction === "not-measured-here" ? [] : chainSavings(serving),
    withoutModelTime:
      definition.settings === undefined ? null : compared.filter((one) => resultOf(one) !== null && !isAtRealPace(one.condition)).length,
    nativeRecovery,
  };
}

function serves({ name, claims }: ScenarioAnalysis, { number, everywhere, onNetwork }: ClaimDefinition): boolean {
  return everywhere === true || claims.includes(number) || (onNetwork?.includes(name) ?? false);
}

/** Scenarios that name it, or that ask it on a network; all of them, of a claim about everything. */
export function scenariosOf(number: number, scenarios: readonly ScenarioAnalysis[]): ScenarioAnalysis[] {
  const definition = definitions.find((one) => one.number === number);
  return definition === undefined || definition.everywhere === true ? [] : scenarios.filter((scenario) => serves(scenario, definition));
}

/** A range of sizes only makes sense within one metric. */
function reductionOfOne(placed: readonly (Placed & { readonly scenario: string })[]): ClaimVerdict["reduction"] {
  const [first] = placed;
  if (first === undefined || placed.some(({ metric }) => metric.id !== first.metric.id)) return null;
  return { ...reductionOf(placed.map(({ comparison }) => comparison)), unit: first.metric.unit };
}

function evidenceOf(definition: ClaimDefinition, scenario: ScenarioAnalysis): Placed[] {
  const all = placedComparisons(scenario).filter(
    (placed) =>
      isSpokenOf(definition.actions, scenario.name, placed.condition) &&
      (isHeadline(scenario, placed) || speaksOf(definition, scenario, placed.metric.id, placed.comparison.statistic)),
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
  statistic: Statistic,
): boolean {
  if (metric === first?.id) return statistic !== "mean" && (alsoQuantiles?.[name]?.includes(statistic) ?? false);
  return (alsoMetrics?.[name]?.includes(metric) ?? false) && statistic === others.find(({ id }) => id === metric)?.quantiles[0];
}

function sizeOf(definition: ClaimDefinition, serving: readonly ScenarioAnalysis[]): ClaimedSize | null {
  if (definition.size === undefined) return null;
  const byTransport = sizedBy(definition, serving);
  const enough = largestOf(byTransport.filter(isReached));
  return {
    reached: enough !== null,
    largest: enough ?? largestOf(byTransport),
    mixed: largestOf(mixedSizes(definition, serving)),
  };
}

function sizedBy(definition: ClaimDefinition, serving: readonly ScenarioAnalysis[]): Sized[] {
  const { size } = definition;
  return serving
    .filter(({ name }) => size?.within?.includes(name) ?? true)
    .flatMap((scenario) =>
      evidenceOf(definition, scenario).flatMap(({ condition, comparison: { effect, statistic } }): Sized[] => {
        if (effect === null || size === undefined || !isSetting(definition, condition)) return [];
        return [
          {
            ratio: effect.ratio,
            claimed: size.reductionIn?.[scenario.name] ?? size.reduction,
            condition: condition.label,
            statistic,
          },
        ];
      }),
    );
}

function mixedSizes(definition: ClaimDefinition, serving: readonly ScenarioAnalysis[]): Sized[] {
  const { size, mixed } = definition;
  if (mixed !== true || size === undefined) return [];
  return serving.flatMap(({ factorial, conditions }) =>
    factorial.flatMap((table): Sized[] => {
      const condition = conditions.find((one) => one.condition.id === table.conditions.new)?.condition;
      if (condition === undefined || !isSetting(definition, condition)) return [];
      return [{ ratio: table.mixed.ratio, claimed: size.reduction, condition: table.label, statistic: table.statistic }];
    }),
  );
}

/** Whether a size is as large as the claim states, by the estimate: an interval includes more the less is known. */
export function isReached({ ratio, claimed }: Sized): boolean {
  return ratio !== null && ratio <= 1 - claimed;
}

function largestOf(sized: readonly Sized[]): Sized | null {
  return sized.toSorted((left, right) => (left.ratio ?? Infinity) - (right.ratio ?? Infinity))[0] ?? null;
}

function directionOf(counts: Counts, { favours, notBehind }: ClaimDefinition): ClaimOutcome {
  if (judgedIn(counts) === 0) return "not-measured-here";
  const outcome = outcomeOf(counts);
  if (notBehind === true) {
    if (counts[otherThan(favours)] === 0) return "confirmed";
    return counts[otherThan(favours)] === judgedIn(counts) ? "refuted" : "depends";
  }
  if (outcome === favours) return "confirmed";
  if (outcome === "no-difference" || outcome === "undecided") return outcome;
  return counts[favours] === 0 ? "refuted" : "depends";
}

function otherThan(arm: ComparedArm): ComparedArm {
  return arm === "ws" ? "sse" : "ws";
}
