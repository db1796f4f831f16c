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

const ONE = { quick: 1, standard: 1, full: 1 };
let lab: LocalLab;
const random = seededRandom(1);
beforeAll(async () => {
  lab = await openLocalLab({ traffic: builtInTraffic(), random, port: 0, handicap: null, arms: [] });
});
afterAll(() => lab.close());

/** One pair group at each of these conditions. None may fail, and every event must have come once and in order. */
async function oneGroup(scenario: Scenario, ...ids: string[]): Promise<Block[]> {
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
  for (const condition of ids)
    for (const { id } of scenario.metrics) for (const arm of ["sse", "ws"]) samplesOf(blocks, condition, arm, id);
  return blocks;
}

function samplesOf(blocks: readonly Block[], condition: string, arm: string, metric: string): number[] {
  const samples = blocks
    .filter((block) => block.condition === condition && block.arm === arm)
    .flatMap(({ samples: { [metric]: of } }) => of ?? []);
  expect(samples, `${metric} at ${condition} over ${arm}`).not.toEqual([]);
  expect(samples.every((value) => Number.isFinite(value) && value >= 0)).toBe(true);
  return samples;
}

function median(...where: Parameters<typeof samplesOf>): number {
  return quantile(samplesOf(...where), 0.5);
}

/** A busy machine joins tokens, and not each time. */
const GROUPS = 5;
const APART = 5;
/** Pair groups of the proxy until in one of them the tokens of all these come apart. @returns that one, or the last */
async function tokensApart(apart: readonly (readonly [condition: string, arm: string])[], ...ids: string[]): Promise<Block[]> {
  for (let group = 1; ; group++) {
    const blocks = await oneGroup(proxy, ...ids);
    if (group === GROUPS || apart.every(([condition, arm]) => median(blocks, condition, arm, "burst") < APART)) return blocks;
  }
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
    const blocks = await oneGroup(buffering, "1kb-off", "1kb-held", "1mb-off");
    const first = (condition: string, arm: string): number => median(blocks, condition, arm, "firstEvent");
    const last = (condition: string, arm: string): number => median(blocks, condition, arm, "lastEvent");
    expect(first("1kb-held", "sse")).toBeGreaterThan(0.9 * last("1kb-held", "sse"));
    for (const [condition, arm] of [
      ["1kb-off", "sse"],
      ["1kb-held", "ws"],
      ["1mb-off", "sse"],
    ] as const)
      expect(first(condition, arm), `${condition} ${arm}`).toBeLessThan(0.9 * last(condition, arm));
  });

  it("idle: a heartbeat keeps the first connection, and without one the run resumes on a second", async () => {
    const blocks = await oneGroup(idle, "heartbeat", "none");
    for (const arm of ["sse", "ws"]) {
      expect(samplesOf(blocks, "heartbeat", arm, "connections")).toEqual([1, 1]);
      expect(samplesOf(blocks, "none", arm, "connections")).toEqual([2, 2]);
    }
    // What an idle event stream carries is comments, down only; pings and pongs go both ways.
    expect(median(blocks, "heartbeat", "sse", "bytesUp")).toBe(0);
    expect(median(blocks, "heartbeat", "sse", "bytesDown")).toBeGreaterThan(0);
    expect(median(blocks, "heartbeat", "ws", "bytesUp")).toBeGreaterThan(0);
  });

  it("half-open: both transports notice the fault after one to two heartbeat periods, and the run continues", async () => {
    const blocks = await oneGroup(halfOpen, "both");
    for (const arm of ["sse", "ws"]) {
      for (const periods of samplesOf(blocks, "both", arm, "notice")) {
        // Two periods after the last heartbeat, which is up to one before the fault; timers are late on a busy machine.
        expect(periods).toBeGreaterThan(0.9);
        expect(periods).toBeLessThan(4);
      }
      expect(samplesOf(blocks, "both", arm, "open")).toHaveLength(2);
    }
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
