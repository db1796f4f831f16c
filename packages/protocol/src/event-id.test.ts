import { expect, test } from "vitest";
import { formatEventId, parseEventId } from "./event-id.ts";

test("an event id survives a round trip", () => {
  expect(parseEventId(formatEventId("k3v9x2pq", 17))).toEqual({ epoch: "k3v9x2pq", seq: 17 });
  expect(parseEventId(formatEventId("a-_Z", Number.MAX_SAFE_INTEGER))).toEqual({ epoch: "a-_Z", seq: Number.MAX_SAFE_INTEGER });
});

test.each([
  "",
  ".",
  "a.",
  ".1",
  "a.0",
  "a.01",
  "a.-1",
  "a.+1",
  "a.1 ",
  " a.1",
  "a.1.2",
  "a.1e3",
  "a.0x1",
  "a.9007199254740992",
  "a.99999999999999999",
  "a\0.1",
  "a.1\n",
  "ä.1",
  `${"a".repeat(33)}.1`,
  "a".repeat(10_240),
  "1",
  "NaN.NaN",
  "a.١",
])("%j is not an id", (text) => {
  expect(parseEventId(text)).toBeUndefined();
});
