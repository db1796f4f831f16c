/** Scenarios in Chromium, end to end: single blocks through the runner, with the checks that a report would rest on. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { whyNoChromium } from "../src/browser/chromium.ts";
import { openLab, type Lab } from "../src/lab.ts";
import type { Block } from "../src/results/schema.ts";
import { runBlock } from "../src/runner.ts";
import { multiplex } from "../src/scenarios/multiplex.ts";
import type { Scenario } from "../src/scenarios/types.ts";
import { seededRandom } from "../src/stats/index.ts";
import { builtInTraffic } from "../src/traffic/traffic.ts";
import { skipWithoutNginx } from "./nginx.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await openLab({ traffic: builtInTraffic(), random: seededRandom(1), arms: [], url: undefined, port: 0, handicap: null });
}, 30_000);
afterAll(() => lab.close());

async function block(scenario: Scenario, id: string, arm: string): Promise<Block> {
  const condition = scenario.conditions.find((one) => one.id === id)!;
  return runBlock(lab, scenario, { condition, arm, pair: 0, position: 0 }, new AbortController().signal);
}

/** One block in which nothing failed, and every event came once and in order. */
async function wholeBlock(...of: Parameters<typeof block>): Promise<Block> {
  const measured = await block(...of);
  expect(measured.error).toBeUndefined();
  expect(measured.integrity).toMatchObject({ lost: 0, repeated: 0, reordered: 0, received: measured.integrity?.expected });
  expect(measured.integrity?.expected).toBeGreaterThan(0);
  return measured;
}

describe.skipIf(whyNoChromium() !== null)("in Chromium", { timeout: 40_000 }, () => {
  describe("multiplex", () => {
    it.skipIf(skipWithoutNginx)("over HTTP/2 twenty event streams are on one connection, and none waits", async () => {
      for (const condition of ["http2", "http2-20"])
        for (const arm of ["sse", "ws"]) {
          const { samples } = await wholeBlock(multiplex, condition, arm);
          expect(samples["connections"], `${condition} ${arm}`).toEqual([1]);
          expect(samples["waited"], `${condition} ${arm}`).toEqual([0]);
        }
    });
  });
});
