import type { Totals } from "./totals.ts";

/** @param cut less was played than was asked for: then nothing that was found proves nothing */
export function exitCode({ violatedRuns }: Pick<Totals, "violatedRuns">, cut: boolean): number {
  if (violatedRuns > 0) return 1;
  return cut ? 3 : 0;
}
