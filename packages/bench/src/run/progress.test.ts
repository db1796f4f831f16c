import { describe, expect, it } from "vitest";
import { showProgress, timeLeftMs } from "./progress.ts";

const steps = [
  { title: "Short blocks", blocks: 10 },
  { title: "Long blocks", blocks: 10 },
];

describe("the time left", () => {
  it("is unknown before the first block", () => {
    expect(timeLeftMs(steps, [])).toBeUndefined();
  });

  it("uses each scenario's own blocks, or all blocks when it has none yet", () => {
    expect(
      timeLeftMs(steps, [
        { blocks: 5, ms: 500 },
        { blocks: 0, ms: 0 },
      ]),
    ).toBe(5 * 100 + 10 * 100);
    expect(
      timeLeftMs(steps, [
        { blocks: 10, ms: 1_000 },
        { blocks: 1, ms: 2_000 },
      ]),
    ).toBe(9 * 2_000);
  });
});

describe("the progress", () => {
  function shown(isTTY: boolean): string {
    let text = "";
    const write = (chunk: string): boolean => {
      text += chunk;
      return true;
    };
    const progress = showProgress(steps, { isTTY, write });
    progress.scenario("Short blocks");
    for (let block = 0; block < 10; block++) progress.blocks(1);
    progress.scenario("Long blocks");
    progress.blocks(1);
    progress.done();
    return text;
  }

  it("is one rewritten line on a terminal, with its share and the time left", () => {
    expect(shown(true)).toMatch(/50 % {2}0:00 left {2}Long blocks/);
    expect(shown(true)).not.toContain("\n");
  });

  it("drops the blocks that a pilot found unnecessary", () => {
    let text = "";
    const progress = showProgress(steps, { isTTY: true, write: (chunk) => ((text += chunk), true) });
    progress.scenario("Short blocks");
    progress.blocks(5);
    expect(text).toMatch(/25 % [^%]*$/);
    progress.skip(5);
    progress.scenario("Long blocks");
    expect(text).toMatch(/33 % [^%]*$/);
  });

  it("is one line per scenario elsewhere, without control characters", () => {
    expect(shown(false)).toMatch(/^0:00 {2}Short blocks: 10 blocks\n0:00 {2}Long blocks: 10 blocks, 0:00 left in all\n0:00 {2}done\n$/);
  });
});
