import type { ComparedArm, ScenarioAnalysis } from "../../analysis/facts/index.ts";
import { headlines, isHeadline, placedComparisons, reductionOf, sortByVerdict, type Placed, type Sorted } from "../../analysis/headline.ts";
import { armName, formatRange, formatShare, listOf, plural, quantileName, upperFirst } from "./format.ts";
import { ALIKE_WORDS, NO_DIFFERENCE_WORDS, notEnoughDataWords } from "./verdicts.ts";

/** A scenario's verdict by its headline: the first metric at its first quantile, over all conditions. */
export function scenarioSentence(scenario: ScenarioAnalysis): string {
  if (scenario.notRun !== null) return `Not measured: ${scenario.notRun}`;
  const sorted = sortByVerdict(headlines(scenario));
  const metric = scenario.metrics[0];
  const subject = metric === undefined ? "" : upperFirst(`${metric.label}, ${quantileName(metric.quantiles[0] ?? 0.5)}`);
  const undecided = sorted.notEnoughData.length > 0 ? ` There are not enough data at ${placesOf(sorted.notEnoughData)}.` : "";
  const { outcome } = scenario;
  switch (outcome) {
    case "not-run":
    case "not-enough-data": {
      return `Not enough data: ${firstReason(sorted.notEnoughData)}.`;
    }
    case "alike": {
      return `${upperFirst(ALIKE_WORDS)}. ${subject}: ${plural(sorted.alike.length, "setting")} compared.${undecided}`;
    }
    case "no-difference": {
      const parts = sorted.alike.length === 0 ? `${plural(sorted.noDifference.length, "setting")} compared` : samePart(sorted).join(". ");
      return `${upperFirst(NO_DIFFERENCE_WORDS)}. ${subject}: ${parts}.${undecided}`;
    }
    case "depends": {
      const parts = [...(["ws", "sse"] as const).flatMap((arm) => armPart(arm, sorted[arm])), ...samePart(sorted)];
      return `The result depends on the setting. ${subject}: ${parts.join(". ")}.${undecided}`;
    }
    case "sse":
    case "ws": {
      return `${armName(outcome)} is better. ${subject}: ${values(sorted[outcome])}.${undecided}`;
    }
  }
}

function armPart(arm: ComparedArm, placed: readonly Placed[]): string[] {
  return placed.length === 0
    ? []
    : [`${armName(arm)} is better (${placed.length === 1 ? values(placed) : lowerBy(placed)}) at ${placesOf(placed)}`];
}

function samePart(sorted: Sorted): string[] {
  return withoutDifference(sorted).map(({ words, placed }) => upperFirst(`${words} at ${placesOf(placed)}`));
}

/** Those that are alike, and those of which nothing can be told, each with the words for it, of the ones that there are. */
function withoutDifference({ alike, noDifference }: Sorted): { readonly words: string; readonly placed: readonly Placed[] }[] {
  return [
    { words: ALIKE_WORDS, placed: alike },
    { words: NO_DIFFERENCE_WORDS, placed: noDifference },
  ].filter(({ placed }) => placed.length > 0);
}

/** `9.46–11.0 ms over SSE, 11.5–13.7 ms over WebSocket; SSE 17–21 % lower`. */
function values(placed: readonly Placed[]): string {
  const metric = placed[0]?.metric;
  if (metric === undefined) return "";
  const valuesOf = (arm: ComparedArm): number[] =>
    placed.flatMap(({ comparison }) => comparison.arms.find((one) => one.arm === arm)?.value ?? []);
  const said = (["sse", "ws"] as const).map((arm) => `${formatRange(valuesOf(arm), metric.unit)} over ${armName(arm)}`);
  return `${said.join(", ")}; ${lowerBy(placed)}`;
}

/** `SSE 17–21 % lower`: the share is of the other arm's value. */
function lowerBy(placed: readonly Placed[]): string {
  const [first] = placed;
  if (first === undefined || first.comparison.verdict.kind !== "lower") return "";
  const share = formatShare(reductionOf(placed.map(({ comparison }) => comparison)));
  return `${armName(first.comparison.verdict.arm)} ${share} lower`;
}

/** `2 settings: 1 KB; 10 KB`. Labels have commas of their own. */
function placesOf(placed: readonly Placed[]): string {
  const labels = placed.map(({ condition }) => condition.label).join("; ");
  return placed.length === 1 ? labels : `${placed.length} settings: ${labels}`;
}

function firstReason(placed: readonly Placed[]): string {
  const verdict = placed[0]?.comparison.verdict;
  return verdict?.kind === "not-enough-data" ? notEnoughDataWords(verdict.reason) : "nothing was measured over both";
}

/** The other metrics and quantiles, metric by metric, in one sentence each, and what was not run; `null` where there is nothing of it. */
export function restOfScenario(scenario: ScenarioAnalysis): string | null {
  if (scenario.notRun !== null) return null;
  const others = placedComparisons(scenario).filter((placed) => !isHeadline(scenario, placed));
  const sentences = scenario.metrics.flatMap((metric) => {
    const sorted = sortByVerdict(others.filter((placed) => placed.metric.id === metric.id));
    const { sse, ws, notEnoughData } = sorted;
    const counted = [
      ...(ws.length > 0 ? [`${armName("ws")} is better in ${ws.length} (${quantilesOf(ws)}: ${lowerBy(ws)})`] : []),
      ...(sse.length > 0 ? [`${armName("sse")} is better in ${sse.length} (${quantilesOf(sse)}: ${lowerBy(sse)})`] : []),
      ...withoutDifference(sorted).map(({ words, placed }) => `${words} in ${placed.length} (${quantilesOf(placed)})`),
      ...(notEnoughData.length > 0 ? [`not enough data in ${notEnoughData.length} (${quantilesOf(notEnoughData)})`] : []),
    ];
    return counted.length === 0 ? [] : [upperFirst(`${metric.label}: ${counted.join("; ")}.`)];
  });
  sentences.push(...notRunSentences(scenario));
  return sentences.length === 0 ? null : sentences.join(" ");
}

/** Each reason once, with the conditions that it kept away. */
function notRunSentences(scenario: ScenarioAnalysis): string[] {
  const conditions = scenario.conditions.map(({ condition }) => condition);
  const reasons = new Set(conditions.flatMap(({ notRun }) => notRun ?? []));
  return [...reasons].map(
    (reason) =>
      `Not run: ${conditions
        .filter(({ notRun }) => notRun === reason)
        .map(({ label }) => label)
        .join("; ")}. ${reason}`,
  );
}

function quantilesOf(placed: readonly Placed[]): string {
  const quantiles = [...new Set(placed.map(({ comparison }) => comparison.quantile))].sort((left, right) => left - right);
  return listOf(quantiles.map((quantile) => quantileName(quantile)));
}
