import { startWorker, type WorkerHost } from "@agent-transports/lab/worker-host";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";

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
  readonly default: () => Promise<void>;
  readonly options: { readonly thresholds: Record<string, string[]>; readonly scenarios: { runs: { executor: string; rate: number } } };
}

/** A script, and the metrics of its own instance of k6's modules. */
async function load(name: string): Promise<{ script: Script; seen: Map<string, number[]> }> {
  const script = (await import(`../../k6/${name}.ts`)) as Script;
  const modules = await import("./modules.ts");
  return { script, seen: modules.metrics };
}

describe.each(["sse", "ws"])("the k6 script %s.ts", (name) => {
  it("follows a run to its end and counts its events", async () => {
    const { script, seen } = await load(name);
    await script.default();
    expect(seen.get("runs_finished")).toEqual([1]);
    // At least start, text-start, one delta of joined tokens, text-end, finish and the terminal event.
    expect(seen.get("events_received")?.[0]).toBeGreaterThanOrEqual(6);
    for (const fault of ["events_lost", "events_repeated", "events_reordered"]) expect(seen.get(fault)).toEqual([0]);
    expect(seen.get("run_duration")?.[0]).toBeGreaterThan(0);
  });

  it("counts a run that cannot be followed as unfinished, and its end as lost", async () => {
    vi.stubGlobal("__ENV", { URL: new URL("/nowhere", host.url).href });
    const { script, seen } = await load(name);
    await script.default();
    expect(seen.get("runs_finished")).toEqual([0]);
    expect(seen.get("events_lost")).toEqual([1]);
    expect(seen.get("run_duration")).toBeUndefined();
  });

  it("starts runs at an arrival rate, and its thresholds allow no loss", async () => {
    vi.stubGlobal("__ENV", { URL: host.url.href, RATE: "3" });
    const { script } = await load(name);
    expect(script.options.scenarios.runs).toMatchObject({ executor: "constant-arrival-rate", rate: 3 });
    expect(script.options.thresholds).toMatchObject({
      events_lost: ["count==0"],
      events_repeated: ["count==0"],
      runs_finished: ["rate>=0.99"],
    });
  });
});

describe("the scripts' counters", () => {
  const event = (seq: number, type = "text-delta"): { id: string; type: string; state?: string } => ({ id: `e.${seq}`, type });
  const end = (seq: number): { id: string; type: string; state: string } => ({ id: `e.${seq}`, type: "data-run-end", state: "finished" });

  it.each([
    ["a lost event", [event(1), event(3), end(4)], { lost: 1, repeated: 0, reordered: 0 }],
    ["a repeated event", [event(1), event(1), end(2)], { lost: 0, repeated: 1, reordered: 0 }],
    ["two swapped events", [event(2), event(1), end(3)], { lost: 0, repeated: 0, reordered: 1 }],
    ["a lost tail", [event(1), event(2)], { lost: 1, repeated: 0, reordered: 0 }],
  ])("count %s", async (_what, events, expected) => {
    const { record } = await import("../../k6/run-check.ts");
    const { metrics: seen } = await import("./modules.ts");
    record(events, Date.now());
    expect({
      lost: seen.get("events_lost")?.[0],
      repeated: seen.get("events_repeated")?.[0],
      reordered: seen.get("events_reordered")?.[0],
    }).toEqual(expected);
  });
});
