import type { ScenarioResult } from "../results/schema.ts";
import { ALIKE_WORDS, armName, formatReduction, listOf, NO_DIFFERENCE_WORDS, plural, quantileName, upperFirst } from "./format.ts";
import {
  headlines,
  isHeadline,
  outcomeOf,
  placedComparisons,
  sortByVerdict,
  splitSame,
  type Comparable,
  type Placed,
  type Sorted,
} from "./headline.ts";
import type { ComparedArm, ScenarioVerdict } from "./types.ts";

export function judgeScenario(result: ScenarioResult, scenario: Comparable): ScenarioVerdict {
  if (result.notRun !== null) return { outcome: "not-run", sentence: `Not measured: ${result.notRun}`, rest: null };
  const sorted = sortByVerdict(headlines(scenario));
  const outcome = outcomeOf(sorted);
  return { outcome, sentence: sentenceFor(outcome, sorted, scenario), rest: restOf(result, scenario) };
}

function sentenceFor(outcome: ReturnType<typeof outcomeOf>, sorted: Sorted, scenario: Comparable): string {
  const metric = scenario.metrics[0];
  const subject = metric === undefined ? "" : upperFirst(`${metric.label}, ${quantileName(metric.quantiles[0] ?? 0.5)}`);
  const undecided = sorted.undecided.length > 0 ? ` Not enough data at ${placesOf(sorted.undecided)}.` : "";
  switch (outcome) {
    case "not-enough-data": {
      return `Not enough data: ${firstReason(sorted.undecided)}.`;
    }
    case "alike": {
      return `${upperFirst(ALIKE_WORDS)}. ${subject}: ${plural(sorted.same.length, "setting")} compared.${undecided}`;
    }
    case "no-difference": {
      const parts =
        splitSame(sorted.same).length === 1 ? `${plural(sorted.same.length, "setting")} compared` : samePart(sorted.same).join("; ");
      return `${upperFirst(NO_DIFFERENCE_WORDS)}. ${subject}: ${parts}.${undecided}`;
    }
    case "depends": {
      const parts = [...(["ws", "sse"] as const).flatMap((arm) => armPart(arm, sorted[arm])), ...samePart(sorted.same)];
      return `It depends. ${subject}: ${parts.join("; ")}.${undecided}`;
    }
    default: {
      return `${armName(outcome)} is better. ${subject}: ${reduction(sorted[outcome])}.${undecided}`;
    }
  }
}

function armPart(arm: ComparedArm, placed: readonly Placed[]): string[] {
  return placed.length === 0 ? [] : [`${armName(arm)} better at ${placesOf(placed)}, ${reduction(placed)}`];
}

function samePart(placed: readonly Placed[]): string[] {
  return splitSame(placed).map(({ words, placed: those }) => `${words} at ${placesOf(those)}`);
}

/** `22 % (0.4 ms) lower`, or `higher` where more is better; the share is of the other arm's value for lower, of its own for higher. */
function reduction(placed: readonly Placed[]): string {
  const metric = placed[0]?.metric;
  if (metric === undefined) return "";
  const size = formatReduction(
    placed.map(({ comparison }) => comparison),
    metric.unit,
  );
  return metric.better === "lower" ? `${size} lower` : `the other is ${size} lower`;
}

function placesOf(placed: readonly Placed[]): string {
  return listOf(placed.map(({ condition }) => condition.label));
}

function firstReason(placed: readonly Placed[]): string {
  const verdict = placed[0]?.comparison.verdict;
  return verdict?.kind === "not-enough-data" ? verdict.reason : "nothing was measured over both";
}

/** The other metrics and quantiles, metric by metric, in one sentence each, and what was not run. */
function restOf(result: ScenarioResult, scenario: Comparable): string | null {
  const others = placedComparisons(scenario).filter((placed) => !isHeadline(scenario, placed));
  const sentences = scenario.metrics.flatMap((metric) => {
    const { sse, ws, same, undecided } = sortByVerdict(others.filter((placed) => placed.metric.id === metric.id));
    const counted = [
      ...(ws.length > 0 ? [`${armName("ws")} better in ${ws.length} (${quantilesOf(ws)}: ${reduction(ws)})`] : []),
      ...(sse.length > 0 ? [`${armName("sse")} better in ${sse.length} (${quantilesOf(sse)}: ${reduction(sse)})`] : []),
      ...splitSame(same).map(({ words, placed }) => `${words} in ${placed.length} (${quantilesOf(placed)})`),
      ...(undecided.length > 0 ? [`not enough data in ${undecided.length} (${quantilesOf(undecided)})`] : []),
    ];
    return counted.length === 0 ? [] : [upperFirst(`${metric.label}: ${counted.join("; ")}.`)];
  });
  sentences.push(...notRunSentences(result));
  return sentences.length === 0 ? null : sentences.join(" ");
}

/** Each reason once, with the conditions that it kept away. */
function notRunSentences({ conditions }: ScenarioResult): string[] {
  const reasons = new Set(conditions.flatMap(({ notRun }) => notRun ?? []));
  return [...reasons].map(
    (reason) => `Not run: ${listOf(conditions.filter(({ notRun }) => notRun === reason).map(({ label }) => label))}. ${reason}`,
  );
}

function quantilesOf(placed: readonly Placed[]): string {
  const quantiles = [...new Set(placed.map(({ comparison }) => comparison.quantile))].sort((left, right) => left - right);
  return listOf(quantiles.map((quantile) => quantileName(quantile)));
}
