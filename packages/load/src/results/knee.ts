import { artilleryName, USERS, type Transport } from "../metrics/metric-list.ts";
import type { LoadResult, Period } from "./report.ts";

/** Where a ramp became too much: Artillery's ten seconds in which the first events came too late, or runs failed. */
export interface Knee {
  readonly transport: Transport;
  /** Users a second in these ten seconds, of both transports. */
  readonly usersPerSecond: number;
  readonly p95FirstEventMs: number;
  readonly failed: number;
}

const PERIOD_SECONDS = 10;

/** @returns the first such time, or `undefined` where the ramp ended before it */
export function kneeOf({ periods }: LoadResult, used: readonly Transport[], p95FirstEventMs: number): Knee | undefined {
  for (const period of periods) {
    for (const transport of used) {
      const knee = {
        transport,
        usersPerSecond: (period.counters[USERS.created] ?? 0) / PERIOD_SECONDS,
        ...figuresOf(period, transport),
      };
      if (knee.p95FirstEventMs > p95FirstEventMs || knee.failed > 0) return knee;
    }
  }
  return undefined;
}

function figuresOf({ counters, distributions }: Period, transport: Transport): Pick<Knee, "p95FirstEventMs" | "failed"> {
  return {
    p95FirstEventMs: distributions[artilleryName(transport, "first_event_ms")]?.p95.high ?? 0,
    failed: counters[artilleryName(transport, "runs_failed")] ?? 0,
  };
}
