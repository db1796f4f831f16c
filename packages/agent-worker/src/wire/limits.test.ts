import { describe, expect, it } from "vitest";
import { RateLimiter, withDefaults, type Limits } from "./limits.ts";

describe("a rate", () => {
  it.each([
    [100, 200],
    [1, 2],
    [0.5, 1],
    [0.2, 1],
    [0.001, 1],
  ])("of %d a second takes %d at once, and then as many as it says", (rate, atOnce) => {
    const limiter = new RateLimiter(rate, 0);
    const taken = (now: number): number => {
      let many = 0;
      while (many < 1_000 && limiter.take(now)) many += 1;
      return many;
    };
    expect(taken(0)).toBe(atOnce);
    const oneMs = Math.ceil(1_000 / rate);
    expect([taken(oneMs - 2), taken(oneMs), taken(2 * oneMs)]).toEqual([0, 1, 1]);
    expect(taken(3_600_000 * 24)).toBe(atOnce);
  });
});

describe("a limit", () => {
  it.each<[keyof Limits, number]>([
    ["inputsPerSecond", 0.01],
    ["liveRuns", 1],
    ["requestBytes", 1],
  ])("%s may be %d", (name, value) => {
    expect(withDefaults({ [name]: value })).toMatchObject({ [name]: value });
  });

  it.each([
    ["inputsPerSecond", 0, "above 0"],
    ["inputsPerSecond", Number.NaN, "above 0"],
    ["liveRuns", 0.5, "of at least 1"],
    ["promptBytes", 0.9, "of at least 1"],
    ["sockets", "20", "of at least 1"],
    ["runBytes", undefined, "of at least 1"],
  ])("%s of %j would let nothing through, or is no number, and is refused by its name", (name, value, remedy) => {
    expect(() => withDefaults({ [name]: value })).toThrow(`The limit ${name} must be a number ${remedy}.`);
  });

  it("that is none is refused with the names of all", () => {
    expect(() => withDefaults({ livRuns: 1 } as Partial<Limits>)).toThrow(/unknown limit.*liveRuns.*runsPerSocket/);
  });
});
