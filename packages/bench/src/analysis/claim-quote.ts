/** The figures of a claim that a reader should quote. METHOD.md, "From verdicts to claims", has the rule. */
import type { ClaimQuote, QuotePlace } from "./facts/index.ts";
import { isAtRealPace } from "./chain-savings.ts";
import { resultOf, RESULTS, type ClaimComparison } from "./claim-result.ts";

/** Settings that a claim speaks of: those with a factor of at least so much. */
export interface SpokenSettings {
  readonly factor: string;
  readonly atLeast: number;
}

/** Nearest to what people have first. */
const places: readonly QuotePlace[] = ["deployment", "network", "emulated-distance", "loopback"];
/**
 * One where all comparisons have one result, and else one for each result, so that nobody quotes half of what was found. Chosen by what the run
 * planned, and never by the size of the effect or its verdict: what is chosen because it stands out is larger than it is.
 *
 * @param counted in the order of the report
 * @returns none where nothing was compared
 */
export function quotesOf(counted: readonly ClaimComparison[], spoken?: SpokenSettings): ClaimQuote[] {
  const compared = counted.filter(({ comparison }) => comparison.effect !== null);
  const byResult = Map.groupBy(compared, resultOf);
  const decided = RESULTS.filter((result) => result !== "undecided").flatMap((result) => listed(byResult.get(result)));
  // A result alone would hide that the run cannot tell elsewhere. Of two, each says that the other is not all.
  const judged = decided.length > 1 ? decided : [...decided, ...listed(byResult.get("undecided"))];
  // A fact, where there is nothing else.
  const constants = compared.filter(({ comparison }) => comparison.verdict.kind === "constant");
  const groups = judged.length > 0 ? judged : [constants];
  return groups.flatMap((those) => inOrder(those, spoken).slice(0, 1)).flatMap((one) => quoted(one) ?? []);
}

function listed<Of>(one: Of | undefined): Of[] {
  return one === undefined ? [] : [one];
}

function inOrder(all: readonly ClaimComparison[], spoken: SpokenSettings | undefined): ClaimComparison[] {
  const keys = (one: ClaimComparison): number[] => [
    places.indexOf(placeOf(one)),
    isSpoken(one, spoken) ? 0 : 1,
    isAtRealPace(one.condition) ? 0 : 1,
    -(roundTripOf(one) ?? 0),
  ];
  // The sort is stable: among equals, the first of the report.
  return all.toSorted((left, right) => differenceOf(keys(left), keys(right)));
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

function differenceOf(left: readonly number[], right: readonly number[]): number {
  for (const [index, key] of left.entries()) {
    const difference = key - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
