import { linux, needs } from "@agent-transports/lab/needs";
import { chromium } from "@agent-transports/lab/tools";
import { builtInTraffic } from "@agent-transports/lab/traffic";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { herdOf } from "../src/analysis/herd.ts";
import type { LocalLab } from "../src/lab/lab.ts";
import { openLocalLab } from "../src/lab/local.ts";
import type { Block } from "../src/results/schema.ts";
import { emptyResult } from "../src/run/runner.ts";
import { scenarios } from "../src/scenarios/index.ts";
import { seededRandom } from "../src/stats/index.ts";
import { patientBlock } from "./patient-block.ts";
import { untilUndisturbed } from "./until-undisturbed.ts";

let lab: LocalLab;
/** For what runs beside the first. */
let other: LocalLab;
beforeAll(async () => {
  const open = (): Promise<LocalLab> =>
    openLocalLab({ traffic: builtInTraffic(), random: seededRandom(1), arms: [], port: 0, handicap: null });
  lab = await open();
  other = await open();
});
afterAll(async () => {
  await lab.close();
  await other.close();
});

/** One block; what it measured must be numbers, and nothing lost, repeated or reordered. */
async function block(name: string, condition: string, arm: string, within = lab): Promise<Block & { last: (metric: string) => number }> {
  const scenario = scenarios.find((one) => one.name === name)!;
  const at = scenario.settings.find(({ id }) => id === condition)!;
  const measured = await patientBlock(within, scenario, { setting: at, arm, pair: 0, position: 0 });
  expect(measured.error).toBeUndefined();
  expect(measured.integrity).toMatchObject({ lost: 0, repeated: 0, reordered: 0, received: measured.integrity?.expected });
  expect(measured.integrity?.expected).toBeGreaterThan(0);
  for (const [metric, samples] of Object.entries(measured.samples)) {
    expect(scenario.metrics.map(({ id }) => id)).toContain(metric);
    expect(samples.filter((sample) => !Number.isFinite(sample))).toEqual([]);
  }
  return { ...measured, last: (metric) => measured.samples[metric]?.at(-1) ?? Number.NaN };
}

describe.each(["sse", "ws"])("one block over %s of", { timeout: 300_000 }, (arm) => {
  it("throughput counts CPU, bytes and tokens of a run at full speed", async () => {
    const { last } = await block("throughput", "8", arm);
    for (const metric of ["workerdCpu", "clientCpu", "rate", "bytesDown"]) expect(last(metric)).toBeGreaterThan(0);
    // A token is five bytes and more of text, before compression.
    expect(last("bytesDown")).toBeGreaterThan(1);
  });

  it("reconnect-cost sends the cookies once per SSE request, and once per socket", async () => {
    const { samples, last } = await block("reconnect-cost", "8kb", arm);
    expect([samples["cold"], samples["warm"], samples["warmUp"]].map((one) => one?.length)).toEqual([4, 4, 4]);
    expect(last("coldUp")).toBeGreaterThan(8_192);
    expect(last("warmUp") > 8_192).toBe(arm === "sse");
    expect(last("warmUp")).toBeGreaterThan(20);
  });

  it("herd sees each of 50 clients reconnect with its own attempt", async () => {
    const { last, ...blockOfHerd } = await block("herd", "50", arm);
    const { samples, values, timeline } = blockOfHerd;
    expect(samples["back"]).toHaveLength(50);
    expect(Math.min(...(samples["back"] ?? []))).toBeGreaterThan(0);
    expect(last("all")).toBe(Math.max(...(samples["back"] ?? [])));
    expect(last("attempts")).toBeGreaterThanOrEqual(1);
    const binned = Object.entries(values).filter(([name]) => name.startsWith("attempts@"));
    expect(binned.reduce((sum, [, count]) => sum + count, 0)).toBe(last("attempts") * 50);
    // As the report draws it.
    const scenario = scenarios.find(({ name }) => name === "herd")!;
    expect(timeline?.filter(({ kind }) => kind === "fault")).toHaveLength(1);
    const { arms } = herdOf({ ...emptyResult(scenario, null, "full"), blocks: [blockOfHerd] }, "50") ?? {};
    expect(arms).toEqual([expect.objectContaining({ arm, clients: 50, away: 0 })]);
    expect(arms?.[0]?.attempts.reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(50);
  });

  it("concurrency measures a stream's cost and each token's latency", needs(linux), async () => {
    const { samples, last, values } = await block("concurrency", "200", arm);
    expect(samples["latency"]).toHaveLength(1_000);
    expect(Math.min(...(samples["latency"] ?? []))).toBeGreaterThan(0);
    // A connection with nothing behind it is no stream: each takes some KB on both sides.
    for (const metric of ["workerd", "client", "clientHeap"]) expect(last(metric)).toBeGreaterThan(1_000);
    expect(values["workerd@200"]).toBeGreaterThan(values["workerd@0"] ?? Number.NaN);
    // Windows of 32 KiB for each direction of a socket, and what zlib has beside them: 200 KB. Resident memory is coarse.
    const compressed = await block("concurrency", "200-compressed", arm);
    const added = compressed.last("workerd") - last("workerd");
    expect({ added, isLarge: added > 100_000 }).toEqual({ added, isLarge: arm === "ws" });
  });

  it("multiplex follows six runs over one socket, or over six connections", async () => {
    const { samples, last } = await block("multiplex", "6", arm);
    expect(samples["firstEvent"]).toHaveLength(6);
    expect(samples["latency"]).toHaveLength(6 * 12);
    expect(last("connections")).toBe(arm === "sse" ? 6 : 1);
  });

  it(
    "multiplex in Chromium makes the seventh event stream wait for another's end, but not the seventh run of a socket",
    needs(chromium),
    async () => {
      // Where a busy machine opens six only within a stream's time, more than the seventh come after another's end.
      const [fewest, most] = arm === "sse" ? [1, 6] : [0, 0];
      const { samples, last } = await untilUndisturbed(
        () => block("multiplex", "browser-7", arm),
        (measured) => measured.last("waited") >= fewest && measured.last("waited") <= most,
      );
      expect(samples["firstEvent"]).toHaveLength(7);
      expect(last("connections")).toBe(arm === "sse" ? 6 : 1);
      const sorted = (samples["firstEvent"] ?? []).toSorted((a, b) => a - b);
      // The streams before it last for 20 tokens at 50 a second, and none was asked for before the time began.
      expect(sorted[6]!).toBeGreaterThan(arm === "sse" ? 19 * 20 : 0);
      expect(last("slowest")).toBe(sorted[6]);
      expect(last("waited")).toBeGreaterThanOrEqual(fewest);
      expect(last("waited")).toBeLessThanOrEqual(most);
    },
  );
});

/** Both at once, in a lab each: most of a block is waiting. */
function overBoth(condition: string): Promise<Awaited<ReturnType<typeof block>>[]> {
  return Promise.all([block("reconnect", condition, "sse", lab), block("reconnect", condition, "ws", other)]);
}

describe("reconnect, over either transport,", { timeout: 300_000 }, () => {
  it.each([
    // Over before the silence of two heartbeats: nothing is noticed, and nothing opened again.
    { fault: "stall", noticed: 0, noSoonerMs: 600 },
    { fault: "refused", noticed: 1, noSoonerMs: 0 },
  ])("continues with the next event after $fault", async ({ fault, noticed, noSoonerMs }) => {
    const both = await untilUndisturbed(
      () => overBoth(fault),
      // A machine that stands still for the answer's time lets it end before its fault is made.
      (blocks) => blocks.every(({ values }) => values["faults"] === 1),
    );
    for (const { samples, values, last } of both) {
      expect([values["faults"], ...["recovery", "notice", "open"].map((metric) => samples[metric]?.length)]).toEqual([
        1,
        1,
        noticed,
        noticed,
      ]);
      expect(last("replayed")).toBeGreaterThan(0);
      expect(last("recovery")).toBeGreaterThanOrEqual(noSoonerMs);
    }
  });

  it("reports an interrupted run when the Worker was killed", needs(linux), async () => {
    for (const arm of ["sse", "ws"]) {
      const { last, values } = await block("reconnect", "restart", arm);
      expect(last("recovery")).toBeGreaterThanOrEqual(last("open"));
      expect(values["connections"]).toBeGreaterThan(1);
    }
  });
});
