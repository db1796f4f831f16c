import { describe, expect, it } from "vitest";
import { exitCode } from "./exit-code.ts";

describe("the exit code", () => {
  it.each([
    ["0 where all was played, and nothing is wrong", 0, false, 0],
    ["3 where nothing is wrong, and less was played than was asked for", 0, true, 3],
    ["1 where something is wrong", 2, false, 1],
    ["1 where something is wrong, and less was played than was asked for", 2, true, 1],
  ])("is %s", (_what, violatedRuns, cut, code) => {
    expect(exitCode({ violatedRuns }, cut)).toBe(code);
  });
});
