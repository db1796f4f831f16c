/** The one figure of a claim that a reader should quote. METHOD.md, "From verdicts to claims", has the rule. */
import type { ClaimQuote, QuotePlace, ScenarioAnalysis } from "./facts/index.ts";
import { isAtRealPace } from "./chain-savings.ts";
import type { Placed } from "./headline.ts";

/** A comparison that a claim counts. */
export interface ClaimComparison extends Placed {
  readonly scenario: Pick<ScenarioAnalysis, "name" | "instrument">;
}

/** Settings that a claim speaks of: those with a factor of at least so much. */
export interface SpokenSettings {
  readonly factor: string;
  readonly atLeast: number;
}

/** Nearest to what people have first. */
const places: readonly QuotePlace[] = ["deployment", "network", "emulated-distance", "loopback"];
/** What was shown before what was not, and a difference that matters before one that does not. */
const verdicts = ["matters", "too-small", "equivalent", "constant", "undecided"] as const;

/**
 * Chosen by what the run planned, and then by the verdict, but never by the size of the effect: the largest of many is larger than it is.
 *
 * @param counted in the order of the report
 * @returns `null` where nothing was compared
 */
export function quoteOf(counted: readonly ClaimComparison[], spoken?: SpokenSettings): ClaimQuote | null {
  const compared = counted.filter(({ comparison }) => comparison.effect !== null && rankOf(comparison.verdict.kind) >= 0);
  const keys = (one: ClaimComparison): number[] => [
    places.indexOf(placeOf(one)),
    isSpoken(one, spoken) ? 0 : 1,
    isAtRealPace(one.condition) ? 0 : 1,
    rankOf(one.comparison.verdict.kind),
    -(roundTripOf(one) ?? 0),
  ];
  // The sort is stable: among equals, the first of the report.
  const sorted = compared.toSorted((left, right) => differenceOf(keys(left), keys(right)));
  return sorted.slice(0, 1).map(quoted)[0] ?? null;
}

/** What is the same in every block, and differs between the two. */
export function constantsOf(counted: readonly ClaimComparison[]): ClaimQuote[] {
  return counted.flatMap((one) => {
    const { verdict } = one.comparison;
    return verdict.kind === "constant" && verdict.lower !== null ? (quoted(one) ?? []) : [];
  });
}

function quoted(one: ClaimComparison): ClaimQuote | null {
  const { scenario, condition, metric, comparison } = one;
  if (comparison.effect === null) return null;
  const valueOf = (arm: "sse" | "ws"): number | null => comparison.arms.find((of) => of.arm === arm)?.value ?? null;
  return {
    scenario: scenario.name,
    condition: condition.label,
    metric: metric.label,
    unit: metric.unit,
    statistic: comparison.statistic,
    place: placeOf(one),
    sse: valueOf("sse"),
    ws: valueOf("ws"),
    effect: comparison.effect,
    verdict: comparison.verdict,
  };
}

export function placeOf({ scenario: { instrument }, condition }: Pick<ClaimComparison, "scenario" | "condition">): QuotePlace {
  return instrument === "loopback" && roundTripOf({ condition }) !== null ? "emulated-distance" : instrument;
}

function roundTripOf({ condition }: Pick<ClaimComparison, "condition">): number | null {
  const ms = condition.factors["roundTripMs"];
  return typeof ms === "number" ? ms : null;
}

function isSpoken({ condition }: ClaimComparison, spoken: SpokenSettings | undefined): boolean {
  return spoken === undefined || Number(condition.factors[spoken.factor]) >= spoken.atLeast;
}

function rankOf(kind: string): number {
  return verdicts.findIndex((one) => one === kind);
}

function differenceOf(left: readonly number[], right: readonly number[]): number {
  for (const [index, key] of left.entries()) {
    const difference = key - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
