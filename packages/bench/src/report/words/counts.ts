import type { ComparedArm, Counts } from "../../analysis/facts/index.ts";
import { judgedIn } from "../../analysis/headline.ts";
import { armName, formatCount, listOf, plural } from "./format.ts";
import { TOO_SMALL_WORDS } from "./verdicts.ts";

/**
 * `Of 33 comparisons, WebSocket is better in 8 and SSE in 6 by a difference that matters; 12 differ by what is too small to matter, 5 are equivalent and
 * 2 are undecided.`
 *
 * @param arms those that are said to be better somewhere, in this order
 */
export function countsSentence(counted: Counts, arms: readonly ComparedArm[]): string {
  const better = arms.map(
    (arm, index) => `${armName(arm)} ${index === 0 ? "is better " : ""}in ${counted[arm] === 0 ? "none" : formatCount(counted[arm])}`,
  );
  const matters = better.length === 0 ? "" : `${listOf(better)} by a difference that matters`;
  const parts = [matters, listOf(withoutDifference(counted))].filter((part) => part !== "");
  return `Of ${plural(judgedIn(counted), "comparison")}, ${parts.join("; ")}.`;
}

function be(count: number): string {
  return count === 1 ? "is" : "are";
}

/** Of the comparisons in which neither arm is better by what matters. */
function withoutDifference({ tooSmall, equivalent, undecided }: Counts): string[] {
  return [
    ...(tooSmall > 0 ? [`${formatCount(tooSmall)} ${tooSmall === 1 ? "differs" : "differ"} by what is ${TOO_SMALL_WORDS}`] : []),
    ...(equivalent > 0 ? [`${formatCount(equivalent)} ${be(equivalent)} equivalent`] : []),
    ...(undecided > 0 ? [`${formatCount(undecided)} ${be(undecided)} undecided`] : []),
  ];
}
