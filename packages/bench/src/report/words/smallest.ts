import { sourceOf } from "../../analysis/smallest-effects.ts";
import type { Analysis, Size } from "../../analysis/facts/index.ts";
import type { Metric, MetricKind } from "../../results/schema.ts";
import { smallestWords } from "./size.ts";

const kinds: Readonly<Record<MetricKind, string>> = {
  wait: "a wait after an action",
  token: "a token’s lateness",
  voice: "a turn of voice",
  whole: "a whole chain, a rate, a drift",
  stall: "stalls in a minute of an answer",
  burst: "tokens at once",
  roundTrips: "round trips",
  heartbeats: "heartbeats until something is noticed",
  cpu: "CPU",
  memory: "memory",
  traffic: "bytes on the wire",
  rowsRead: "rows that a replay reads",
  requests: "connections and requests",
  fault: "lost events, and faults without recovery",
};

export const smallestColumns = ["of", "what would matter", "because"];

/** Each kind of figure that a report has, in the order of its scenarios: what would matter of it, and the source. */
export function smallestRows({ scenarios }: Pick<Analysis, "scenarios">): string[][] {
  const sizes = new Map<MetricKind, Set<string>>();
  const add = (size: Size, metric: Metric): void => {
    sizes.set(size.kind, (sizes.get(size.kind) ?? new Set()).add(smallestWords(size, metric)));
  };
  for (const { conditions, metrics } of scenarios)
    for (const { size, metric: id } of conditions.flatMap(({ comparisons }) => comparisons)) {
      const metric = metrics.find((one) => one.id === id);
      if (size !== null && metric !== undefined) add(size, metric);
    }
  return [...sizes].map(([kind, said]) => [kinds[kind], [...said].join("; "), sourceOf(kind)]);
}
