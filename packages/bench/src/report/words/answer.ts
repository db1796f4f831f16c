import { faultyEvents } from "../../analysis/totals.ts";
import type { Analysis, ArmIntegrity, Outcome, ScenarioAnalysis } from "../../analysis/facts/index.ts";
import { chainSavingsSentence } from "./chain-savings.ts";
import { armName, formatCount, lowerFirst, plural } from "./format.ts";
import { controlSentence, sensitivitySentence } from "./totals.ts";
import { NO_DIFFERENCE_WORDS } from "./verdicts.ts";

/** The first screen: what won where, whether anything was lost, whether the instrument can be believed, and what is odd about this run. */
export function answerSentences(analysis: Analysis): string[] {
  const savings = chainSavingsSentence(analysis.chainSavings, 1);
  return [
    outcomesSentence(analysis),
    ...(savings === null ? [] : [savings]),
    integritySentence(analysis.integrity),
    controlSentence(analysis.control),
    ...(analysis.sensitivity.comparisons === 0 ? [] : [sensitivitySentence(analysis.sensitivity)]),
    ...steadinessCaveat(analysis.scenarios),
    ...caveats(analysis),
  ];
}

/** One sentence for each outcome. Titles stand behind a colon, apart from one another: any noun phrase fits there. */
function outcomesSentence({ scenarios, map }: Pick<Analysis, "scenarios" | "map">): string {
  const parts: readonly (readonly [Outcome, string])[] = [
    ["ws", `${armName("ws")} is better, and it matters,`],
    ["sse", `${armName("sse")} is better, and it matters,`],
    ["depends", "The result depends on the setting"],
    ["no-difference", `There is ${NO_DIFFERENCE_WORDS}`],
    ["undecided", "This run found nothing that matters, and could not decide every setting"],
    ["constant", "The figures are the same in every block"],
    ["not-enough-data", "There are not enough data"],
  ];
  const said = parts.flatMap(([outcome, words]) => {
    const titles = scenarios.filter((scenario) => scenario.outcome === outcome).map(({ title }) => lowerFirst(title));
    return titles.length === 0 ? [] : [`${words} in ${plural(titles.length, "scenario")}: ${titles.join("; ")}.`];
  });
  if (said.length > 0) return said.join(" ");
  return map === null ? "Nothing was measured." : "Only the map was measured, which has a rule of its own.";
}

function integritySentence(integrity: readonly ArmIntegrity[]): string {
  const received = integrity.reduce((sum, arm) => sum + arm.received, 0);
  const faulty = integrity.filter((arm) => faultyEvents(arm) > 0);
  if (integrity.length === 0) return "No events were checked.";
  if (faulty.length === 0) return `Of ${plural(received, "event")}, none was lost, repeated or reordered, over either transport.`;
  const said = faulty.map(
    ({ label, lost, repeated, reordered }) =>
      `${label} lost ${formatCount(lost)}, repeated ${formatCount(repeated)}, reordered ${formatCount(reordered)}`,
  );
  return `Of ${plural(received, "event")}: ${said.join("; ")}.`;
}

function steadinessCaveat(scenarios: readonly ScenarioAnalysis[]): string[] {
  const never = scenarios.filter(({ steadiness }) => steadiness.state === "never").map(({ title }) => lowerFirst(title));
  return never.length === 0
    ? []
    : [
        `No steady state came in ${plural(never.length, "scenario")}: ${never.join("; ")}. Read their ratios, which compare blocks that ran side by side; their absolute values are those of a moment.`,
      ];
}

function caveats({ status, handicap }: Analysis): string[] {
  return [
    ...(status === "complete" ? [] : [`This run is ${status}: the report covers what was measured until then.`]),
    ...(handicap === null
      ? []
      : [
          `${handicap.ms} ms were added to ${handicap.arm} on purpose, to prove the instrument: this is not a comparison of the transports.`,
        ]),
  ];
}
