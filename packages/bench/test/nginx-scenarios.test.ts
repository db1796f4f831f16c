/** Each scenario behind a real nginx, end to end: one pair group, through the runner, with the checks that a report would rest on. */
import { needs } from "@agent-transports/lab/needs";
import { nginx } from "@agent-transports/lab/tools";
import { builtInTraffic } from "@agent-transports/lab/traffic";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { LocalLab } from "../src/lab/lab.ts";
import { openLocalLab } from "../src/lab/local.ts";
import type { Block } from "../src/results/schema.ts";
import { runBatch } from "../src/run/runner.ts";
import { batchesOf, schedule } from "../src/run/schedule.ts";
import { buffering } from "../src/scenarios/buffering.ts";
import { compression } from "../src/scenarios/compression.ts";
import { halfOpen } from "../src/scenarios/half-open.ts";
import { idle } from "../src/scenarios/idle.ts";
import { proxy } from "../src/scenarios/proxy.ts";
import type { Scenario } from "../src/scenarios/parts/scenario.ts";
import { quantile, seededRandom } from "../src/stats/index.ts";
import { patientBlock } from "./patient-block.ts";
import { untilUndisturbed } from "./until-undisturbed.ts";

const ONE = { quick: 1, standard: 1, full: 1 };
let lab: LocalLab;
const random = seededRandom(1);
beforeAll(async () => {
  lab = await openLocalLab({ traffic: builtInTraffic(), random, port: 0, handicap: null, arms: [] });
});
afterAll(() => lab.close());

/** One pair group at each of these conditions. None may fail, and every event must have come once and in order. */
async function groupOf(scenario: Scenario, ids: readonly string[]): Promise<Block[]> {
  const settings = scenario.settings.filter(({ id }) => ids.includes(id)).map((setting) => ({ ...setting, groups: ONE }));
  expect(settings).toHaveLength(ids.length);
  const blocks: Block[] = [];
  const { signal } = new AbortController();
  for (const batch of batchesOf(schedule({ ...scenario, settings }, "standard", random)))
    blocks.push(...(await runBatch(batch, signal, (planned) => patientBlock(lab, scenario, planned))));
  for (const { error, integrity } of blocks) {
    expect(error).toBeUndefined();
    expect(integrity).toMatchObject({ lost: 0, repeated: 0, reordered: 0 });
    expect(integrity?.received).toBeGreaterThan(0);
    expect(integrity?.received).toBe(integrity?.expected);
  }
  return blocks;
}

/** Pair groups at these conditions until one of them has each figure and is undisturbed. @returns that one, or the last */
async function undisturbedGroup(scenario: Scenario, ids: readonly string[], isUndisturbed: (blocks: Block[]) => boolean): Promise<Block[]> {
  const wanted = ids.flatMap((condition) =>
    scenario.metrics.flatMap(({ id }) => ["sse", "ws"].map((arm) => [condition, arm, id] as const)),
  );
  const blocks = await untilUndisturbed(
    () => groupOf(scenario, ids),
    (group) => wanted.every((where) => given(group, ...where).length > 0) && isUndisturbed(group),
  );
  for (const where of wanted) samplesOf(blocks, ...where);
  return blocks;
}

const oneGroup = (scenario: Scenario, ...ids: string[]): Promise<Block[]> => undisturbedGroup(scenario, ids, () => true);

function given(blocks: readonly Block[], condition: string, arm: string, metric: string): number[] {
  return blocks.filter((block) => block.condition === condition && block.arm === arm).flatMap(({ samples: { [metric]: of } }) => of ?? []);
}

function samplesOf(...where: Parameters<typeof given>): number[] {
  const samples = given(...where);
  const [, condition, arm, metric] = where;
  expect(samples, `${metric} at ${condition} over ${arm}`).not.toEqual([]);
  expect(samples.every((value) => Number.isFinite(value) && value >= 0)).toBe(true);
  return samples;
}

function median(...where: Parameters<typeof samplesOf>): number {
  return quantile(samplesOf(...where), 0.5);
}

/** A busy machine joins tokens. */
const APART = 5;
/** Pair groups of the proxy until in one of them the tokens of all these come apart. @returns that one, or the last */
function tokensApart(apart: readonly (readonly [condition: string, arm: string])[], ...ids: string[]): Promise<Block[]> {
  return undisturbedGroup(proxy, ids, (blocks) => apart.every(([condition, arm]) => median(blocks, condition, arm, "burst") < APART));
}

// Seconds on a quiet machine; the limit is for a busy one.
describe("behind a real nginx", { timeout: 300_000, ...needs(nginx) }, () => {
  it("proxy: buffering turns an event stream's answer into one burst, but not a WebSocket's", async () => {
    const apart = [
      ["off", "sse"],
      ["off", "ws"],
      ["held", "ws"],
    ] as const;
    const blocks = await tokensApart(apart, "off", "held");
    const burst = (condition: string, arm: string): number => median(blocks, condition, arm, "burst");
    expect(burst("held", "sse")).toBe(9);
    for (const [condition, arm] of apart) expect(burst(condition, arm)).toBeLessThan(APART);
    // Nothing of the answer comes before its end, 160 ms after its first token.
    expect(Math.max(...samplesOf(blocks, "held", "sse", "latency"))).toBeGreaterThan(150);
    expect(median(blocks, "held", "sse", "distortion")).toBeGreaterThan(15);
  });

  it("proxy: tokens stay separate with the Agent's header, HTTP/1.1 to the Worker, gzip with flush and HTTP/2, but not with buffered gzip", async () => {
    const conditions = ["direct", "heeded", "chunked", "gzip", "http2"];
    const apart = conditions.flatMap((condition) => ["sse", "ws"].map((arm) => [condition, arm] as const));
    const blocks = await tokensApart(apart, ...conditions, "gzipHeld");
    for (const [condition, arm] of apart) expect(median(blocks, condition, arm, "burst"), `${condition} ${arm}`).toBeLessThan(APART);
    expect(median(blocks, "gzipHeld", "sse", "burst")).toBe(9);
  });

  it("buffering: a small answer is held until it is complete when nginx buffers it", async () => {
    const apart = [
      ["1kb-off", "sse"],
      ["1kb-held", "ws"],
      ["1mb-off", "sse"],
    ] as const;
    /** An answer is due within 40 ms: what is held comes at once. */
    const half = 20;
    const between = (blocks: Block[], condition: string, arm: string): number =>
      median(blocks, condition, arm, "lastEvent") - median(blocks, condition, arm, "firstEvent");
    const blocks = await undisturbedGroup(
      buffering,
      ["1kb-off", "1kb-held", "1mb-off"],
      (group) => between(group, "1kb-held", "sse") < half && apart.every(([condition, arm]) => between(group, condition, arm) > half),
    );
    expect(between(blocks, "1kb-held", "sse")).toBeLessThan(half);
    for (const [condition, arm] of apart) expect(between(blocks, condition, arm), `${condition} ${arm}`).toBeGreaterThan(half);
  });

  it("idle: a heartbeat keeps the first connection, and without one the run resumes on a second", async () => {
    const connections = (blocks: Block[]): Record<string, number[]> =>
      Object.fromEntries(
        ["heartbeat", "none"].flatMap((condition) =>
          ["sse", "ws"].map((arm) => [`${condition} ${arm}`, given(blocks, condition, arm, "connections")]),
        ),
      );
    // A heartbeat that is late by 0.8 s is too late for nginx.
    const expected = { "heartbeat sse": [1, 1], "heartbeat ws": [1, 1], "none sse": [2, 2], "none ws": [2, 2] };
    const isExpected = (group: Block[]): boolean => JSON.stringify(connections(group)) === JSON.stringify(expected);
    const blocks = await undisturbedGroup(idle, ["heartbeat", "none"], isExpected);
    expect(connections(blocks)).toEqual(expected);
    // What an idle event stream carries is comments, down only; pings and pongs go both ways.
    expect(median(blocks, "heartbeat", "sse", "bytesUp")).toBe(0);
    expect(median(blocks, "heartbeat", "sse", "bytesDown")).toBeGreaterThan(0);
    expect(median(blocks, "heartbeat", "ws", "bytesUp")).toBeGreaterThan(0);
  });

  it("half-open: both transports notice the fault after one to two heartbeat periods, and the run continues", async () => {
    const notices = (blocks: Block[]): number[] => ["sse", "ws"].flatMap((arm) => given(blocks, "both", arm, "notice"));
    // Two periods after the last heartbeat, which is up to one before the fault; heartbeats and timers are late on a busy machine.
    const blocks = await undisturbedGroup(halfOpen, ["both"], (group) => notices(group).every((periods) => periods > 0.9 && periods < 4));
    expect(Math.min(...notices(blocks))).toBeGreaterThan(0.9);
    expect(Math.max(...notices(blocks))).toBeLessThan(4);
    for (const arm of ["sse", "ws"])
      for (const metric of ["notice", "open"]) expect(samplesOf(blocks, "both", arm, metric)).toHaveLength(2);
  });

  it("compression: both are compressed on the wire, and neither is when it is turned off", async () => {
    // At once: however the Agent joins tokens on a busy machine, most of it is text.
    const blocks = await oneGroup(compression, "fast-plain", "fast-compressed");
    const wire = (condition: string, arm: string): number => median(blocks, condition, arm, "wire");
    for (const arm of ["sse", "ws"]) {
      expect(wire("fast-plain", arm)).toBeGreaterThan(1_000);
      // How much it saves depends on how many tokens share a piece.
      expect(wire("fast-compressed", arm)).toBeLessThan(wire("fast-plain", arm) / 1.5);
    }
  });
});
