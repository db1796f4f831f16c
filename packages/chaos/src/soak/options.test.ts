import { describe, expect, it } from "vitest";
import type { ChaosUsageError } from "../errors.ts";
import { readSoakOptions, SOAK_HELP } from "./options.ts";

describe("the options of a soak", () => {
  it("have defaults", () => {
    expect(readSoakOptions([])).toMatchObject({ budgetMs: 1_800_000, seed: 1, atOnce: 4, transports: ["sse", "ws"], out: "chaos-results" });
  });

  it("are read", () => {
    const argv = "--budget 90s --seed 4 --transport ws --faults reset,clock --at-once 2 --out here".split(" ");
    expect(readSoakOptions(argv)).toEqual({
      help: false,
      budgetMs: 90_000,
      seed: 4,
      transports: ["ws"],
      kinds: ["reset", "clock"],
      atOnce: 2,
      out: "here",
    });
  });

  it.each<[string, ChaosUsageError["code"], RegExp]>([
    ["--kills 3", "unknown_option", /no option --kills\. See --help/],
    ["now", "unknown_option", /now: a soak has only options/],
    ["--budget 30", "invalid_value", /--budget 30: give a time such as 90s/],
    ["--at-once 0", "invalid_value", /a whole number from 1 to 50/],
    ["--faults flood", "unknown_fault", /no fault "flood"/],
    ["--faults reset,loss", "unknown_fault", /--faults loss: a soak loses no packets/],
  ])("refuse %s, and say what would do", (argv, code, message) => {
    expect(() => readSoakOptions(argv.split(" "))).toThrow(expect.objectContaining({ code, message: expect.stringMatching(message) }));
  });

  it("are all in the help, with the rule", () => {
    for (const said of [
      "--budget",
      "--seed",
      "--transport",
      "--faults",
      "--at-once",
      "--out",
      "500.0 kB per 1,000 answers",
      "8.0 MB",
      "125 %",
    ]) {
      expect(SOAK_HELP).toContain(said);
    }
  });
});
