import { checkInputs } from "./check-inputs.ts";
import { checkLog } from "./check-log.ts";
import { checkViews } from "./check-views.ts";
import type { History } from "./history.ts";
import type { Violation } from "./violations.ts";

/** All that is wrong with a run and its readers. Pure: it knows a history, and nothing of how it came about. */
export function check(history: History): readonly Violation[] {
  return [...checkLog(history), ...checkViews(history), ...checkInputs(history)];
}
