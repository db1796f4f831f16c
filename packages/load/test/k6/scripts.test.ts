import { createServer } from "node:http";
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
    readonly scenarios: {
      runs: { executor: string; startRate: number; timeUnit: string; stages: { target: number; duration: string }[]; maxVUs: number };
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
    expect([k6.metrics.get("runs_failed"), k6.metrics.get("events_lost"), k6.metrics.get("run_ms")]).toEqual([[1], [0], undefined]);
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
    expect(options.thresholds[`first_event_ms{transport:${transport}}`]).toEqual(name === "sse" ? undefined : ["p(95)<=700"]);
  });

  it("measures nothing under a name that Artillery does not have", async () => {
    const { k6 } = await load(name);
    expect([...k6.metrics.keys()].filter((metric) => !(metric in list))).toEqual([]);
  });
});

// xk6-sse stands in by blocking this thread, where the server is.
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
