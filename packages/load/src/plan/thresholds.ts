import { ARRIVALS_DROPPED, artilleryName, USERS, type MetricName, type Transport } from "../metrics/metric-list.ts";

/** What a service that streams answers owes its readers, for Artillery's `ensure` and for k6's thresholds alike. */
export type Threshold =
  /** Both transports together have none of it. */
  | { readonly is: "none"; readonly metric: MetricName }
  /** Each transport that is used has some. */
  | { readonly is: "some"; readonly metric: MetricName }
  /** Of both transports together, at most this share of another metric. */
  | { readonly is: "share"; readonly metric: MetricName; readonly of: MetricName; readonly atMost: number }
  /** Of each transport that is used. */
  | { readonly is: "p95"; readonly metric: MetricName; readonly atMost: number }
  /** Users that failed at any step: a connection that did not open is no run. In k6 a user is a run. */
  | { readonly is: "users failed"; readonly atMost: number }
  /** The generator made every arrival. */
  | { readonly is: "no arrival dropped" };

export const integrityThresholds: readonly Threshold[] = [
  { is: "none", metric: "events_lost" },
  { is: "none", metric: "events_repeated" },
  { is: "none", metric: "events_reordered" },
  { is: "share", metric: "runs_failed", of: "runs_started", atMost: 0.01 },
  { is: "users failed", atMost: 0.01 },
  { is: "some", metric: "runs_finished" },
  { is: "no arrival dropped" },
];

/** p95 of the first event, where nobody says otherwise. */
export const P95_FIRST_EVENT_MS = 1_000;

/** Conditions of Artillery's plugin `ensure`: one that does not hold sets the exit code to 1. */
export function ensureConditions(thresholds: readonly Threshold[], used: readonly Transport[]): { readonly expression: string }[] {
  return thresholds.flatMap((one): { readonly expression: string }[] => {
    switch (one.is) {
      case "none":
        return [{ expression: `${both(one.metric)} == 0` }];
      case "some":
        return used.map((transport) => ({ expression: `${artilleryName(transport, one.metric)} > 0` }));
      case "share":
        return [{ expression: `${both(one.metric)} <= ${one.atMost} * ${both(one.of)}` }];
      case "p95":
        return used.map((transport) => ({ expression: `${artilleryName(transport, one.metric)}.p95 <= ${one.atMost}` }));
      case "users failed":
        return [{ expression: `${USERS.failed} <= ${one.atMost} * ${USERS.created}` }];
      case "no arrival dropped":
        return [{ expression: `${ARRIVALS_DROPPED.artillery} == 0` }];
    }
  });
}

function both(metric: MetricName): string {
  return `(${artilleryName("sse", metric)} + ${artilleryName("ws", metric)})`;
}

/** k6's `thresholds`. There a metric that is a share of another is a rate. */
export function k6Thresholds(thresholds: readonly Threshold[], used: readonly Transport[]): Record<string, string[]> {
  return Object.fromEntries(
    thresholds.flatMap((one): [string, string[]][] => {
      switch (one.is) {
        case "none":
          return [[one.metric, ["count==0"]]];
        case "some":
          return used.map((transport) => [`${one.metric}{transport:${transport}}`, ["count>0"]]);
        case "share":
          return [[one.metric, [`rate<=${one.atMost}`]]];
        case "p95":
          return used.map((transport) => [`${one.metric}{transport:${transport}}`, [`p(95)<=${one.atMost}`]]);
        case "users failed":
          return [];
        case "no arrival dropped":
          return [[ARRIVALS_DROPPED.k6, ["count==0"]]];
      }
    }),
  );
}
