import { once } from "node:events";
import { createServer } from "node:http";
import { Worker } from "node:worker_threads";
import { listen } from "@agent-transports/lab/listen";
import { startWorker, type WorkerHost } from "@agent-transports/lab/worker-host";
import type * as modules from "./modules.ts";
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { metrics as list } from "../../src/metrics/metric-list.ts";

let host: WorkerHost;
beforeAll(async () => {
  // Slow enough that the agent joins few of its tokens: how many events there are is what is counted here.
  host = await startWorker({ vars: { SCRIPTED_TOKENS_PER_SECOND: "200" } });
});
afterAll(() => host?.dispose());
beforeEach(() => {
  vi.resetModules();
  vi.stubGlobal("__ENV", { URL: host.url.href });
});

interface Script {
  readonly default: () => Promise<void> | void;
  readonly options: {
    readonly thresholds: Record<string, string[]>;
    readonly noVUConnectionReuse: boolean;
    readonly scenarios: {
      runs: {
        executor: string;
        startRate: number;
        timeUnit: string;
        stages: { target: number; duration: string }[];
        maxVUs: number;
        gracefulStop: string;
      };
    };
  };
}

type Modules = typeof modules;

/** A script, and its own instance of k6's modules. */
async function load(name: string): Promise<{ script: Script; k6: Modules }> {
  const script = (await import(`../../k6/${name}.ts`)) as Script;
  return { script, k6: await import("./modules.ts") };
}

const scripts = ["sse", "sse-events", "ws"];

describe.each(scripts)("the k6 script %s.ts", (name) => {
  const transport = name === "ws" ? "ws" : "sse";

  it("follows a run to its end and counts its events", async () => {
    // At each look it is later: a gap hangs on how many frames or events were handed over, and not on how fast.
    const real = Date.now.bind(Date);
    let looks = 0;
    const now = vi.spyOn(Date, "now").mockImplementation(() => real() + 10 * (looks += 1));
    onTestFinished(() => now.mockRestore());
    const { script, k6 } = await load(name);
    await script.default();
    const seen = k6.metrics;
    expect([seen.get("runs_started"), seen.get("runs_finished"), seen.get("runs_failed")]).toEqual([[1], [1], [0]]);
    // At least start, text-start, one delta of joined tokens, text-end, finish and the terminal event.
    expect(seen.get("events_received")?.[0]).toBeGreaterThanOrEqual(6);
    for (const fault of ["events_lost", "events_repeated", "events_reordered"]) expect(seen.get(fault)).toEqual([0]);
    expect(seen.get("run_ms")?.[0]).toBeGreaterThan(0);
    expect(k6.tags.get("run_ms")).toEqual(new Set([transport]));
    // Over SSE k6 alone hands over a run as a whole.
    expect([seen.has("first_event_ms"), seen.has("connect_ms"), seen.has("gap_ms")]).toEqual(Array(3).fill(name !== "sse"));
  });

  it("counts a run that cannot be followed as failed, and no event as lost", async () => {
    vi.stubGlobal("__ENV", { URL: new URL("/nowhere", host.url).href });
    const { script, k6 } = await load(name);
    await script.default();
    const seen = ["runs_failed", "events_lost", "run_ms", "connect_ms"].map((metric) => k6.metrics.get(metric));
    expect(seen).toEqual([[1], [0], undefined, undefined]);
  });

  it("brings runs at an arrival rate, and its thresholds allow no loss", async () => {
    vi.stubGlobal("__ENV", { URL: host.url.href, RATE: "0.5", DURATION: "30s", P95_FIRST_EVENT_MS: "700" });
    const { options } = (await load(name)).script;
    expect(options.scenarios.runs).toMatchObject({
      executor: "ramping-arrival-rate",
      timeUnit: "1m",
      startRate: 30,
      stages: [
        { target: 30, duration: "0s" },
        { target: 30, duration: "30s" },
      ],
    });
    expect(options.thresholds).toMatchObject({ events_lost: ["count==0"], runs_failed: ["rate<=0.01"], dropped_iterations: ["count==0"] });
    // A run that hangs is in no rate: it is missing among those that finished. k6 may begin the last of fifteen or not.
    expect(options.thresholds["runs_finished"]).toEqual(["count>=14"]);
    expect([options.noVUConnectionReuse, options.scenarios.runs.gracefulStop]).toEqual([true, "150s"]);
    expect(options.thresholds[`first_event_ms{transport:${transport}}`]).toEqual(name === "sse" ? undefined : ["p(95)<=700"]);
  });

  it("measures nothing under a name that Artillery does not have", async () => {
    const { k6 } = await load(name);
    expect([...k6.metrics.keys()].filter((metric) => !(metric in list))).toEqual([]);
  });
});

/**
 * A server on a thread of its own, because xk6-sse's stand-in blocks this one. It answers with two events.
 *
 * @param then what it does behind them, with `response` and `socket`
 */
async function serve(then: string): Promise<string> {
  const thread = new Worker(
    `const { parentPort } = require("node:worker_threads");
     const server = require("node:http").createServer((request, response) => {
       const { socket } = response;
       request.resume();
       response.writeHead(200, { "Content-Type": "text/event-stream" });
       response.write('id: e.1\\ndata: {"type":"start"}\\n\\nid: e.2\\ndata: {"type":"finish"}\\n\\n');
       ${then}
     });
     server.listen(0, "127.0.0.1", () => parentPort.postMessage(server.address().port));`,
    { eval: true },
  );
  onTestFinished(async () => void (await thread.terminate()));
  const [port] = await once(thread, "message");
  return `http://127.0.0.1:${port}`;
}

const CUT = "setTimeout(() => socket.destroy(), 50);";
const LAST = `response.write('id: e.3\\ndata: {"type":"data-run-end","data":{"state":"finished"}}\\n\\n');`;

describe.each(["sse", "sse-events"])("the k6 script %s.ts", (name) => {
  it("counts a run whose connection is cut as failed, and no event as lost", async () => {
    vi.stubGlobal("__ENV", { URL: await serve(CUT) });
    const { script, k6 } = await load(name);
    await script.default();
    expect(["runs_failed", "runs_finished", "events_lost"].map((metric) => k6.metrics.get(metric))).toEqual([[1], [0], [0]]);
  });
});

describe("sse-events.ts", () => {
  const seen = async (...metrics: readonly string[]): Promise<unknown[]> => {
    const { script, k6 } = await load("sse-events");
    await script.default();
    return metrics.map((metric) => k6.metrics.get(metric));
  };

  it("counts a run that finished, also where its connection breaks behind the terminal event", async () => {
    vi.stubGlobal("__ENV", { URL: await serve(LAST + CUT) });
    expect(await seen("runs_failed", "runs_finished", "events_received", "connect_ms")).toEqual([[0], [1], [3], [expect.any(Number)]]);
  });

  it("gives up a run that is alive for longer than one may be, and counts it as failed", async () => {
    // It would finish, if nobody gave it up. Its heartbeats go on until then.
    const later = `setInterval(() => response.write(":hb\\n\\n"), 20); setTimeout(() => { ${LAST} response.end(); }, 20_000);`;
    vi.stubGlobal("__ENV", { URL: await serve(later) });
    const startedAt = Date.now();
    const now = vi.spyOn(Date, "now").mockImplementation(() => startedAt + performance.now() * 10_000);
    onTestFinished(() => now.mockRestore());
    expect(await seen("runs_failed", "runs_finished", "events_lost")).toEqual([[1], [0], [0]]);
  });

  it("says that k6 itself failed, and counts the run as failed", async () => {
    const { script, k6 } = await load("sse-events");
    const opening = vi.spyOn(k6.default, "open").mockImplementation(() => {
      throw new TypeError("no such function");
    });
    onTestFinished(() => opening.mockRestore());
    expect(() => script.default()).toThrow("no such function");
    expect(k6.metrics.get("runs_failed")).toEqual([1]);
  });
});

describe("gap_ms", () => {
  it("is between reads: what comes within a millisecond of another event is of the same one, over either transport", async () => {
    const { RunRecord } = await import("../../k6/run-record.ts");
    const k6 = await import("./modules.ts");
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const event = (n: number): { id: string; type: string } => ({ id: `e.${n}`, type: "text-delta" });
    const [sse, ws] = [new RunRecord("sse"), new RunRecord("ws")];
    // A frame of two events, and the same two one by one, of which the second was handed over in the next millisecond.
    for (let n = 1; n < 6; n += 2) {
      ws.saw([event(n), event(n + 1)]);
      sse.saw([event(n)]);
      vi.advanceTimersByTime(1);
      sse.saw([event(n + 1)]);
      vi.advanceTimersByTime(99);
    }
    expect([k6.metrics.get("gap_ms"), k6.metrics.get("first_event_ms")]).toEqual([
      [100, 100, 100, 100],
      [0, 0],
    ]);
  });
});

describe("sse.ts", () => {
  it("counts the terminal event as lost where a response ends cleanly without it", async () => {
    const server = createServer((_request, response) => {
      response.end('id: e.1\ndata: {"type":"start"}\n\nid: e.2\ndata: {"type":"finish"}\n\n');
    });
    const port = await listen(server);
    onTestFinished(() => void server.close());
    vi.stubGlobal("__ENV", { URL: `http://127.0.0.1:${port}` });
    const { script, k6 } = await load("sse");
    await script.default();
    expect(["runs_failed", "events_received", "events_lost"].map((metric) => k6.metrics.get(metric))).toEqual([[1], [2], [1]]);
  });
});

describe("mixed.ts", () => {
  it("takes the transports in turn", async () => {
    const { script, k6 } = await load("mixed");
    await script.default();
    k6.default.scenario.iterationInTest = 1;
    await script.default();
    expect(k6.metrics.get("runs_finished")).toEqual([1, 1]);
    expect(k6.tags.get("runs_finished")).toEqual(new Set(["sse", "ws"]));
    expect(Object.keys(script.options.thresholds)).toEqual(
      expect.arrayContaining(["runs_finished{transport:sse}", "runs_finished{transport:ws}"]),
    );
  });
});

describe("AGENT", () => {
  it.each(["sse", "ws"])("names the agent that %s.ts asks, and by default it is the one of this repository", async (name) => {
    const asked: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url);
      response.writeHead(404).end();
    });
    const URL = `http://127.0.0.1:${await listen(server)}`;
    onTestFinished(() => void server.close());
    for (const env of [{ URL }, { URL, AGENT: "support-agent", AGENTS: "3" }]) {
      vi.resetModules();
      vi.stubGlobal("__ENV", env);
      await (await load(name)).script.default();
    }
    expect(asked).toEqual([
      expect.stringMatching(/^\/agents\/transport-agent\/load-0[/?]/),
      expect.stringMatching(/^\/agents\/support-agent\/load-0[/?]/),
    ]);
  });

  it("names that of sse-events.ts, too", async () => {
    const opened = vi.fn(() => ({ status: 0, error: "" }));
    vi.stubGlobal("__ENV", { URL: "http://127.0.0.1:9", AGENT: "support-agent" });
    const { script, k6 } = await load("sse-events");
    const opening = vi.spyOn(k6.default, "open").mockImplementation(opened);
    onTestFinished(() => opening.mockRestore());
    await script.default();
    expect(opened.mock.calls).toEqual([["http://127.0.0.1:9/agents/support-agent/load-0/runs", expect.anything(), expect.any(Function)]]);
  });
});

describe("what is given by -e", () => {
  const stagesOf = async (env: object): Promise<unknown> => {
    vi.resetModules();
    vi.stubGlobal("__ENV", { URL: host.url.href, ...env });
    return (await load("ws")).script.options.scenarios.runs.stages.at(-1);
  };

  it.each([
    ["5m", "300s"],
    ["1h30m", "5400s"],
    ["90s", "90s"],
    ["1500ms", "1.5s"],
    ["90", "90s"],
  ])("DURATION=%s is %s", async (given, seconds) => {
    expect(await stagesOf({ DURATION: given })).toEqual({ target: 600, duration: seconds });
  });

  it.each([
    ["DURATION", "5x", "a time such as 90s, 5m or 1h30m"],
    ["DURATION", "0s", "a time such as"],
    ["DURATION", "5m30", "a time such as"],
    ["DURATION", "", "a time such as"],
    ["RATE", "fast", "a number above 0"],
    ["RATE", "0", "a number above 0"],
    ["P95_FIRST_EVENT_MS", "1s", "a number above 0"],
    ["AGENTS", "-1", "a number above 0"],
    ["AGENT", "a/b", 'letters, digits, "-" and "_"'],
  ])("%s=%s is refused, with what would do", async (name, given, what) => {
    await expect(stagesOf({ [name]: given })).rejects.toThrow(`${name}=${given}: give ${what}`);
  });
});

describe("SCENARIO", () => {
  it.each(["steady", "real-traffic", "soak", "knee", "spike"])("%s is one of both tools'", async (name) => {
    vi.stubGlobal("__ENV", { URL: host.url.href, SCENARIO: name });
    const { options } = (await load("ws")).script;
    expect(options.scenarios.runs.stages.every(({ target, duration }) => Number.isInteger(target) && /^\d+s$/.test(duration))).toBe(true);
    expect(options.scenarios.runs.maxVUs).toBeGreaterThan(0);
    expect("first_event_ms{transport:ws}" in options.thresholds).toBe(name !== "knee");
  });

  it("that needs steps which k6's scripts do not have is refused by name", async () => {
    vi.stubGlobal("__ENV", { URL: host.url.href, SCENARIO: "mass-disconnect" });
    await expect(load("ws")).rejects.toThrow(
      "SCENARIO=mass-disconnect: k6 has steady, real-traffic, soak, knee, spike. Artillery has the others.",
    );
  });
});
