import { artilleryName, USERS, type Transport } from "../metrics/metric-list.ts";
import type { LoadResult, Period } from "./report.ts";

/** Where a ramp became too much: the first of two periods in a row in which first events came too late or were missing, or runs failed. */
export interface Knee {
  readonly transport: Transport;
  /** Users a second in this period, of both transports. */
  readonly usersPerSecond: number;
  /** `undefined` where no first event came at all. */
  readonly p95FirstEventMs: number | undefined;
  readonly failed: number;
  readonly started: number;
  /** First events that came in this period. */
  readonly firstEvents: number;
}

/** A p95 of fewer says little, and one slow answer would be a knee. */
const LEAST_RUNS = 10;

/** @returns `undefined` where the ramp ended before its knee */
export function kneeOf({ periods }: LoadResult, used: readonly Transport[], limitMs: number): Knee | undefined {
  /** A period that was too much, and that the next one of its transport has yet to confirm. */
  const seen = new Map<Transport, Knee>();
  // Those without arrivals put on no load: answers end in them.
  const loaded = periods.filter(({ counters }) => (counters[USERS.created] ?? 0) > 0);
  for (const period of loaded) {
    for (const transport of used) {
      const figures = figuresOf(period, transport);
      if (!saysEnough(figures)) continue;
      if (!isTooMuch(figures, limitMs)) seen.delete(transport);
      else {
        const before = seen.get(transport);
        if (before !== undefined) return before;
        const usersPerSecond = (period.counters[USERS.created] ?? 0) / period.seconds;
        seen.set(transport, { transport, usersPerSecond, ...figures });
      }
    }
  }
  return undefined;
}

type Figures = Omit<Knee, "transport" | "usersPerSecond">;

function figuresOf({ counters, distributions }: Period, transport: Transport): Figures {
  const firstEvent = distributions[artilleryName(transport, "first_event_ms")];
  return {
    started: counters[artilleryName(transport, "runs_started")] ?? 0,
    firstEvents: firstEvent?.count ?? 0,
    p95FirstEventMs: firstEvent?.p95.high,
    failed: counters[artilleryName(transport, "runs_failed")] ?? 0,
  };
}

/** The runs that began count too: an Agent that collapses has few first events, or none. */
function saysEnough({ started, firstEvents, failed }: Figures): boolean {
  return started >= LEAST_RUNS || firstEvents + failed >= LEAST_RUNS;
}

function isTooMuch({ started, firstEvents, p95FirstEventMs, failed }: Figures, limitMs: number): boolean {
  return p95FirstEventMs === undefined || p95FirstEventMs > limitMs || failed > 0 || isSilent({ started, firstEvents });
}

/** Most of the runs that began have no first event: those that came may be the quick ones. */
function isSilent({ started, firstEvents }: Pick<Figures, "started" | "firstEvents">): boolean {
  return started >= LEAST_RUNS && firstEvents < started / 2;
}
