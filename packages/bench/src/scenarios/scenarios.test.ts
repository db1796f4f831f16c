import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { LEAST_GROUPS } from "../analysis/verdict.ts";
import { attemptsByBin } from "./herd.ts";
import { scenarios } from "./index.ts";
import { thinned } from "./parts/thinned.ts";

describe("a herd's attempts", () => {
  it("are counted by time, with the empty bins between them", () => {
    expect(attemptsByBin([0, 99.9, 100, 350, 30], 100)).toEqual([3, 1, 0, 1]);
    expect(attemptsByBin([], 100)).toEqual([]);
    // Stamped before the fault was, by less than a turn of the loop.
    expect(attemptsByBin([-0.2], 100)).toEqual([1]);
  });
});

describe("too many samples", () => {
  it("are thinned evenly, and fewer are kept unchanged", () => {
    expect(thinned([1, 2, 3], 3)).toEqual([1, 2, 3]);
    expect(thinned([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], 5)).toEqual([0, 2, 4, 6, 8]);
  });
});

describe("every scenario", () => {
  it.each(scenarios)("$name has enough pair groups for a verdict at every depth that runs it, and runs at full depth", (scenario) => {
    for (const { groups, inHalves } of scenario.settings) {
      // Cells in halves are judged together.
      const least = inHalves ? 1 : LEAST_GROUPS;
      for (const count of Object.values(groups)) expect(count === 0 || count >= least).toBe(true);
      expect(groups.full).toBeGreaterThan(0);
    }
  });

  it("has its row in docs/scenarios.md, and no other has", async () => {
    const page = await readFile(new URL("../../../../docs/scenarios.md", import.meta.url), "utf8");
    const rows = [...page.matchAll(/^\| `([\w-]+)` \|/gm)].map(([, name = ""]) => name);
    expect(rows.toSorted()).toEqual(scenarios.map(({ name }) => name).toSorted());
  });
});
