/** How often something has to happen for a session to be decided in another way. */
import type { Choice, SessionTurn } from "./facts.ts";

/** An application may differ from ours by so much without being another one. */
const FACTOR = 3;
/** Halves of the way there: a thousandth of it is finer than anybody counts. */
const STEPS = 14;

interface Weighed {
  readonly mean: number;
  readonly choice: Choice;
}

/** A part of a session that happens to somebody, and how it differs. */
interface Part {
  readonly action: string;
  readonly times: number;
  /** WebSocket minus SSE, each time. */
  readonly differenceMs: number;
  /** Whether it happens to somebody, and so may happen more or less often in the same session. */
  readonly isEvent: boolean;
}

/**
 * Where parts of a session speak for different transports, how often each happens may decide. Of each that does within a factor of three: the
 * count at which both are even; or, where that is not within, or both are alike anyway, the one from which something else is to be taken.
 *
 * @param at what the session says where that action happens so often
 * @returns the nearest first, and those at which both are even before others
 */
export function turnsOf(parts: readonly Part[], now: Weighed, at: (action: string, times: number) => Weighed): SessionTurn[] {
  const signs = new Set(parts.map(({ differenceMs }) => Math.sign(differenceMs)).filter((sign) => sign !== 0));
  if (signs.size < 2) return [];
  const turns = parts.filter(({ isEvent }) => isEvent).flatMap((part) => turnOf(part, now, at) ?? []);
  return turns.toSorted((left, right) => Number(left.choice !== null) - Number(right.choice !== null) || changeIn(left) - changeIn(right));
}

function turnOf({ action, times }: Part, now: Weighed, at: (action: string, times: number) => Weighed): SessionTurn | null {
  const ends = [times / FACTOR, times * FACTOR];
  const nearest = (isTurned: (weighed: Weighed) => boolean): number | null => {
    const found = ends.flatMap((end) => turnBetween(times, end, (count) => isTurned(at(action, count))) ?? []);
    return (
      found.toSorted((left, right) => changeIn({ times: left, ratherThan: times }) - changeIn({ times: right, ratherThan: times }))[0] ??
      null
    );
  };
  if (now.choice !== "either") {
    const even = nearest(({ mean }) => Math.sign(mean) !== Math.sign(now.mean));
    if (even !== null) return { action, times: even, ratherThan: times, choice: null };
  }
  // Undecided is no choice: where an interval has any width, it comes first.
  const other = nearest(({ choice }) => choice !== now.choice && choice !== "undecided");
  return other === null ? null : { action, times: other, ratherThan: times, choice: at(action, other).choice };
}

/** @returns the first count on the turned side, or `null` where even the end is not */
function turnBetween(from: number, end: number, isTurned: (count: number) => boolean): number | null {
  if (!isTurned(end)) return null;
  let [before, turned] = [from, end];
  for (let step = 0; step < STEPS; step++) {
    const middle = (before + turned) / 2;
    if (isTurned(middle)) turned = middle;
    else before = middle;
  }
  return turned;
}

function changeIn({ times, ratherThan }: Pick<SessionTurn, "times" | "ratherThan">): number {
  return Math.abs(Math.log(times / ratherThan));
}
