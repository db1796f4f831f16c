import type { Analysis, ControlSummary, Failure, SensitivitySummary } from "../../analysis/facts/index.ts";
import { formatCount, plural } from "./format.ts";

/** Whether the instrument can be believed. */
export function controlSentence({
  controls,
  falseAlarms,
  allowed,
  inflation,
  inflationBound,
  errorsMultipliedBy,
  quiet,
}: ControlSummary): string {
  if (controls === 0) return "The control could not be run: there were too few pair groups.";
  const counted = `Where one transport is compared with itself, ${formatCount(falseAlarms)} of ${plural(controls, "comparison")} ${falseAlarms === 1 ? "finds" : "find"} a difference at 5 %; chance alone gives up to ${formatCount(allowed)}.`;
  const lambda = `The inflation of their test statistics is ${inflation.toFixed(2)}; chance alone gives up to ${inflationBound.toFixed(2)}`;
  const errors =
    errorsMultipliedBy === 1
      ? `${lambda}, so errors are used as they are.`
      : `${lambda}, so all standard errors were multiplied by ${errorsMultipliedBy.toFixed(2)}.`;
  return quiet
    ? `The control finds no difference, as it should. ${counted} ${errors}`
    : `The control gives too many false alarms. ${counted} ${errors} Doubt the differences of this report.`;
}

/** Whether what was marked decides anything. */
export function sensitivitySentence({ comparisons, compared, changed, undecided }: SensitivitySummary): string {
  if (compared === 0) return "No pair group holds a contaminated block or came before a steady state.";
  const rest = compared === 1 ? "rests" : "rest";
  if (undecided === compared)
    return `${allOf(compared, comparisons)} ${rest} in part on blocks that were disturbed or ran before a steady state. Without these, too little is left to check ${compared === 1 ? "it" : "them"}.`;
  const few = undecided === 0 ? "" : ` For ${formatCount(undecided)}, too few pair groups are left to tell.`;
  const none = undecided === 0 ? "none" : `none of the other ${formatCount(compared - undecided)}`;
  return `${plural(compared, "verdict")} ${rest} in part on pair groups that hold a contaminated block or came before a steady state. Without these groups, ${
    changed === 0 ? none : formatCount(changed)
  } would change.${few}`;
}

/** `2 verdicts`, and `Both verdicts` where there are no others. */
function allOf(count: number, of: number): string {
  if (count < of) return plural(count, "verdict");
  return count === 1 ? "The only verdict" : count === 2 ? "Both verdicts" : `All ${plural(count, "verdict")}`;
}

/** Above everything else: nothing below it is worth reading before this is. `null` where the machine was idle enough. */
export function busyWords({ machine, contamination }: Pick<Analysis, "machine" | "contamination">): string | null {
  if (!machine.busy) return null;
  const { blocks, marked } = contamination;
  return `The machine was busy: load ${machine.loadAtStart.toFixed(1)} on ${plural(machine.cores, "core")} at the start, ${formatCount(marked)} of ${plural(blocks, "block")} disturbed. Measure again when it is idle.`;
}

export function failureWords({ condition, arm, pair, position, error }: Failure): string {
  return `${condition}, ${arm}, group ${pair + 1}, block ${position + 1}: ${error}`;
}
