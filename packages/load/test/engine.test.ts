import { EventEmitter } from "node:events";
import { startWorker, type WorkerHost } from "@agent-transports/lab/worker-host";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AgentTransportsEngine, type Helpers } from "../src/engine.ts";
import { artilleryName, type MetricName, type Transport } from "../src/metrics/metric-list.ts";
import type { ScenarioSpec } from "../src/script/read-flow.ts";

let host: WorkerHost;
beforeAll(async () => {
  host = await startWorker({ vars: { SCRIPTED_TOKENS_PER_SECOND: "400" } });
});
afterAll(() => host?.dispose());

/** What Artillery would have been told. */
class Told {
  readonly counters = new Map<string, number>();
  readonly samples = new Map<string, number[]>();
  readonly errors: string[] = [];
  readonly events = new EventEmitter();
  started = 0;

  constructor() {
    this.events.on("counter", (name: string, by: number) => this.counters.set(name, (this.counters.get(name) ?? 0) + by));
    this.events.on("histogram", (name: string, value: number) => this.samples.set(name, [...(this.samples.get(name) ?? []), value]));
    this.events.on("error", (code: string) => this.errors.push(code));
    this.events.on("started", () => (this.started += 1));
  }

  count(transport: Transport, name: MetricName): number | undefined {
    return this.counters.get(artilleryName(transport, name));
  }

  times(transport: Transport, name: MetricName): readonly number[] {
    return this.samples.get(artilleryName(transport, name)) ?? [];
  }
}

interface Asked {
  readonly spec: ScenarioSpec;
  readonly users?: number;
  readonly target?: string;
  readonly options?: object;
  readonly helpers?: Helpers;
  readonly vars?: Readonly<Record<string, unknown>>;
}

/** Runs users through a scenario, one after another. @returns what Artillery was told, and the users' errors */
async function play({
  spec,
  users = 1,
  target = host.url.href,
  options = {},
  helpers,
  vars = {},
}: Asked): Promise<{ told: Told; failed: (Error | null)[] }> {
  const scenario = { ...spec, engine: "agent-transports" };
  const config = { target, engines: { "agent-transports": options } };
  const engine = new AgentTransportsEngine({ config, scenarios: [scenario] }, new EventEmitter(), helpers);
  const told = new Told();
  const user = engine.createScenario(scenario, told.events);
  const failed: (Error | null)[] = [];
  for (let n = 0; n < users; n++) failed.push(await new Promise<Error | null>((resolve) => user({ vars }, resolve)));
  return { told, failed };
}

const text = "Write one short paragraph about streams.";

describe.each<Transport>(["sse", "ws"])("over %s", (transport) => {
  const other = transport === "sse" ? "ws" : "sse";

  it("a user that starts a run and reads it to its end tells how long each took, and that nothing was lost", async () => {
    const { told, failed } = await play({ spec: { transport, flow: [{ start: text }, { read: "end" }] } });
    expect(failed).toEqual([null]);
    expect(told.started).toBe(1);
    const counts = {
      runs_started: 1,
      runs_finished: 1,
      runs_failed: 0,
      events_lost: 0,
      events_repeated: 0,
      events_reordered: 0,
      reconnects: 0,
    } as const;
    for (const [name, count] of Object.entries(counts) as [MetricName, number][])
      expect([name, told.count(transport, name)]).toEqual([name, count]);
    // start, text-start, one delta of joined tokens, text-end, finish and the terminal event.
    expect(told.count(transport, "events_received")).toBeGreaterThanOrEqual(6);
    const [connect = 0] = told.times(transport, "connect_ms");
    const [first = 0] = told.times(transport, "first_event_ms");
    const [run = 0] = told.times(transport, "run_ms");
    expect([connect > 0, first >= connect, run > first]).toEqual([true, true, true]);
    expect(told.times(transport, "gap_ms").length).toBeGreaterThan(0);
    expect(told.times(transport, "recovery_ms")).toEqual([]);
    // The other transport has zeros, so that a threshold on it has something to compare.
    expect([told.count(other, "runs_started"), told.count(other, "events_lost")]).toEqual([0, 0]);
    expect(told.counters.get("vusers.skipped")).toBe(0);
  });

  it("a user that drops and resumes reads every event once, and tells how long it took to come back", async () => {
    const flow = [
      { start: text },
      { read: { events: 3 } },
      { drop: {} },
      { resume: {} },
      { read: { until: "text-end" } },
      { drop: {} },
      { resume: {} },
      { read: "end" },
    ];
    const { told, failed } = await play({ spec: { transport, flow } });
    expect([failed, told.errors]).toEqual([[null], []]);
    expect([
      told.count(transport, "runs_finished"),
      told.count(transport, "events_lost"),
      told.count(transport, "events_repeated"),
    ]).toEqual([1, 0, 0]);
    expect(told.times(transport, "recovery_ms")).toHaveLength(2);
    expect(told.times(transport, "connect_ms")).toHaveLength(1);
  });

  it("a user that comes back over the other transport finishes there", async () => {
    const flow = [{ start: text }, { read: { events: 1 } }, { drop: {} }, { resume: { transport: other } }, { read: "end" }];
    const { told, failed } = await play({ spec: { transport, flow } });
    expect(failed).toEqual([null]);
    expect([told.count(transport, "runs_started"), told.count(other, "runs_finished"), told.count(other, "events_lost")]).toEqual([
      1, 1, 0,
    ]);
  });

  it("a user that sends inputs and cancels ends a run that has not failed", async () => {
    const flow = [
      { connect: {} },
      { start: text },
      { read: { events: 1 } },
      { send: { louder: true } },
      { read: { until: "data-input" } },
      { cancel: {} },
      { read: "end" },
    ];
    const { told, failed } = await play({ spec: { transport, flow } });
    expect([failed, told.errors]).toEqual([[null], []]);
    expect([told.count(transport, "runs_cancelled"), told.count(transport, "runs_failed"), told.count(transport, "events_lost")]).toEqual([
      1, 0, 0,
    ]);
    expect(told.times(transport, "input_ms")).toHaveLength(1);
  });

  it("a session of several questions uses one connection of its user", async () => {
    const flow = [{ connect: {} }, { loop: [{ start: text }, { read: "end" }, { think: 0 }], count: 3 }];
    const { told, failed } = await play({ spec: { transport, flow } });
    expect(failed).toEqual([null]);
    expect([told.count(transport, "runs_finished"), told.times(transport, "connect_ms").length]).toEqual([3, 1]);
  });
});
