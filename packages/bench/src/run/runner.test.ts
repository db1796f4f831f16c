import { afterEach, describe, expect, it, vi } from "vitest";
import { emptyResult, runBatch } from "./runner.ts";
import { batches, schedule } from "./schedule.ts";
import { halfOpen } from "../scenarios/half-open.ts";
import { conditionOf } from "../scenarios/parts/scenario.ts";
import { proxy } from "../scenarios/proxy.ts";
import { uplink } from "../scenarios/uplink.ts";
import { seededRandom } from "../stats/index.ts";

describe("the part of a run that is skipped", () => {
  afterEach(() => vi.unstubAllEnvs());

  it("is empty when the machine and the time suffice", () => {
    const { notRun, conditions } = emptyResult(uplink, null, "quick");
    expect([notRun, conditions]).toEqual([null, uplink.settings.map(conditionOf)]);
  });

  it("includes a scenario that a depth has no time for, with the depths that run it", () => {
    const settings = uplink.settings.map((setting) => ({ ...setting, groups: { quick: 0, standard: 5, full: 5 } }));
    expect(emptyResult({ ...uplink, settings }, null, "quick").notRun).toBe("not in this depth (--quick), but with --standard or --full.");
    expect(emptyResult({ ...uplink, settings }, null, "standard").notRun).toBeNull();
  });

  it("includes a scenario that needs a missing nginx", () => {
    vi.stubEnv("NGINX_PATH", "/nowhere/nginx");
    expect(emptyResult(proxy, null, "standard").notRun).toContain("There is no nginx at /nowhere/nginx");
    expect(emptyResult(halfOpen, null, "standard").notRun).toBeNull();
  });

  it("includes what a deployment does not allow, before checks of this machine", () => {
    vi.stubEnv("NGINX_PATH", "/nowhere/nginx");
    const { notRun, conditions } = emptyResult(proxy, proxy.notRemote, "standard");
    expect([notRun, conditions]).toEqual([proxy.notRemote, proxy.settings.map(conditionOf)]);
  });

  it("includes only HTTP/2 when openssl, which makes its certificate, is missing", () => {
    vi.stubEnv("NGINX_PATH", process.execPath);
    vi.stubEnv("PATH", "/nowhere");
    const { conditions } = emptyResult(proxy, null, "full");
    expect(conditions.filter((condition) => condition.notRun !== undefined).map(({ id, notRun }) => [id, notRun])).toEqual([
      ["http2", "There is no openssl: install it, because it makes the certificate for TLS."],
    ]);
  });
});

describe("concurrent blocks", () => {
  const [batch = []] = batches(schedule(uplink, "quick", seededRandom(1)), 4);

  it("start one after another, run together, and return in order", async () => {
    let open = 0;
    let most = 0;
    const blocks = await runBatch(batch, new AbortController().signal, async ({ setting, arm, pair, position }) => {
      open += 1;
      most = Math.max(most, open);
      await vi.waitUntil(() => most === batch.length, { timeout: 30_000 });
      return {
        condition: setting.id,
        arm,
        pair,
        position,
        startedAtMs: 0,
        durationMs: 0,
        samples: {},
        values: {},
        integrity: null,
        contamination: { eventLoopDelayP99Ms: 0, stealShare: 0, marks: [] },
      };
    });
    expect(most).toBe(4);
    expect(blocks.map(({ position }) => position)).toEqual([0, 1, 2, 3]);
  });
});
