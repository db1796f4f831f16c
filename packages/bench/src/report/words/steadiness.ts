import type { SteadinessAnalysis } from "../../analysis/facts/index.ts";
import { LEAST_OBSERVATIONS } from "../../stats/index.ts";
import { formatCount, plural } from "./format.ts";

/** Whether the figures of a scenario settled, and what ran before they were compared. */
export function steadinessSentence({ state, pValue, groups, groupsBefore, warmUpBlocks }: SteadinessAnalysis): string {
  const before =
    warmUpBlocks === 0 ? "" : ` ${plural(warmUpBlocks, "warm-up block")} ran before and ${warmUpBlocks === 1 ? "is" : "are"} not compared.`;
  const p = pValue === null ? "" : ` (p = ${pValue.toPrecision(2)})`;
  switch (state) {
    case "too-few":
      return `Steadiness was not tested: there ${groups === 1 ? "is" : "are"} ${plural(groups, "pair group")}, and ${LEAST_OBSERVATIONS} are needed.${before}`;
    case "steady":
      return `Steady from the first pair group on: no change point among ${formatCount(groups)} pair groups${p}.${before}`;
    case "warm-up":
      return `The first ${formatCount(groupsBefore)} of ${plural(groups, "pair group")} were warming up${p}. They are compared all the same; the figures are steady from there on.${before}`;
    case "never":
      return `No steady state: the figures still changed in the second half${p}. Arms are compared within their pair groups, so both met the change; absolute values are those of a moment.${before}`;
  }
}
