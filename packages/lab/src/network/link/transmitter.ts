import type { Blackouts } from "./blackouts.ts";
import { OPPORTUNITY_BYTES, TUN_HEADER_BYTES, type Trace } from "./trace.ts";

/** Where a recorded link is: an opportunity of a repetition, and what is left of it. */
interface Cursor {
  readonly turn: number;
  readonly index: number;
  readonly leftBytes: number;
}

/** What a transmitter must know of what it sent before; a value, so that what was planned can be planned anew from there. */
export interface Progress {
  /** When the last byte of the packet before leaves. */
  readonly endsAt: number;
  readonly cursor: Cursor;
}

/** When a packet's first byte leaves the queue, and its last byte the link. */
export interface Service extends Progress {
  readonly startsAt: number;
}

/** Sends packets one after another. @param now when the packet was offered */
export type Transmitter = (before: Progress, bytes: number, now: number, blackouts: Blackouts) => Service;

export const AT_START: Cursor = { turn: 0, index: 0, leftBytes: OPPORTUNITY_BYTES };

/** A link of any capacity. */
export const unlimited: Transmitter = (before, _bytes, now, blackouts) => {
  const startsAt = blackouts.openFrom(Math.max(now, before.endsAt));
  return { startsAt, endsAt: startsAt, cursor: before.cursor };
};

export function atRate(bitsPerSecond: number): Transmitter {
  return (before, bytes, now, blackouts) => {
    const startsAt = blackouts.openFrom(Math.max(now, before.endsAt));
    let at = startsAt;
    let leftMs = (bytes * 8_000) / bitsPerSecond;
    // A blackout that holds packets interrupts the one that is being sent, too.
    for (let next = blackouts.nextHeld(at); at + leftMs > next; next = blackouts.nextHeld(at)) {
      leftMs -= next - at;
      at = blackouts.openFrom(next);
    }
    return { startsAt, endsAt: at + leftMs, cursor: before.cursor };
  };
}

/**
 * A recorded link, as Mahimahi's `LinkQueue::rationalize` replays it. An opportunity serves what waits when it comes, several small packets or a
 * part of a large one, and is lost where nothing waits.
 */
export function byTrace({ atMs, periodMs }: Trace, startMs: number): Transmitter {
  const timeOf = ({ turn, index }: Cursor): number => startMs + turn * periodMs + (atMs[index] ?? periodMs);
  const next = ({ turn, index }: Cursor): Cursor =>
    index + 1 < atMs.length ? { turn, index: index + 1, leftBytes: OPPORTUNITY_BYTES } : { ...AT_START, turn: turn + 1 };

  /** The first one after this moment. */
  function after(now: number, from: Cursor): Cursor {
    if (timeOf(from) > now) return from;
    const turn = Math.max(from.turn, Math.floor((now - startMs) / periodMs) - 1);
    // Opportunities do not wait for packets: what lies before now is gone, and a search finds the rest.
    let [low, high] = turn === from.turn ? [from.index, atMs.length] : [0, atMs.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (timeOf({ turn, index: middle, leftBytes: 0 }) > now) high = middle;
      else low = middle + 1;
    }
    if (low < atMs.length) return { turn, index: low, leftBytes: OPPORTUNITY_BYTES };
    return after(now, { ...AT_START, turn: turn + 1 });
  }

  return (before, bytes, now, blackouts) => {
    let cursor = after(now, before.cursor);
    let left = bytes + TUN_HEADER_BYTES;
    let startsAt: number | undefined;
    for (;;) {
      const at = timeOf(cursor);
      if (cursor.leftBytes > 0 && at >= before.endsAt && blackouts.openFrom(at) === at) {
        startsAt ??= at;
        const used = Math.min(left, cursor.leftBytes);
        left -= used;
        cursor = { ...cursor, leftBytes: cursor.leftBytes - used };
        if (left === 0) return { startsAt, endsAt: at, cursor };
      } else {
        cursor = next(cursor);
      }
    }
  };
}
