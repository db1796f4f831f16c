import { EventEmitter } from "node:events";
import { createServer } from "node:http";
import { listen } from "@agent-transports/lab/listen";
import { startWorker, type WorkerHost } from "@agent-transports/lab/worker-host";
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { AgentTransportsEngine } from "../src/engine.ts";
import { generatorName, type MetricName, type Transport } from "../src/metrics/metric-list.ts";
import { scenarios } from "../src/plan/scenario-list.ts";
import { play, Told, type Asked } from "./told.ts";

let host: WorkerHost;
beforeAll(async () => {
  host = await startWorker({ vars: { SCRIPTED_TOKENS_PER_SECOND: "400" } });
});
afterAll(() => host?.dispose());
afterEach(() => {
  vi.unstubAllEnvs();
});

const here = (asked: Omit<Asked, "target">): ReturnType<typeof play> => play({ target: host.url.href, ...asked });
const start = { start: "Write one short paragraph about streams." };
const end = { read: "end" };
/** Not over before it is cancelled. */
const startLong = { start: "Write 20000 words at 100 tokens/s." };
/** It takes two seconds: its first and its last events are of different reads, also on a machine that is busy. */
const startInParts = { start: "Write 800 words." };
/** Over at once. */
const startShort = { start: "Write 3 words at 2000 tokens/s." };

describe.each<Transport>(["sse", "ws"])("over %s", (transport) => {
  const other = transport === "sse" ? "ws" : "sse";

  it("a user that starts a run and reads it to its end tells how long each took, and that nothing was lost", async () => {
    const { told, failed } = await here({ spec: { transport, flow: [startInParts, end] } });
    expect([failed, told.started]).toEqual([[null], 1]);
    const names: MetricName[] = [
      "runs_started",
      "runs_finished",
      "runs_failed",
      "events_lost",
      "events_repeated",
      "events_reordered",
      "reconnects",
    ];
    expect(told.counts(transport, ...names)).toEqual([1, 1, 0, 0, 0, 0, 0]);
    // start, text-start, one delta of joined tokens, text-end, finish and the terminal event.
    expect(told.count(transport, "events_received")).toBeGreaterThanOrEqual(6);
    const [connect = 0] = told.times(transport, "connect_ms");
    const [first = 0] = told.times(transport, "first_event_ms");
    const [run = 0] = told.times(transport, "run_ms");
    expect([connect > 0, first >= connect, run > first]).toEqual([true, true, true]);
    expect(told.times(transport, "gap_ms").length).toBeGreaterThan(0);
    expect(told.times(transport, "recovery_ms")).toEqual([]);
    // The other transport has zeros, so that a threshold on it has something to compare.
    expect(told.counts(other, "runs_started", "events_lost")).toEqual([0, 0]);
    expect(told.counters.get("vusers.skipped")).toBe(0);
  });

  it("a user that drops and resumes reads every event once, and tells how long it took to come back", async () => {
    // Both times the answer goes on: an event that did not come before ends the recovery.
    const flow = [
      startLong,
      { read: { events: 3 } },
      { drop: {} },
      { resume: {} },
      { send: { louder: true } },
      { read: { until: "data-input" } },
      { drop: {} },
      { resume: {} },
      { cancel: {} },
      end,
    ];
    const { told, failed } = await here({ spec: { transport, flow } });
    expect([failed, told.errors]).toEqual([[null], []]);
    expect(told.counts(transport, "runs_cancelled", "events_lost", "events_repeated", "reconnects")).toEqual([1, 0, 0, 0]);
    expect([told.times(transport, "recovery_ms").length, told.times(transport, "connect_ms").length]).toEqual([2, 1]);
  });

  it("a user that comes back over the other transport finishes there", async () => {
    const flow = [start, { read: { events: 1 } }, { drop: {} }, { resume: { transport: other } }, end];
    const { told, failed } = await here({ spec: { transport, flow } });
    expect(failed).toEqual([null]);
    expect([told.count(transport, "runs_started"), ...told.counts(other, "runs_finished", "events_lost")]).toEqual([1, 1, 0]);
  });

  it("a user that sends inputs and cancels ends a run that has not failed", async () => {
    const flow = [
      { connect: {} },
      startLong,
      { read: { events: 1 } },
      { send: { louder: true } },
      { read: { until: "data-input" } },
      { cancel: {} },
      end,
    ];
    const { told, failed } = await here({ spec: { transport, flow } });
    expect([failed, told.errors]).toEqual([[null], []]);
    expect(told.counts(transport, "runs_cancelled", "runs_failed", "events_lost")).toEqual([1, 0, 0]);
    expect(told.times(transport, "input_ms")).toHaveLength(1);
  });

  it("a session of several questions opens one connection", async () => {
    const flow = [{ connect: {} }, { loop: [start, end, { think: 0 }], count: 3 }];
    const { told, failed } = await here({ spec: { transport, flow } });
    expect(failed).toEqual([null]);
    expect([told.count(transport, "runs_finished"), told.times(transport, "connect_ms").length]).toEqual([3, 1]);
  });

  it("a user that leaves before the end has failed nothing, and what it read is counted", async () => {
    const { told, failed } = await here({ spec: { transport, flow: [start, { read: { events: 2 } }] } });
    expect(failed).toEqual([null]);
    expect(told.counts(transport, "events_received", "events_lost", "runs_failed", "runs_finished")).toEqual([2, 0, 0, 0]);
  });

  it("a run that ends before what a step waits for fails its user", async () => {
    const { told, failed } = await here({ spec: { transport, flow: [start, { read: { until: "data-never" } }] } });
    expect([failed[0]?.name, told.errors]).toEqual(["StepError", ["run_ended_early"]]);
    expect(told.counts(transport, "runs_finished", "events_lost")).toEqual([1, 0]);
  });

  it("an input into a run that has ended fails its user, and no event is lost by that", async () => {
    // Behind `finish` the end comes at once.
    const flow = [startShort, { read: { until: "finish" } }, { think: 1 }, { send: "too late" }];
    const { told } = await here({ spec: { transport, flow } });
    expect([told.errors, ...told.counts(transport, "runs_failed", "events_lost")]).toEqual([["run_ended"], 1, 0]);
  });

  it("a run that takes longer than its limit fails, and no event is known to be lost", async () => {
    // It answers nothing at all.
    const silent = createServer(() => undefined);
    const port = await listen(silent);
    onTestFinished(() => {
      silent.closeAllConnections();
      silent.close();
    });
    const { told, failed } = await play({
      target: `http://127.0.0.1:${port}`,
      options: { runLimitMs: 300 },
      spec: { transport, flow: [start, end] },
    });
    expect([failed[0]?.message, told.errors]).toEqual(["The run took longer than runLimitMs: 300 ms.", ["run_limit"]]);
    expect(told.counts(transport, "runs_failed", "runs_finished", "events_lost")).toEqual([1, 0, 0]);
  });

  it("an Agent that refuses its token fails the run by the client's own code, and one that takes it answers", async () => {
    const guarded = await startWorker({ vars: { SCRIPTED_TOKENS_PER_SECOND: "500", AGENT_TOKENS: "load=a-token-of-the-test" } });
    onTestFinished(() => guarded.dispose());
    const asked = { target: guarded.url.href, spec: { transport, flow: [start, end] } };
    vi.stubEnv("AGENT_TOKEN", "another");
    const { told } = await play(asked);
    expect(told.counts(transport, "runs_failed")).toEqual([1]);
    expect(told.errors).toEqual([transport === "sse" ? "unauthorized" : "connection_refused"]);
    vi.stubEnv("AGENT_TOKEN", "a-token-of-the-test");
    expect((await play(asked)).failed).toEqual([null]);
  });
});

// They wait for the client's third try.
describe.concurrent.each<Transport>(["sse", "ws"])("over %s", (transport) => {
  it("a target where nothing answers fails the run by the client's own code", async ({ expect }) => {
    const { told, failed } = await play({
      target: "http://127.0.0.1:9",
      options: { runLimitMs: 50_000 },
      spec: { transport, flow: [start, end] },
    });
    expect([failed[0]?.message, told.errors]).toEqual([expect.stringContaining("//127.0.0.1:9/"), ["never_connected"]]);
  });
});

describe("users", () => {
  it("of mass-disconnect go away and come back while they are answered, over each transport", async () => {
    // As `load` starts it.
    const hundred = await startWorker({ vars: { SCRIPTED_TOKENS_PER_SECOND: "100" } });
    onTestFinished(() => hundred.dispose());
    const flow = scenarios["mass-disconnect"].flow({ rate: 1, seconds: 2 });
    const users = (["sse", "ws"] as const).map(async (transport) => {
      const test = new EventEmitter();
      const playing = play({ target: hundred.url.href, test, spec: { transport, flow } });
      test.emit("phaseStarted", {});
      return { transport, ...(await playing) };
    });
    for (const { transport, told, failed } of await Promise.all(users)) {
      expect(failed).toEqual([null]);
      expect(told.counts(transport, "runs_finished", "events_lost", "events_repeated")).toEqual([1, 0, 0]);
      const [run = 0] = told.times(transport, "run_ms");
      const [recovery = 0] = told.times(transport, "recovery_ms");
      // They go away in the third second, and what they come back to goes on for a second at least. A log that had ended would be replayed at once.
      expect(run).toBeGreaterThan(3_000 + recovery + 1_000);
    }
  });

  it("are shared between the transports exactly", async () => {
    const { told } = await here({ users: 8, spec: { transport: { sse: 0.25 }, flow: [{ think: 0 }, start] } });
    expect([told.count("sse", "runs_started"), told.count("ws", "runs_started")]).toEqual([2, 6]);
  });

  it("go away together, at a second of the test", async () => {
    const test = new EventEmitter();
    const startedAt = performance.now();
    const playing = here({
      test,
      users: 1,
      spec: { transport: "ws", flow: [startLong, { read: { events: 1 } }, { drop: { atSecond: 1 } }, { resume: {} }, { cancel: {} }, end] },
    });
    test.emit("phaseStarted", {});
    const { told, failed } = await playing;
    expect(failed).toEqual([null]);
    expect(told.counts("ws", "runs_cancelled", "events_lost", "events_repeated")).toEqual([1, 0, 0]);
    expect(performance.now() - startedAt).toBeGreaterThan(900);
  });

  it("fill in a scenario's variables", async () => {
    const asked: unknown[] = [];
    const template = (value: unknown, { vars }: { vars?: Readonly<Record<string, unknown>> }): unknown => {
      asked.push(vars);
      return JSON.parse(JSON.stringify(value).replace("{{ question }}", String(vars?.["question"])));
    };
    const { failed } = await here({
      helpers: { template },
      vars: { question: "Why?" },
      spec: { transport: "sse", flow: [{ start: "{{ question }}" }, end] },
    });
    expect([failed, asked]).toEqual([[null], [{ question: "Why?" }]]);
  });
});

describe("the generator", () => {
  it("tells how late its own event loop was, and says that this is no figure of the target", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    onTestFinished(() => warn.mockRestore());
    const blocking = here({ spec: { transport: "sse", flow: [start, end] } });
    setTimeout(() => {
      const until = performance.now() + 300;
      while (performance.now() < until);
    }, 50);
    const { told } = await blocking;
    const delays = told.samples.get(generatorName("generator_delay_ms")) ?? [];
    expect(Math.max(...delays)).toBeGreaterThan(200);
    expect(warn.mock.calls.flat()).toEqual([
      expect.stringMatching(/^The load generator was late by \d+ ms\. That is this machine's doing/),
    ]);
  });

  it("tells by how much a phase's arrivals came late", async () => {
    const test = new EventEmitter();
    const scenario = { engine: "agent-transports", flow: [start] };
    const engine = new AgentTransportsEngine({ config: { target: host.url.href }, scenarios: [scenario] }, test);
    const told = new Told();
    engine.createScenario(scenario, told.events);
    test.emit("phaseCompleted", { duration: 5, startTime: 1_000, endTime: 7_500 });
    expect(told.samples.get(generatorName("generator_overrun_ms"))).toEqual([1_500]);
  });
});

describe("a script that cannot be run", () => {
  const make = (scenario: object, config: object = {}): AgentTransportsEngine =>
    new AgentTransportsEngine(
      { config: { target: "http://localhost", ...config }, scenarios: [{ name: "chat", engine: "agent-transports", ...scenario }] },
      new EventEmitter(),
    );

  it("is refused before the first user, by its step", () => {
    expect(() => make({ flow: [{ read: "end" }] })).toThrow(
      'scenario "chat", step 1 (read): there is no run to read. Put start or resume before it.',
    );
    expect(() => make({ flow: [start] }, { target: "nowhere" })).toThrow(/^config\.target: /);
  });

  it("is not refused for scenarios of other engines", () => {
    expect(() => make({ engine: "http", flow: [{ get: { url: "/" } }] })).not.toThrow();
    expect(() => make({ engine: undefined, flow: [{ get: {} }] }, { engine: "agent-transports" })).toThrow(/there is no step get/);
  });
});
