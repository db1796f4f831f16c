import fc from "fast-check";
import { expect, it } from "vitest";
import { decodeServerFrame } from "./frames.ts";
import { readTokenFrame } from "./token-frame.ts";

const piece = fc.oneof(
  fc.string({ unit: "binary", maxLength: 8 }),
  fc.constantFrom("\\n", '\\"', '"', "\\", "\\u0041", "\u0000", "\n", "\u001f", "\u007f", "\u2028", "\ud800", "}", "]", '","x":"', "𝒳"),
);
const inside = fc.array(piece, { maxLength: 2 }).map((pieces) => pieces.join(""));
const token = fc
  .tuple(fc.constantFrom("0", "", "msg", "a b"), inside)
  .map(([id, delta]) => `{"type":"text-delta","id":"${id}","delta":"${delta}"}`);
const tails = fc.constantFrom("]}", '],"ack":true}', '],"ack":false}', '],"ack":true,"later":1}', "],}", ",]}", "]} ", "]");
const ids = fc.constantFrom("e.7", "e.0", "e.07", "e", "e.7 ", "e.99999999999999999");

/** What `JSON.parse` makes of it. */
function byJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

it("reads a frame of tokens as JSON.parse does, or leaves it to that", () => {
  const counts = { read: 0, left: 0 };
  fc.assert(
    fc.property(fc.array(token, { maxLength: 4 }), tails, ids, (tokens, tail, id) => {
      const text = `{"type":"events","run":"r","id":"${id}","events":[${tokens.join(",")}${tail}`;
      const frame = readTokenFrame(text);
      counts[frame === undefined ? "left" : "read"] += 1;
      expect(frame ?? byJson(text)).toEqual(byJson(text));
      // What is left to JSON.parse is checked as ever.
      expect([frame, frame && id]).toEqual([frame, frame && "e.7"]);
    }),
    { numRuns: 20_000 },
  );
  // Of both kinds there was enough.
  expect(Math.min(counts.read, counts.left)).toBeGreaterThan(200);
});

it.each([
  ["a frame of tokens", '{"type":"events","run":"r","id":"e.7","events":[{"type":"text-delta","id":"0","delta":" w"}]}'],
  ["one to acknowledge", '{"type":"events","run":"r","id":"e.7","events":[{"type":"text-delta","id":"0","delta":" w"}],"ack":true}'],
])("reads %s without JSON.parse", (_what, text) => {
  expect(readTokenFrame(text)).toEqual(JSON.parse(text));
  expect(decodeServerFrame(text)).toEqual(JSON.parse(text));
});

it.each([
  ["other events", '[{"type":"text-delta","id":"0","delta":" w"},{"type":"text-end","id":"0"}]}'],
  ["a token with more in it", '[{"type":"text-delta","id":"0","delta":" w","providerMetadata":{}}]}'],
  ["a token whose text is long", '[{"type":"text-delta","id":"0","delta":"more than twelve"}]}'],
])("leaves %s to JSON.parse", (_what, events) => {
  const text = `{"type":"events","run":"r","id":"e.7","events":${events}`;
  expect(readTokenFrame(text)).toBeUndefined();
  expect(decodeServerFrame(text)).toEqual(JSON.parse(text));
});
