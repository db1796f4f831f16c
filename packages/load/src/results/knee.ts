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
  let startSecond = 0;
  for (const period of periods) {
    const [from, to] = [startSecond, startSecond + period.seconds];
    startSecond = to;
    const created = period.counters[USERS.created] ?? 0;
    // Those without arrivals put on no load: answers end in them.
    if (created === 0) continue;
    for (const transport of used) {
      const figures = figuresOf(period, transport);
      const startedUntil = (second: number): number => startedBefore(periods, transport, second - limitMs / 1_000);
      const verdict = verdictOf(figures, startedUntil(to) - startedUntil(from), limitMs);
      if (verdict === "well") seen.delete(transport);
      else if (verdict === "too much") {
        const before = seen.get(transport);
        if (before !== undefined) return before;
        seen.set(transport, { transport, usersPerSecond: created / period.seconds, ...figures });
      }
    }
  }
  return undefined;
}

type Figures = Omit<Knee, "transport" | "usersPerSecond">;

function figuresOf({ counters, distributions }: Period, transport: Transport): Figures {
  const firstEvent = distributions[artilleryName(transport, "first_event_ms")];
  return {
    started: startedIn(counters, transport),
    firstEvents: firstEvent?.count ?? 0,
    p95FirstEventMs: firstEvent?.p95.high,
    failed: counters[artilleryName(transport, "runs_failed")] ?? 0,
  };
}

function startedIn(counters: Period["counters"], transport: Transport): number {
  return counters[artilleryName(transport, "runs_started")] ?? 0;
}

/** Runs that began before a second of the test. Those of a period are taken as spread evenly over it. */
function startedBefore(periods: readonly Period[], transport: Transport, second: number): number {
  let [sum, from] = [0, 0];
  for (const { counters, seconds } of periods) {
    if (second <= from) break;
    sum += startedIn(counters, transport) * Math.min(1, (second - from) / seconds);
    from += seconds;
  }
  return sum;
}

/** @param startedEarlier in as long a time, which ended as much before the period's end as a first event may take */
function verdictOf(figures: Figures, startedEarlier: number, limitMs: number): "well" | "too much" | undefined {
  const { started, firstEvents, p95FirstEventMs = 0, failed } = figures;
  const isLate = firstEvents >= LEAST_RUNS && p95FirstEventMs > limitMs;
  const fails = failed > 0 && Math.max(started, firstEvents + failed) >= LEAST_RUNS;
  // A first event may come a period after its run began. Of the runs that began early enough, most have none: those that came may be the quick ones.
  const due = Math.min(started, startedEarlier);
  const isSilent = due >= LEAST_RUNS && firstEvents < due / 2;
  if (isLate || fails || isSilent) return "too much";
  return firstEvents >= LEAST_RUNS ? "well" : undefined;
}
