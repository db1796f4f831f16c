/** Runs of seconds in the place of minutes, through all that a run of minutes goes through. */
import { needs } from "@agent-transports/lab/needs";
import { NGINX_DEFAULTS } from "@agent-transports/lab/nginx";
import { nginx } from "@agent-transports/lab/tools";
import { builtInTraffic } from "@agent-transports/lab/traffic";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { LocalLab } from "../src/lab/lab.ts";
import { openLocalLab } from "../src/lab/local.ts";
import { followLongRun, latencySamples } from "../src/scenarios/long-run.ts";
import { seededRandom } from "../src/stats/index.ts";

let lab: LocalLab;
beforeAll(async () => {
  lab = await openLocalLab({ traffic: builtInTraffic(), random: seededRandom(1), port: 0, handicap: null, arms: [] });
});
afterAll(() => lab.close());

describe("a long run", { timeout: 120_000, ...needs(nginx) }, () => {
  it.each(["sse", "ws"] as const)("is distinguished from one that had to reconnect, over %s, and both lose nothing", async (arm) => {
    const silence = { minutes: 0.05, silenceMs: 1_500, setupMs: 0 };
    const [lived, cut] = await Promise.all([
      followLongRun(lab, { id: arm, transport: arm }, { ...silence, nginx: NGINX_DEFAULTS }),
      // Its heartbeat, of 5 s, comes too late for this one.
      followLongRun(lab, { id: arm, transport: arm }, { ...silence, nginx: { ...NGINX_DEFAULTS, readTimeoutMs: 500 } }),
    ]);
    expect([lived.samples["connections"], lived.values?.["survived"]]).toEqual([[1], 1]);
    expect(cut.samples["connections"]?.[0]).toBeGreaterThan(1);
    expect(cut.values?.["survived"]).toBe(0);
    // Each has a Worker of its own, and knows its process from the other's.
    expect(lived.samples["workerdAfter"]).not.toEqual(cut.samples["workerdAfter"]);
    for (const { samples, integrity } of [lived, cut]) {
      expect(integrity).toMatchObject({ lost: 0, repeated: 0, reordered: 0 });
      expect(integrity?.received).toBeGreaterThanOrEqual(30);
      expect(["first", "middle", "last", "afterSilence"].map((metric) => samples[metric]?.length)).toEqual([10, 10, 10, 1]);
      for (const metric of ["workerdBefore", "workerdAfter", "heapBefore", "heapAfter", "clientBefore", "clientAfter"])
        expect([metric, (samples[metric]?.[0] ?? 0) > 1_000_000]).toEqual([metric, true]);
    }
  });

  it("separates the thirds of its tokens, and measures the drift and the first token after the silence", () => {
    const latencies = Array.from({ length: 12 }, (_, token) => (token < 4 ? 2 : token < 8 ? 4 : 6) + (token === 6 ? 10 : 0));
    const { first, middle, last, drift, afterSilence } = latencySamples(latencies, true);
    expect([first, middle, last]).toEqual([
      [2, 2, 2, 2],
      [4, 4, 14, 4],
      [6, 6, 6, 6],
    ]);
    expect([drift, afterSilence]).toEqual([[3], [14]]);
    expect(latencySamples(latencies, false)["afterSilence"]).toEqual([]);
  });
});
