/** Whether the instrument can be believed: all A/A controls of a report together. METHOD.md, "From samples to a verdict", has the rule. */
import { binomialQuantile, inflationBound, inflationOf, quantilePairs, type GroupEffects } from "../stats/index.ts";
import type { ControlSummary } from "./facts/index.ts";
import { ERROR_LEVEL, pValueOf } from "./verdict.ts";

export type MeasuredControls = readonly GroupEffects[];

/** A report that says that its control cries too often is itself a false alarm once in 1,000. */
const COUNT_LEVEL = 0.999;
/** Errors are enlarged for nothing once in 20 reports: that costs some power, and no truth. */
const INFLATION_LEVEL = 0.95;

export function judgeControls(all: MeasuredControls): ControlSummary {
  const pValues = all.filter(({ isConstant }) => !isConstant).map(pValueOf);
  const controls = pValues.length;
  const falseAlarms = pValues.filter((pValue) => pValue <= ERROR_LEVEL).length;
  const allowed = binomialQuantile(COUNT_LEVEL, controls, ERROR_LEVEL);
  const inflation = inflationOf(pValues);
  const bound = inflationBound(controls, INFLATION_LEVEL);
  return {
    controls,
    falseAlarms,
    allowed,
    inflation,
    inflationBound: bound,
    errorsMultipliedBy: inflation > bound ? Math.sqrt(inflation) : 1,
    quantiles: quantilePairs(pValues),
    quiet: falseAlarms <= allowed,
  };
}
