import type { ControlSummary, Failure, SensitivitySummary } from "../../analysis/facts/index.ts";
import { formatCount, plural } from "./format.ts";

/** Whether the instrument can be believed. */
export function controlSentence({ controls, falseAlarms, allowed, falseAlarmsCorrected, quiet }: ControlSummary): string {
  if (controls === 0) return "The control could not be run: there were too few pair groups.";
  const counted =
    `Where one transport is compared with itself, ${formatCount(falseAlarms)} of ${plural(controls, "interval")} exclude 1; chance alone gives up to ${formatCount(allowed)}. ` +
    `After the correction for multiple comparisons, ${formatCount(falseAlarmsCorrected)} ${falseAlarmsCorrected === 1 ? "is" : "are"} left; in 19 of 20 reports chance leaves none.`;
  return quiet
    ? `The control finds no difference, as it should. ${counted}`
    : `The control gives too many false alarms. ${counted} Doubt every verdict of this report.`;
}

/** Whether what was marked decides anything. */
export function sensitivitySentence({ compared, changed, undecided }: SensitivitySummary): string {
  if (compared === 0) return "No pair group holds a contaminated block or came before a steady state.";
  const few = undecided === 0 ? "" : ` For ${formatCount(undecided)}, too few pair groups are left to tell.`;
  return `${plural(compared, "verdict")} ${compared === 1 ? "rests" : "rest"} in part on pair groups that hold a contaminated block or came before a steady state. Without these groups, ${
    changed === 0 ? "none" : formatCount(changed)
  } would change.${few}`;
}

export function failureWords({ condition, arm, pair, position, error }: Failure): string {
  return `${condition}, ${arm}, group ${pair + 1}, block ${position + 1}: ${error}`;
}
