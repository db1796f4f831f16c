// Shared by the scripts: what a run owes its reader, under the names that Artillery's metrics have too. Runs inside k6: no Node, no npm.
import { check } from "k6";
import execution from "k6/execution";
import { Counter, Rate, Trend } from "k6/metrics";
import { EventCheck } from "../src/check/event-check.ts";
import type { MetricName, Transport } from "../src/metrics/metric-list.ts";

/** One event as it came over either transport: `id` is `<epoch>.<seq>` (PROTOCOL.md §1). */
export interface SeenEvent {
  readonly id: string;
  readonly type: string;
  /** Of the terminal event. */
  readonly state?: string | undefined;
}

const trend = (name: MetricName): Trend => new Trend(name, true);
const counter = (name: MetricName): Counter => new Counter(name);

const times = {
  connect_ms: trend("connect_ms"),
  first_event_ms: trend("first_event_ms"),
  gap_ms: trend("gap_ms"),
  stall_ms: trend("stall_ms"),
  run_ms: trend("run_ms"),
};
const counts = {
  runs_started: counter("runs_started"),
  runs_finished: counter("runs_finished"),
  events_received: counter("events_received"),
  events_lost: counter("events_lost"),
  events_repeated: counter("events_repeated"),
  events_reordered: counter("events_reordered"),
};
/** In k6 the share is a metric of its own. */
const runsFailed = new Rate("runs_failed" satisfies MetricName);

const STALL_MS = 1_000;
const env = __ENV;

export const target: string = (env["URL"] ?? "http://127.0.0.1:8787").replace(/\/$/, "");
/** The bearer token: k6 run -e TOKEN=… */
export const headers: Record<string, string> = env["TOKEN"] === undefined ? {} : { Authorization: `Bearer ${env["TOKEN"]}` };

/** The agent that this iteration uses: a few take the runs in turn. */
export function agentName(): string {
  return `load-${execution.scenario.iterationInTest % Number(env["AGENTS"] ?? 20)}`;
}

/** Follows one run. All its times are k6's: whole milliseconds. */
export class RunRecord {
  readonly #tags: { readonly transport: Transport };
  readonly #startedAt = Date.now();
  readonly #check = new EventCheck();
  #lastAt: number | undefined;
  #state: string | undefined;

  constructor(transport: Transport) {
    this.#tags = { transport };
    counts.runs_started.add(1, this.#tags);
  }

  opened(): void {
    times.connect_ms.add(Date.now() - this.#startedAt, this.#tags);
  }

  /** Events as they came, several at a time where they did. @returns whether the run has ended */
  saw(events: readonly SeenEvent[]): boolean {
    if (events.length === 0) return this.#state !== undefined;
    const now = Date.now();
    if (this.#lastAt === undefined) times.first_event_ms.add(now - this.#startedAt, this.#tags);
    else {
      times.gap_ms.add(now - this.#lastAt, this.#tags);
      if (now - this.#lastAt > STALL_MS) times.stall_ms.add(now - this.#lastAt, this.#tags);
    }
    this.#lastAt = now;
    this.sawLate(events);
    return this.#state !== undefined;
  }

  /** Events of a run that k6 handed over as a whole: when each came is not known. */
  sawLate(events: readonly SeenEvent[]): void {
    for (const { id, type, state } of events) {
      this.#check.see(id);
      if (type === "data-run-end") this.#state = state ?? "";
    }
  }

  /**
   * Call it once a run, whatever came of it.
   *
   * @param cleanly whether its events came to an end of their own. Then a terminal event that did not come is lost; otherwise the run has failed, no more
   */
  end(cleanly: boolean): void {
    const { received, lost, repeated, reordered } = this.#check.result(cleanly && this.#state === undefined);
    const finished = this.#state === "finished";
    counts.events_received.add(received, this.#tags);
    counts.events_lost.add(lost, this.#tags);
    counts.events_repeated.add(repeated, this.#tags);
    counts.events_reordered.add(reordered, this.#tags);
    counts.runs_finished.add(finished ? 1 : 0, this.#tags);
    runsFailed.add(!finished, this.#tags);
    if (finished) times.run_ms.add(Date.now() - this.#startedAt, this.#tags);
    check(finished, { "the run came to its end": (ended) => ended });
  }
}
