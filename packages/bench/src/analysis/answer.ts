import type { Results } from "../results/schema.ts";
import { ALIKE_WORDS, armName, formatCount, listOf, NO_DIFFERENCE_WORDS, plural } from "./format.ts";
import { realPaceSentence } from "./real-pace.ts";
import { faultyEvents } from "./totals.ts";
import type { ArmIntegrity, ControlSummary, Outcome, ScenarioAnalysis, SensitivitySummary } from "./types.ts";

/** The first screen: what won where, whether anything was lost, whether the instrument can be believed, and what is odd about this run. */
export function answerSentences(
  results: Results,
  scenarios: readonly ScenarioAnalysis[],
  control: ControlSummary,
  sensitivity: SensitivitySummary,
  integrity: readonly ArmIntegrity[],
): string[] {
  const pace = realPaceSentence(scenarios, 1);
  return [
    outcomesSentence(scenarios),
    ...(pace === null ? [] : [pace]),
    integritySentence(integrity),
    control.sentence,
    sensitivity.sentence,
    ...steadinessCaveat(scenarios),
    ...caveats(results),
  ];
}

function outcomesSentence(scenarios: readonly ScenarioAnalysis[]): string {
  const named = (outcome: Outcome): string[] =>
    scenarios.filter(({ verdict }) => verdict.outcome === outcome).map(({ title }) => lowerFirst(title));
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
  const sentence = said.join("; ");
  return `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}.`;
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

function caveats({ status, options }: Results): string[] {
  return [
    ...(status === "complete" ? [] : [`This run is ${status}: what follows is what was measured until then.`]),
    ...(options.handicap === null
      ? []
      : [
          `${options.handicap.ms} ms were added to ${options.handicap.arm} on purpose, to prove the instrument: this is not a comparison of the transports.`,
        ]),
  ];
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
