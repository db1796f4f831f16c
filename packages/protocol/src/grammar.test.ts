import { expect, it } from "vitest";
import { isAgentName, isKey, isRunId } from "./grammar.ts";

/** A text of so many characters. */
const long = (length: number): string => "a".repeat(length);

it.each([
  ["a key", isKey, ["k", "!~", "a/b?c#d", long(128)], ["", " ", "a b", "a\n", "é", "\x7f", long(129)]],
  ["a run's id", isRunId, ["r", "-_", "Aa0", long(64)], ["", "a.b", "a/b", "a b", "a\n", "é", long(65)]],
  [
    "an agent's name",
    isAgentName,
    ["demo", "-_.~", "...", ".a", "Runs", "default", long(128)],
    ["", ".", "..", "runs", "tickets", "a/b", "a b", "a\n", "é", "%2e", long(129)],
  ],
] as const)("tells %s from other values of any type", (_, is, good, bad) => {
  expect(good.filter((value) => !is(value))).toEqual([]);
  expect(bad.filter((value) => is(value))).toEqual([]);
  expect([undefined, null, 1, {}, ["demo"], new String("demo")].filter((value) => is(value))).toEqual([]);
});
