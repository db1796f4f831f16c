import { faultyEvents } from "../../analysis/totals.ts";
import type { Analysis, ArmIntegrity, Outcome, ScenarioAnalysis } from "../../analysis/facts/index.ts";
import { chainSavingsSentence } from "./chain-savings.ts";
import { armName, formatCount, listOf, lowerFirst, plural, upperFirst } from "./format.ts";
import { controlSentence, sensitivitySentence } from "./totals.ts";
import { ALIKE_WORDS, NO_DIFFERENCE_WORDS } from "./verdicts.ts";

/** The first screen: what won where, whether anything was lost, whether the instrument can be believed, and what is odd about this run. */
export function answerSentences(analysis: Analysis): string[] {
  const savings = chainSavingsSentence(analysis.chainSavings, 1);
  return [
    outcomesSentence(analysis.scenarios),
    ...(savings === null ? [] : [savings]),
    integritySentence(analysis.integrity),
    controlSentence(analysis.control),
    sensitivitySentence(analysis.sensitivity),
    ...steadinessCaveat(analysis.scenarios),
    ...caveats(analysis),
  ];
}

function outcomesSentence(scenarios: readonly ScenarioAnalysis[]): string {
  const named = (outcome: Outcome): string[] =>
    scenarios.filter((scenario) => scenario.outcome === outcome).map(({ title }) => lowerFirst(title));
  const parts: readonly (readonly [string, readonly string[]])[] = [
    [`${armName("ws")} is better in`, named("ws")],
    [`${armName("sse")} is better in`, named("sse")],
    ["it depends on the setting in", named("depends")],
    [`they are ${ALIKE_WORDS} in`, named("alike")],
    [`there is ${NO_DIFFERENCE_WORDS} in`, named("no-difference")],
    ["there are not enough data on", named("not-enough-data")],
  ];
  const said = parts.filter(([, titles]) => titles.length > 0).map(([verb, titles]) => `${verb} ${listOf(titles)}`);
  if (said.length === 0) return "Nothing was measured.";
  return `${upperFirst(said.join("; "))}.`;
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
    : [`No steady state came in ${listOf(never)}: its figures are those of a moment, its ratios of arms side by side.`];
}

function caveats({ status, handicap }: Analysis): string[] {
  return [
    ...(status === "complete" ? [] : [`This run is ${status}: what follows is what was measured until then.`]),
    ...(handicap === null
      ? []
      : [
          `${handicap.ms} ms were added to ${handicap.arm} on purpose, to prove the instrument: this is not a comparison of the transports.`,
        ]),
  ];
}
