import { describe, expect, it } from "vitest";
import { mapAtMost } from "./map-at-most.ts";

describe("mapping with a bound", () => {
  it("has no more under way than it may, and gives results in order", async () => {
    let underWay = 0;
    let most = 0;
    const results = await mapAtMost([3, 1, 2, 0], 2, async (item) => {
      most = Math.max(most, (underWay += 1));
      for (let turn = 0; turn < item; turn++) await Promise.resolve();
      underWay -= 1;
      return item * 10;
    });
    expect([results, most]).toEqual([[30, 10, 20, 0], 2]);
  });

  it("fails as the first that fails, begins none after it, and leaves none behind", async () => {
    const begun: number[] = [];
    const ended: number[] = [];
    const mapped = mapAtMost([0, 1, 2, 3], 2, async (item) => {
      begun.push(item);
      if (item === 0) throw new Error("no");
      await Promise.resolve();
      ended.push(item);
    });
    await expect(mapped).rejects.toThrow("no");
    expect([begun, ended]).toEqual([[0, 1], [1]]);
  });
});
