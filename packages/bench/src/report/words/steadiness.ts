import type { SteadinessAnalysis } from "../../analysis/facts/index.ts";
import { LEAST_OBSERVATIONS } from "../../stats/index.ts";
import { formatCount, plural } from "./format.ts";

export function steadinessSentence({ state, pValue, groups, groupsBefore, warmUpBlocks }: SteadinessAnalysis): string {
  const first =
    warmUpBlocks === 0
      ? ""
      : ` ${plural(warmUpBlocks, "block")} had been run before, and ${warmUpBlocks === 1 ? "is" : "are"} not compared.`;
  const p = pValue === null ? "" : `p = ${pValue.toPrecision(2)}`;
  switch (state) {
    case "too-few":
      return `Whether it was steady cannot be tested with ${plural(groups, "pair group")}: ${LEAST_OBSERVATIONS} are needed.${first}`;
    case "steady":
      return `Steady from its first pair group on (no change point among ${formatCount(groups)}, ${p}).${first}`;
    case "warm-up":
      return `Warming up in its first ${formatCount(groupsBefore)} of ${plural(groups, "pair group")} (${p}), which are compared all the same; steady from there on.${first}`;
    case "never":
      return `No steady state: it still changed in its second half (${p}). Arms are compared within their pair groups, so both met the change; absolute figures are those of a moment.${first}`;
  }
}
