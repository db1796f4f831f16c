/** What to take for a session, by what somebody notices (METHOD.md, "Sessions"). */
import { sizesOf } from "../analysis/smallest-effects.ts";
import { groupsNeeded, MOST_GROUPS } from "../stats/index.ts";
import { intervalOf, type Estimated } from "./estimate.ts";
import type { Choice, ToDecide } from "./facts.ts";
import type { SessionKind } from "./kinds.ts";

const { size, others = [] } = sizesOf("wait");

/** Of one wait: half of the 100 ms within which a result seems to come at once (METHOD.md, "The smallest effects of interest"). */
export const SMALLEST_WAIT_MS: number = size;
/** Others may hold to another size: what they would take is shown beside. */
export const OTHER_SMALLEST_WAITS_MS: readonly number[] = others;

/** TOST's, and that of a minimum effect. */
const LEVEL = 0.9;

/** A session's own: what of a difference is too small to be noticed, in ms. */
export function noticedOf({ waits, noticedShare = 0 }: SessionKind, sessionMs: number, smallestWaitMs = SMALLEST_WAIT_MS): number {
  return Math.max(waits * smallestWaitMs, noticedShare * sessionMs);
}

/** By the 90 % interval: all of it within what nobody notices (TOST), all of it beyond, or neither. */
export function choiceOf(difference: Estimated, noticed: number): Choice {
  const { low, high } = intervalOf(difference, LEVEL);
  if (low > -noticed && high < noticed) return "either";
  if (low > noticed) return "sse";
  if (high < -noticed) return "ws";
  return "undecided";
}

/**
 * What more of the same would show, with a chance of 80 %, if the mean and the spread are those seen here: of an undecided comparison, a verdict
 * says as much of its pair groups (`analysis/verdict.ts`).
 *
 * @param units runs that were put together, or those pair groups of one run that tell as much
 */
export function toDecide(
  { mean, variance }: Estimated,
  noticed: number,
  units: { readonly of: ToDecide["of"]; readonly count: number },
): ToDecide {
  const distance = Math.abs(Math.abs(mean) - noticed);
  const needed = groupsNeeded({ groups: units.count, standardError: Math.sqrt(variance) }, { distance, confidence: LEVEL });
  return {
    shows: Math.abs(mean) < noticed ? "either" : mean > 0 ? "sse" : "ws",
    of: units.of,
    count: needed >= MOST_GROUPS ? null : units.of === "runs" ? needed : Math.ceil(needed / units.count),
  };
}
