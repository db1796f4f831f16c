import type { ControlSummary, Failure, SensitivitySummary } from "../../analysis/facts/index.ts";
import { formatCount, plural } from "./format.ts";

/** Whether the instrument can be believed. */
export function controlSentence({ controls, falseAlarms, allowed, falseAlarmsCorrected, quiet }: ControlSummary): string {
  if (controls === 0) return "The control could not be run: there were too few pair groups.";
  const counted = `${formatCount(falseAlarms)} of ${plural(controls, "interval")} of one transport against itself exclude 1, and after the correction for so many ${formatCount(falseAlarmsCorrected)}`;
  return quiet
    ? `The control says no difference, as it should: ${counted}; chance alone may give up to ${formatCount(allowed)}, and none after the correction.`
    : `The control cries wolf: ${counted}, where chance gives at most ${formatCount(allowed)}, and none after the correction. Read every verdict here with doubt.`;
}

/** Whether what was marked decides anything. */
export function sensitivitySentence({ compared, changed, undecided }: SensitivitySummary): string {
  if (compared === 0) return "No pair group holds a contaminated block or came before a steady state.";
  const few = undecided === 0 ? "" : ` For ${formatCount(undecided)} too few pair groups are left to say.`;
  return `Without the pair groups that hold a contaminated block or came before a steady state, ${
    changed === 0 ? "none" : formatCount(changed)
  } of ${plural(compared, "verdict")} that had any would be another.${few}`;
}

export function failureWords({ condition, arm, pair, position, error }: Failure): string {
  return `${condition}, ${arm}, group ${pair + 1}, block ${position + 1}: ${error}`;
}
