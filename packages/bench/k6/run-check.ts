// Shared by both scripts: what a run owes its reader, as k6 metrics and thresholds. Runs inside k6: no Node, no npm.
import { check } from "k6";
import execution from "k6/execution";
import { Counter, Rate, Trend } from "k6/metrics";
import type { Options } from "k6/options";

/** One event as it came over either transport: `id` is `<epoch>.<seq>` (PROTOCOL.md §1). */
export interface SeenEvent {
  readonly id: string;
  readonly type: string;
  /** Of the terminal event. */
  readonly state?: string | undefined;
}

const lost = new Counter("events_lost");
const repeated = new Counter("events_repeated");
const reordered = new Counter("events_reordered");
const received = new Counter("events_received");
const finished = new Rate("runs_finished");
const runDuration = new Trend("run_duration", true);

const env = __ENV;
export const target = (env["URL"] ?? "http://127.0.0.1:8787").replace(/\/$/, "");
/** The bearer token: k6 run -e TOKEN=… */
export const headers: Record<string, string> = env["TOKEN"] === undefined ? {} : { Authorization: `Bearer ${env["TOKEN"]}` };
const rate = Number(env["RATE"] ?? 10);

/** An open model: runs begin at the rate, whether or not earlier ones have ended. Every figure is k6's: whole milliseconds. */
export const loadOptions: Options = {
  scenarios: {
    runs: {
      executor: "constant-arrival-rate",
      rate,
      timeUnit: "1s",
      duration: env["DURATION"] ?? "15s",
      preAllocatedVUs: Math.max(20, rate * 5),
      maxVUs: Math.max(100, rate * 60),
      gracefulStop: "2m",
    },
  },
  thresholds: {
    events_lost: ["count==0"],
    events_repeated: ["count==0"],
    events_reordered: ["count==0"],
    runs_finished: ["rate>=0.99"],
    run_duration: [`p(95)<${env["P95_RUN_MS"] ?? "60000"}`],
    // A start that k6 could not make, for want of virtual users, is a start that was not tested.
    dropped_iterations: ["count==0"],
  },
};

/** The agent that this iteration uses: a few take the runs in turn. */
export function agentName(transport: string): string {
  return `k6-${transport}-${execution.scenario.iterationInTest % Number(env["AGENTS"] ?? 20)}`;
}

/** A whole context, so that no agent's conversation grows with the load. */
export const input = { messages: [{ id: "m", role: "user", parts: [{ type: "text", text: "Write one short paragraph about streams." }] }] };

/** Counts what a whole run lost, repeated or reordered. Call it once a run, whatever came of it. */
export function record(events: readonly SeenEvent[], startedAt: number): void {
  const seen = new Set<number>();
  let highest = 0;
  let twice = 0;
  let late = 0;
  for (const { id } of events) {
    const seq = Number(id.slice(id.indexOf(".") + 1));
    if (seen.has(seq)) twice += 1;
    else if (seq < highest) late += 1;
    seen.add(seq);
    highest = Math.max(highest, seq);
  }
  const last = events[events.length - 1];
  const complete = last?.type === "data-run-end" && last.state === "finished";
  received.add(events.length);
  // A reader that never saw the terminal event lost at least that.
  lost.add(highest - seen.size + (last?.type === "data-run-end" ? 0 : 1));
  repeated.add(twice);
  reordered.add(late);
  finished.add(complete);
  if (complete) runDuration.add(Date.now() - startedAt);
  check(complete, { "the run came to its end": (ended) => ended });
}
