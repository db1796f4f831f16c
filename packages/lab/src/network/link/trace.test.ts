import { describe, expect, it } from "vitest";
import { LinkError } from "./errors.ts";
import { parseTrace, readTrace, summaryOf } from "./trace.ts";

describe("a recorded link's file", () => {
  it("has a line for each opportunity, and ends with the last one's time", () => {
    for (const text of ["0\n5\n5\n12", "0\n5\n5\n12\n", "0\r\n5\r\n5\r\n12\r\n"]) {
      expect(parseTrace(text, "made")).toEqual({ name: "made", atMs: [0, 5, 5, 12], periodMs: 12 });
    }
  });

  it("is summed up by its length, its rate and its longest silence", () => {
    expect(summaryOf(parseTrace("400\n1000\n", "made"))).toEqual({
      durationMs: 1_000,
      meanBitsPerSecond: 2 * 1_504 * 8,
      longestSilenceMs: 600,
    });
    // From the last line to the first of the next repetition.
    expect(summaryOf(parseTrace("900\n1000\n", "made")).longestSilenceMs).toBe(900);
  });

  it.each([
    ["trace_empty", "", "has no lines"],
    ["trace_without_length", "0\n0\n", "ends at 0 ms"],
    ["trace_not_a_time", "1\n\n2\n", 'line 2: "" is no whole number'],
    ["trace_not_a_time", "1\n2.5\n", "line 2"],
    ["trace_not_a_time", "1\n-3\n", "line 2"],
    ["trace_not_a_time", "# made by hand\n1\n", "line 1"],
    ["trace_goes_back", "1\n7\n6\n", "line 3: 6 ms comes after 7 ms"],
  ])("is refused with %s and its line", (code, text, said) => {
    let error: unknown;
    try {
      parseTrace(text, "bad.down");
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(LinkError);
    expect(error).toMatchObject({ code, message: expect.stringContaining("bad.down") });
    expect(error).toMatchObject({ message: expect.stringContaining(said) });
  });

  it("that is not there is named", async () => {
    await expect(readTrace("/nowhere/at-all.down")).rejects.toMatchObject({
      code: "trace_unreadable",
      message: expect.stringContaining("/nowhere/at-all.down"),
    });
  });
});
