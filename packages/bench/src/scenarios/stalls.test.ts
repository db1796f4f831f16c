import { describe, expect, it } from "vitest";
import { emptyResult } from "../run/runner.ts";
import { batchesOf, schedule } from "../run/schedule.ts";
import { seededRandom } from "../stats/index.ts";
import type { Setting } from "./parts/scenario.ts";
import { withoutPlace, withoutPlaceWithBbr } from "./parts/without-place.ts";
import { stallsOn } from "./stalls.ts";

const stalls = stallsOn();
const settingOf = (id: string): Setting => stalls.settings.find((one) => one.id === id)!;

describe("the settings of stalls", () => {
  it.each([1, 6])("have BBR beside CUBIC on the same link with loss, as a factor, with %d answers", (answers) => {
    const [cubic, bbr] = [settingOf(`loss-${answers}`), settingOf(`loss-bbr-${answers}`)];
    expect(cubic.factors).toEqual({ link: "loss", answers, client: "Chromium", congestionControl: "cubic", initialWindow: 10 });
    expect(bbr.factors).toEqual({ ...cubic.factors, congestionControl: "bbr" });
    expect([bbr.groups, bbr.furtherArms, bbr.blocksAtOnce]).toEqual([cubic.groups, cubic.furtherArms, cubic.blocksAtOnce]);
    expect(bbr.label).toContain("TCP with BBR");
  });

  it("each name TCP's control and first window, so that a report can tell what figures depend on", () => {
    for (const { factors } of stalls.settings)
      expect(factors).toMatchObject({ congestionControl: expect.any(String), initialWindow: expect.any(Number) });
    expect(settingOf("loss-wide-6").factors).toEqual({ ...settingOf("loss-6").factors, initialWindow: 300 });
  });

  it("need BBR of the kernel only where they ask for it, and are not run without it, with the reason", () => {
    const needBbr = stalls.settings.filter(({ missing }) => missing === withoutPlaceWithBbr).map(({ id }) => id);
    expect(needBbr).toEqual(["loss-bbr-1", "loss-bbr-6"]);
    expect(stalls.settings.filter(({ missing }) => missing === withoutPlace)).toHaveLength(stalls.settings.length - needBbr.length);
    const without = stalls.settings.map((one) => ({
      ...one,
      missing: () => (needBbr.includes(one.id) ? "This kernel has no congestion control bbr." : null),
    }));
    const { notRun, conditions } = emptyResult({ ...stalls, settings: without }, null, "standard");
    expect(notRun).toBeNull();
    expect(conditions.filter((one) => one.notRun?.includes("bbr")).map(({ id }) => id)).toEqual(needBbr);
  });

  it("with BBR add no more blocks to --standard than there is time for", () => {
    const here = stalls.settings.map((one) => ({ ...one, missing: () => null }));
    const plan = schedule({ ...stalls, settings: here }, "standard", seededRandom(1)).filter(({ setting }) =>
      setting.id.startsWith("loss-bbr"),
    );
    // A block is 6 s of reading, and 2 s of what stands around it: fewer than 45 one after another are less than 6 minutes.
    expect(batchesOf(plan).length).toBeLessThan(45);
    expect(new Set(plan.map(({ setting, arm }) => `${setting.id} ${arm}`)).size).toBe(2 * stalls.arms.length);
  });
});
