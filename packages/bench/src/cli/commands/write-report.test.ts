import { describe, expect, it } from "vitest";
import { seenFrom, wantsColour } from "./write-report.ts";

describe("colour", () => {
  it("is for a terminal, where nobody asked for none", () => {
    expect(wantsColour({ isTTY: true }, {})).toBe(true);
    expect(wantsColour({ isTTY: true }, { NO_COLOR: "" })).toBe(true);
    expect(wantsColour({ isTTY: true }, { NO_COLOR: "1" })).toBe(false);
    expect(wantsColour({ isTTY: true }, { TERM: "dumb" })).toBe(false);
    expect(wantsColour({}, {})).toBe(false);
  });
});

it("names the results beside a report, and of results elsewhere no folder", () => {
  expect(seenFrom("/home/me/out", "/home/me/out/results.json.gz")).toBe("results.json.gz");
  expect(seenFrom("/home/me/out", "/home/me/out/raw/results.json")).toBe("raw/results.json");
  expect(seenFrom("/home/me/out", "/home/me/raw/results.json")).toBe("../raw/results.json");
  expect(seenFrom("/tmp/out", "/home/me/results.json")).toBe("results.json");
});
