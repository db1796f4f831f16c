import { ARRIVALS_DROPPED, artilleryName, generatorName, isMetricName, metrics, type MetricName, type Transport } from "./metric-list.ts";

/** Where Artillery takes metrics: its own emitter, or any other. */
export interface Emitter {
  emit(event: string, ...args: readonly unknown[]): unknown;
}

/** Tells Artillery what was measured. It keeps nothing: Artillery adds up what its workers are told. */
export class Recorder {
  readonly #events: Emitter;

  constructor(events: Emitter) {
    this.#events = events;
  }

  /** A counter that nobody has counted is not in Artillery's report, and a threshold on it would fail. So each begins with 0. */
  begin(transports: readonly Transport[]): void {
    const counters = Object.keys(metrics)
      .filter((name) => isMetricName(name))
      .filter((name) => metrics[name].kind === "counter");
    for (const name of counters) for (const transport of transports) this.count(transport, name, 0);
    this.#events.emit("counter", ARRIVALS_DROPPED.artillery, 0);
  }

  /** Once for each worker. */
  enroll(): void {
    this.#events.emit("counter", generatorName("generators"), 1);
  }

  count(transport: Transport, name: MetricName, by = 1): void {
    this.#events.emit("counter", artilleryName(transport, name), by);
  }

  time(transport: Transport, name: MetricName, ms: number): void {
    this.#events.emit("histogram", artilleryName(transport, name), ms);
  }

  /** Artillery counts it as `errors.<code>`. */
  failed(code: string): void {
    this.#events.emit("error", code);
  }
}
