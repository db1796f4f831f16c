import type { ComparedArm, Outcome, ScenarioAnalysis } from "../../analysis/facts/index.ts";
import { headlines, isHeadline, placedComparisons, reductionOf, sortByVerdict, type Placed, type Sorted } from "../../analysis/headline.ts";
import { armName, formatRange, formatShare, listOf, quantileName, statisticName, upperFirst } from "./format.ts";
import { NO_DIFFERENCE_WORDS, notEnoughDataWords, TOO_SMALL_WORDS } from "./verdicts.ts";

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
    case "constant": {
      return `The same in every block. ${subject}: ${placesOf(sorted.constant)}.${undecided}`;
    }
    case "no-difference": {
      return `${upperFirst(NO_DIFFERENCE_WORDS)}. ${subject}: ${samePart(sorted).join(". ")}.${undecided}`;
    }
    case "undecided": {
      return `Nothing that matters, and not every setting decided. ${subject}: ${samePart(sorted).join(". ")}.${undecided}`;
    }
    case "depends": {
      const parts = [...(["ws", "sse"] as const).flatMap((arm) => armPart(arm, sorted[arm])), ...samePart(sorted)];
      return `The result depends on the setting. ${subject}: ${parts.join(". ")}.${undecided}`;
    }
    case "sse":
    case "ws": {
      return `${armName(outcome)} is better, and it matters. ${subject}: ${values(sorted[outcome])}.${undecided}`;
    }
  }
}

const outcomes: Readonly<Record<Outcome, string>> = {
  ws: "WebSocket is better",
  sse: "SSE is better",
  depends: "depends",
  "no-difference": NO_DIFFERENCE_WORDS,
  undecided: "undecided",
  constant: "the same in every block",
  "not-enough-data": "not enough data",
  "not-run": "not measured",
};

/** For a narrow place. */
export function outcomeWords({ outcome }: Pick<ScenarioAnalysis, "outcome">): string {
  return outcomes[outcome];
}

function armPart(arm: ComparedArm, placed: readonly Placed[]): string[] {
  return placed.length === 0
    ? []
    : [`${armName(arm)} is better (${placed.length === 1 ? values(placed) : lowerBy(placed)}) at ${placesOf(placed)}`];
}

function samePart(sorted: Sorted): string[] {
  return withoutDifference(sorted).map(({ words, placed }) => upperFirst(`${words} at ${placesOf(placed)}`));
}

/** Those in which neither is better by what matters, each kind with the words for it, of the ones that there are. */
function withoutDifference({
  tooSmall,
  equivalent,
  undecided,
  constant,
}: Sorted): { readonly words: string; readonly placed: readonly Placed[] }[] {
  return [
    ...(["ws", "sse"] as const).map((arm) => {
      const placed = tooSmall.filter(({ comparison: { verdict } }) => verdict.kind === "too-small" && verdict.lower === arm);
      return { words: `${lowerBy(placed)}, ${TOO_SMALL_WORDS},`, placed };
    }),
    { words: "equivalent", placed: equivalent },
    { words: "undecided", placed: undecided },
    { words: "the same in every block", placed: constant },
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
  const verdict = first?.comparison.verdict;
  if (verdict?.kind !== "matters" && verdict?.kind !== "too-small") return "";
  const share = formatShare(reductionOf(placed.map(({ comparison }) => comparison)));
  return `${armName(verdict.lower)} ${share} lower`;
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

/** The other metrics and quantiles, and what was not run; `null` where there is nothing of it. */
export function restOfScenario(scenario: ScenarioAnalysis): string | null {
  if (scenario.notRun !== null) return null;
  const sentences = [...otherFigures(scenario), ...notRunSentences(scenario)];
  return sentences.length === 0 ? null : sentences.join(" ");
}

/** Metric by metric, in one sentence each. */
export function otherFigures(scenario: ScenarioAnalysis): string[] {
  const others = placedComparisons(scenario).filter((placed) => !isHeadline(scenario, placed));
  return scenario.metrics.flatMap((metric) => {
    const sorted = sortByVerdict(others.filter((placed) => placed.metric.id === metric.id));
    const { sse, ws, notEnoughData } = sorted;
    const counted = [
      ...(ws.length > 0 ? [`${armName("ws")} is better in ${ws.length} (${statisticsOf(ws)}: ${lowerBy(ws)})`] : []),
      ...(sse.length > 0 ? [`${armName("sse")} is better in ${sse.length} (${statisticsOf(sse)}: ${lowerBy(sse)})`] : []),
      ...withoutDifference(sorted).map(({ words, placed }) => `${words} in ${placed.length} (${statisticsOf(placed)})`),
      ...(notEnoughData.length > 0 ? [`not enough data in ${notEnoughData.length} (${statisticsOf(notEnoughData)})`] : []),
    ];
    return counted.length === 0 ? [] : [upperFirst(`${metric.label}: ${counted.join("; ")}.`)];
  });
}

/** Each reason once, with the conditions that it kept away. */
export function notRunSentences(scenario: ScenarioAnalysis): string[] {
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

function statisticsOf(placed: readonly Placed[]): string {
  const statistics = new Set(placed.map(({ comparison }) => statisticName(comparison.statistic)));
  return listOf([...statistics].sort());
}
