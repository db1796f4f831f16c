import { placeOf, type Place } from "@agent-transports/client-core";
import type { RunChunk } from "@agent-transports/protocol";
import { createParser, type EventSourceMessage } from "eventsource-parser";
import fc from "fast-check";
import { expect, it } from "vitest";
import { tokensOf } from "./tokens.ts";

type Event = { readonly id: string | undefined; readonly data: unknown };

/** What the parser and `JSON.parse` make of a text; `undefined` where they make nothing, or more than one event. */
function byParser(text: string): Event | undefined {
  const messages: EventSourceMessage[] = [];
  createParser({ onEvent: (message) => messages.push(message) }).feed(text);
  const [message, ...more] = messages;
  if (message === undefined || more.length > 0) return undefined;
  try {
    return { id: message.id, data: JSON.parse(message.data) };
  } catch {
    return undefined;
  }
}

/** What is taken of a text without the parser, by a run that has taken its first event. */
function byUs(text: string, part = "0"): { readonly end: number | undefined; readonly events: readonly Event[] } {
  const events: Event[] = [];
  const takeAt = (epoch: string, seq: number, data: RunChunk, id?: string): Place => {
    const place = placeOf("e", 1 + events.length, epoch, seq);
    if (place === "next") events.push({ id, data });
    return place;
  };
  return { end: tokensOf({ takeAt }, "e", part)?.(text, 0), events };
}

function token(seq: number | string, delta: string, part = "0"): string {
  return `id: e.${seq}\ndata: ${JSON.stringify({ type: "text-delta", id: part, delta })}\n\n`;
}

const piece = fc.oneof(
  fc.string({ unit: "binary", maxLength: 16 }),
  fc.constantFrom("\\n", '\\"', '"', "\\", "\\u0041", "\u0000", "\n", "\r", "\u001f", "\u007f", "\u2028", "\ud800", "}", '","x":"', "𝒳"),
);
const inside = fc.array(piece, { maxLength: 3 }).map((pieces) => pieces.join(""));

it("reads a token as the parser and JSON.parse do, or leaves it to them", () => {
  const counts = { taken: 0, left: 0 };
  fc.assert(
    fc.property(
      inside,
      fc.constantFrom("", " ", ',"providerMetadata":{}', "}"),
      fc.constantFrom("2", "02", "3", "x"),
      (delta, more, seq) => {
        const text = `id: e.${seq}\ndata: {"type":"text-delta","id":"0","delta":"${delta}"${more}}\n\n`;
        const { end, events } = byUs(text);
        expect({ end, events }).toEqual(end === 0 ? { end, events: [] } : { end: text.length, events: [byParser(text)] });
        counts[end === 0 ? "left" : "taken"] += 1;
      },
    ),
    { numRuns: 20_000 },
  );
  // Of both kinds there was enough.
  expect(Math.min(counts.taken, counts.left)).toBeGreaterThan(500);
});

it("takes all tokens up to the first event that is not the next token of its part", () => {
  const tokens = [2, 3, 4].map((seq) => token(seq, ` w${seq}`)).join("");
  for (const next of [
    token(4, " again"),
    token(6, " gap"),
    token("05", " zero"),
    token(5, " other", "1"),
    token(5, ' "quoted"'),
    token(5, " more than twelve"),
    "id: e.5\ndata: {}\n\n",
    ":heartbeat\n\n",
    token(5, " cut").slice(0, -1),
    token(5, " named").replace("\ndata", "\nevent: x\ndata"),
    token(5, " epoch").replace("e.5", "f.5"),
  ]) {
    const { end, events } = byUs(tokens + next);
    expect([next, end, events.length]).toEqual([next, tokens.length, 3]);
  }
});

it.each(["", "a", "twelve chars", "a\u007fb", "漢字"])("takes a token of %j", (delta) => {
  const text = token(2, delta);
  expect(byUs(text)).toEqual({ end: text.length, events: [byParser(text)] });
});

it("takes no tokens of a part whose id means more than itself in a pattern or in JSON", () => {
  for (const part of ["a.b", "a+", 'a"', "a\\", "é"]) expect(byUs(token(2, "x", part), part)).toEqual({ end: undefined, events: [] });
  for (const part of ["", "0", "msg_0f-1"]) expect([part, byUs(token(2, "x", part), part).events.length]).toEqual([part, 1]);
});
