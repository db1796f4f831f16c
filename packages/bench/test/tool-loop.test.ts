/** Chains through a real Agent: what each input sends, and what its figures are of. */
import { builtInTraffic } from "@agent-transports/lab/traffic";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { LocalLab } from "../src/lab/lab.ts";
import { openLocalLab } from "../src/lab/local.ts";
import { toolLoop } from "../src/scenarios/tool-loop.ts";
import { realLengths } from "../src/scenarios/parts/tool-chains.ts";
import type { Measurement } from "../src/scenarios/parts/scenario.ts";
import { quantile, seededRandom } from "../src/stats/index.ts";

let lab: LocalLab;
beforeAll(async () => {
  lab = await openLocalLab({ traffic: builtInTraffic(), random: seededRandom(1), port: 0, handicap: null, arms: ["sse-cold"] });
});
afterAll(() => lab.close());

async function block(arm: string, id: string): Promise<Measurement["samples"]> {
  const { samples, integrity } = await toolLoop.settings.find((one) => one.id === id)!.measure(lab, arm);
  expect(integrity).toMatchObject({ lost: 0, repeated: 0, reordered: 0 });
  return samples;
}

const sum = (all: readonly number[] = []): number => all.reduce((total, one) => total + one, 0);

describe("a chain", { timeout: 120_000 }, () => {
  it.each(["sse", "ws", "sse-cold"])("takes the time of its turns only, over %s", async (arm) => {
    const { chain, turn, toModel, early } = await block(arm, "5-new");
    expect([chain?.length, turn?.length, toModel?.length, early?.length]).toEqual([3, 15, 15, 0]);
    const between = (chain ?? []).map((ms, index) => ms - sum(turn?.slice(index * 5, index * 5 + 5)));
    expect(Math.min(...between)).toBeGreaterThanOrEqual(0);
    // Between turns nothing waits: the ends of a cold arm's connections take 5 ms and more each. A busy machine may hold up two chains of three.
    expect(Math.min(...between)).toBeLessThan(15);
    for (const [index, ms] of (toModel ?? []).entries()) {
      expect(ms).toBeGreaterThan(0);
      expect(ms).toBeLessThan(turn?.[index] ?? 0);
    }
  });

  it.each(["sse", "ws"])("sends each result once, or all results each time, over %s", async (arm) => {
    const [bytesNew] = (await block(arm, "new"))["bytesUp"] ?? [];
    const { bytesUp: [bytesWhole] = [], early, late } = await block(arm, "whole");
    // 19 results of 4 KB; or 1 + 2 + … + 19 = 190 of them.
    expect(bytesNew).toBeGreaterThan(19 * 4_096);
    expect(bytesNew).toBeLessThan(19 * 4_096 * 1.5);
    expect(bytesWhole).toBeGreaterThan(190 * 4_096);
    expect(bytesWhole).toBeLessThan(190 * 4_096 * 1.5);
    expect([early?.length, late?.length]).toEqual([8, 8]);
  });

  it("at real pace has answers as long as real ones", () => {
    const traffic = builtInTraffic();
    const lengths = realLengths(traffic, 20);
    expect(quantile(lengths, 0.5)).toBeGreaterThan(100);
    expect(quantile(lengths, 0.5)).toBeLessThan(200);
    expect(Math.max(...lengths)).toBeGreaterThan(400);
  });
});
