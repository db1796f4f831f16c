import { ARRIVALS_DROPPED, artilleryName, USERS, type MetricName, type Transport } from "../metrics/metric-list.ts";
import type { Threshold } from "../plan/thresholds.ts";
import type { LoadResult } from "./report.ts";

/**
 * The same thresholds as `ensure`, on a result that was read or merged. A quantile that is known within bounds is judged by the upper one.
 *
 * @returns a sentence for each threshold that is not met
 */
export function judge({ counters, distributions }: LoadResult, thresholds: readonly Threshold[], used: readonly Transport[]): string[] {
  const of = (transport: Transport, metric: MetricName): number => counters[artilleryName(transport, metric)] ?? 0;
  const both = (metric: MetricName): number => of("sse", metric) + of("ws", metric);
  return thresholds.flatMap((one): string[] => {
    switch (one.is) {
      case "none":
        return both(one.metric) === 0 ? [] : [`${one.metric} is ${both(one.metric)}, and must be 0.`];
      case "some":
        return used.flatMap((transport) => (of(transport, one.metric) > 0 ? [] : [`${transport}: ${one.metric} is 0.`]));
      case "share":
        return both(one.metric) <= one.atMost * both(one.of)
          ? []
          : [`${one.metric} is ${both(one.metric)} of ${both(one.of)} ${one.of}; at most ${one.atMost * 100} % may be.`];
      case "p95":
        return used.flatMap((transport) => {
          const p95 = distributions[artilleryName(transport, one.metric)]?.p95.high;
          if (p95 === undefined) return [`${transport}: there is no ${one.metric}.`];
          return p95 <= one.atMost ? [] : [`${transport}: p95 of ${one.metric} is ${p95} ms; at most ${one.atMost} ms.`];
        });
      case "users failed": {
        const [failed, created] = [counters[USERS.failed] ?? 0, counters[USERS.created] ?? 0];
        return failed <= one.atMost * created ? [] : [`${failed} of ${created} users failed; at most ${one.atMost * 100} % may.`];
      }
      case "no arrival dropped": {
        const dropped = counters[ARRIVALS_DROPPED.artillery] ?? 0;
        return dropped === 0 ? [] : [`${dropped} arrivals were dropped: too many users were busy, and that load was never put on.`];
      }
    }
  });
}
