/**
 * The one list of what a load test measures, for Artillery and for k6 alike. It imports nothing, because k6 has neither Node nor npm.
 *
 * In Artillery a metric is `agent_transports.<transport>.<name>`. In k6 it is `<name>`, with the tag `transport`.
 */
export type Transport = "sse" | "ws";

/** A `trend` is a distribution: Artillery's histogram, k6's Trend. A `counter` is added up. */
export type MetricKind = "trend" | "counter";

export interface Metric {
  readonly kind: MetricKind;
  /** `ms` are milliseconds, with fractions in Artillery and whole in k6. */
  readonly unit: "ms" | "runs" | "events" | "connections" | "workers";
  /** What it is, from when to when. */
  readonly is: string;
}

/** No name is the beginning of another: Artillery's `ensure` replaces names within expressions as plain text. */
export const metrics: { readonly [Name in MetricName]: Metric } = {
  connect_ms: {
    kind: "trend",
    unit: "ms",
    is: "a user's first connection: from the step until it is open (over SSE the response's headers, over WebSocket the handshake)",
  },
  first_event_ms: { kind: "trend", unit: "ms", is: "from the step `start` until the run's first event came" },
  gap_ms: {
    kind: "trend",
    unit: "ms",
    is: "between two reads of a connection that brought events, whether or not a step waits for them. k6 takes events less than 2 ms apart as one read",
  },
  stall_ms: { kind: "trend", unit: "ms", is: "those gaps that are longer than `stallMs`" },
  run_ms: { kind: "trend", unit: "ms", is: "from the step `start` until the terminal event came, of runs that finished" },
  input_ms: { kind: "trend", unit: "ms", is: "from the step `send` until the agent says that the input is in the log" },
  recovery_ms: {
    kind: "trend",
    unit: "ms",
    is: "from the step `resume`, or from the loss of a connection, until the first event came that had not come before",
  },
  reconnects: { kind: "counter", unit: "connections", is: "connections that were lost, and that no step had dropped" },
  runs_started: { kind: "counter", unit: "runs", is: "steps `start`" },
  runs_finished: { kind: "counter", unit: "runs", is: "runs whose terminal event says `finished`" },
  runs_cancelled: { kind: "counter", unit: "runs", is: "runs that a step `cancel` ended" },
  runs_failed: { kind: "counter", unit: "runs", is: "runs that ended otherwise, or could not be followed to where a step asked for" },
  events_received: { kind: "counter", unit: "events", is: "events that the application received" },
  events_lost: {
    kind: "counter",
    unit: "events",
    is: "ids that a later one proves to be missing, and the terminal event where the events ended cleanly without it",
  },
  events_repeated: { kind: "counter", unit: "events", is: "ids that came again, or of another log" },
  events_reordered: { kind: "counter", unit: "events", is: "ids that came behind a later one" },
};

export type MetricName =
  | "connect_ms"
  | "first_event_ms"
  | "gap_ms"
  | "stall_ms"
  | "run_ms"
  | "input_ms"
  | "recovery_ms"
  | "reconnects"
  | "runs_started"
  | "runs_finished"
  | "runs_cancelled"
  | "runs_failed"
  | "events_received"
  | "events_lost"
  | "events_repeated"
  | "events_reordered";

export function isMetricName(name: string): name is MetricName {
  return name in metrics;
}

/** Artillery's own counters of users. A scenario's name follows the last one. */
export const USERS = { created: "vusers.created", failed: "vusers.failed", byScenario: "vusers.created_by_name." } as const;

/** Arrivals that the generator did not make, because as many users as are allowed were busy. Each tool counts them under a name of its own. */
export const ARRIVALS_DROPPED = { artillery: "vusers.skipped", k6: "dropped_iterations" } as const;

/** What is measured of the generator itself, in Artillery only. What it is late, every other figure is late too. */
export const generatorMetrics: { readonly [Name in GeneratorMetricName]: Metric } = {
  generators: { kind: "counter", unit: "workers", is: "Artillery's workers that had users, of all machines together" },
  generator_delay_ms: { kind: "trend", unit: "ms", is: "the longest delay of a worker's event loop in each second" },
  generator_overrun_ms: { kind: "trend", unit: "ms", is: "by how much a phase's arrivals took longer than the phase" },
};

export type GeneratorMetricName = "generators" | "generator_delay_ms" | "generator_overrun_ms";

const PREFIX = "agent_transports";

/** A metric's name in Artillery. */
export function artilleryName(transport: Transport, name: MetricName): string {
  return `${PREFIX}.${transport}.${name}`;
}

/** A name of the generator's own figures in Artillery. */
export function generatorName(name: GeneratorMetricName): string {
  return `${PREFIX}.${name}`;
}
