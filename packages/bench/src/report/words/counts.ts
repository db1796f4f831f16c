import type { ComparedArm, Counts } from "../../analysis/facts/index.ts";
import { decided } from "../../analysis/headline.ts";
import { armName, formatCount, listOf, plural } from "./format.ts";
import { ALIKE_WORDS, NO_DIFFERENCE_WORDS } from "./verdicts.ts";

/**
 * `Of 33 comparisons, WebSocket is better in 8 and SSE in 6; 5 are alike within 10 % and 14 show no difference that we can detect.`
 *
 * @param arms those that are said to be better somewhere, in this order
 */
export function countsSentence(counted: Counts, arms: readonly ComparedArm[]): string {
  const better = arms.map(
    (arm, index) => `${armName(arm)} ${index === 0 ? "is better " : ""}in ${counted[arm] === 0 ? "none" : formatCount(counted[arm])}`,
  );
  const parts = [listOf(better), listOf(withoutDifference(counted))].filter((part) => part !== "");
  return `Of ${plural(decided(counted), "comparison")}, ${parts.join("; ")}.`;
}

/** Of the comparisons in which neither arm is better. */
function withoutDifference({ alike, noDifference }: Counts): string[] {
  return [
    ...(alike > 0 ? [`${formatCount(alike)} ${alike === 1 ? "is" : "are"} ${ALIKE_WORDS}`] : []),
    ...(noDifference > 0 ? [`${formatCount(noDifference)} ${noDifference === 1 ? "shows" : "show"} ${NO_DIFFERENCE_WORDS}`] : []),
  ];
}
