// Shared by the scripts: what a run owes its reader, under the names that Artillery's metrics have too. Runs inside k6: no Node, no npm.
import { check } from "k6";
import execution from "k6/execution";
import { Counter, Rate, Trend } from "k6/metrics";
import { EventCheck } from "../src/check/event-check.ts";
import type { MetricName, Transport } from "../src/metrics/metric-list.ts";
import { RUN_LIMIT_MS } from "../src/script/run-limit.ts";
import { nameFrom, numberFrom } from "./environment.ts";

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
/**
 * Events less far apart are of one read. Over WebSocket a frame has several; xk6-sse hands over each alone, and one may be counted in the next
 * millisecond.
 */
const ONE_READ_MS = 2;
const env = __ENV;

export const target: string = (env["URL"] ?? "http://127.0.0.1:8787").replace(/\/$/, "");
/** The bearer token: k6 run -e TOKEN=… */
export const headers: Record<string, string> = env["TOKEN"] === undefined ? {} : { Authorization: `Bearer ${env["TOKEN"]}` };

const agent = nameFrom("AGENT") ?? "transport-agent";
const agents = Math.ceil(numberFrom("AGENTS") ?? 20);

/** The path of the agent that this iteration uses: a few take the runs in turn. */
export function agentPath(): string {
  return `/agents/${agent}/load-${execution.scenario.iterationInTest % agents}`;
}

/** Follows one run. All its times are k6's: whole milliseconds. */
export class RunRecord {
  readonly #tags: { readonly transport: Transport };
  readonly #startedAt = Date.now();
  readonly #check = new EventCheck();
  /** When the last read that brought events began. */
  #readAt: number | undefined;
  #state: string | undefined;

  constructor(transport: Transport) {
    this.#tags = { transport };
    counts.runs_started.add(1, this.#tags);
  }

  /** Its time is over. */
  get isLate(): boolean {
    return Date.now() - this.#startedAt > RUN_LIMIT_MS;
  }

  /** @param at when the connection was open. Call it for one that the agent took */
  opened(at: number): void {
    times.connect_ms.add(at - this.#startedAt, this.#tags);
  }

  /** Events as they came, several at a time where they did. @returns whether the run has ended */
  saw(events: readonly SeenEvent[]): boolean {
    if (events.length === 0) return this.#state !== undefined;
    const now = Date.now();
    const gapMs = this.#readAt === undefined ? undefined : now - this.#readAt;
    if (gapMs === undefined) times.first_event_ms.add(now - this.#startedAt, this.#tags);
    else if (gapMs >= ONE_READ_MS) {
      times.gap_ms.add(gapMs, this.#tags);
      if (gapMs > STALL_MS) times.stall_ms.add(gapMs, this.#tags);
    }
    if (gapMs === undefined || gapMs >= ONE_READ_MS) this.#readAt = now;
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
