import { artilleryName, metrics, USERS, isMetricName, type Transport } from "../metrics/metric-list.ts";
import type { LoadResult } from "./report.ts";

const transports: readonly Transport[] = ["sse", "ws"];

/** The scenarios whose users a result counts, by their names in the script. */
export function playedIn({ counters }: LoadResult): readonly string[] {
  return Object.keys(counters)
    .filter((name) => name.startsWith(USERS.byScenario))
    .map((name) => name.slice(USERS.byScenario.length));
}

/** The transports that a result has figures of: a counter that stayed at zero is none. Both where there are none at all. */
export function usedIn({ counters, distributions }: LoadResult): readonly Transport[] {
  const names = Object.keys(metrics).filter((name) => isMetricName(name));
  const used = transports.filter((transport) =>
    names.some((name) => (counters[artilleryName(transport, name)] ?? 0) > 0 || artilleryName(transport, name) in distributions),
  );
  return used.length === 0 ? transports : used;
}
