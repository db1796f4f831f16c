import fc from "fast-check";
import { expect, it } from "vitest";
import { bytesToJson, encodeBinaryFrame } from "./bytes.ts";
import { decodeServerFrame, encodeFrame, type ServerFrame } from "./frames.ts";

const FUZZ_RUNS = Number(process.env["FUZZ_RUNS"] ?? 10_000);

const name = fc.stringMatching(/^[\w-]{1,64}$/);
const key = fc.stringMatching(/^[\x21-\x7e]{1,128}$/);
const epoch = fc.stringMatching(/^[\w-]{1,32}$/);
const seq = fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }));
const id = fc.tuple(epoch, seq).map(([epoch, seq]) => `${epoch}.${seq}`);
const failure = fc.record({ code: fc.string(), message: fc.string() });
const run = epoch.chain((epoch) =>
  fc.record({
    id: name,
    state: fc.constantFrom("running" as const, "finished" as const, "failed" as const, "cancelled" as const, "interrupted" as const),
    epoch: fc.constant(epoch),
    lastEventId: fc.option(seq.map((seq) => `${epoch}.${seq}`)),
    createdAt: fc.constant("2026-11-29T12:00:00.000Z"),
    endedAt: fc.constantFrom(null, "2026-11-29T12:00:01.000Z"),
    error: fc.option(failure),
    events: fc.string(),
  }),
);
/** As it is read again: JSON knows no −0. */
const json = fc.jsonValue({ maxDepth: 2 }).map((value): unknown => JSON.parse(JSON.stringify(value)));
const chunk = fc.oneof(
  fc.record({
    type: fc.constant("text-delta" as const),
    id: fc.string({ maxLength: 4 }),
    delta: fc.string({ unit: "binary", maxLength: 16 }),
  }),
  fc.record({ type: fc.constantFrom("start" as const, "finish" as const, "file" as const), later: json }),
  fc.record({
    type: fc.constant("data-run-end" as const),
    data: fc.constantFrom({ state: "finished" as const }, { state: "failed" as const, error: { code: "model_error", message: "m" } }),
    transient: fc.constant(true as const),
  }),
);
const optional = <Value>(arbitrary: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> => fc.option(arbitrary, { nil: undefined });

/** What a server may send, PROTOCOL.md §4.2. */
const serverFrame: fc.Arbitrary<ServerFrame> = fc.oneof(
  fc.record({ type: fc.constant("hello" as const), heartbeat: fc.integer({ min: 1_000, max: 60_000 }) }),
  fc.record({ type: fc.constant("started" as const), key, run, joined: fc.boolean() }),
  fc.record({ type: fc.constant("resumed" as const), run, after: fc.option(id) }),
  fc
    .record({
      type: fc.constant("events" as const),
      run: name,
      id,
      events: fc.array(chunk, { minLength: 1, maxLength: 4 }),
      ack: fc.boolean(),
    })
    .map(({ ack, ...frame }) => (ack ? { ...frame, ack } : frame)),
  fc.record({ type: fc.constant("accepted" as const), run: name, key, id }),
  fc.record({ type: fc.constant("cancelled" as const), run }),
  fc
    .record({ error: failure, run: optional(name), key: optional(key), frame: optional(fc.constantFrom("start", "resume", "input")) })
    .map((names) => JSON.parse(JSON.stringify({ type: "error", ...names })) as ServerFrame),
  fc.constant({ type: "pong" as const }),
);

it("a frame that a server wrote is read as it was", () => {
  fc.assert(
    fc.property(serverFrame, (frame) => {
      expect(decodeServerFrame(encodeFrame(frame) as string)).toEqual(frame);
    }),
    { numRuns: FUZZ_RUNS },
  );
});

/** §1 and §4.2, written again: what a client acts on once a frame was taken for one of its type. */
function isWhole(frame: ServerFrame): boolean {
  const isId = (text: unknown): boolean =>
    typeof text === "string" && /^[\w-]{1,32}\.[1-9]\d{0,15}$/.test(text) && Number.isSafeInteger(Number(text.split(".")[1]));
  const isText = (value: unknown): boolean => typeof value === "string";
  const isAbsentOr = (is: (value: unknown) => boolean, value: unknown): boolean => value === undefined || is(value);
  switch (frame.type) {
    case "started":
      return isText(frame.key) && isText(frame.run.id);
    case "resumed":
      return isText(frame.run.id) && (frame.after === null || isId(frame.after));
    case "events":
      return isText(frame.run) && isId(frame.id) && frame.events.length > 0 && frame.events.every(({ type }) => isText(type));
    case "accepted":
      return isText(frame.run) && isText(frame.key) && isId(frame.id);
    case "cancelled":
      return isText(frame.run.id);
    case "error":
      return isText(frame.error.code) && [frame.run, frame.key, frame.frame].every((one) => isAbsentOr(isText, one));
    case "hello":
    case "pong":
      return true;
  }
}

/** An edit at a place of a text, as a share of its length. */
const edit = fc.record({
  at: fc.nat({ max: 999 }),
  kind: fc.constantFrom("put", "cut", "twice", "end"),
  text: fc.oneof(
    fc.string({ unit: "binary", maxLength: 4 }),
    fc.constantFrom(
      '"',
      "\\",
      "{",
      "}",
      "[",
      "]",
      ",",
      ":",
      "null",
      "0",
      "-1",
      "1e9",
      '""',
      "{}",
      "\u0000",
      "\ud800",
      '"__proto__":{},',
      '"type":',
    ),
  ),
});

function edited(text: string, edits: readonly (typeof edit extends fc.Arbitrary<infer Edit> ? Edit : never)[]): string {
  let result = text;
  for (const { at, kind, text: put } of edits) {
    const place = Math.floor((at / 1_000) * (result.length + 1));
    const [before, after] = [result.slice(0, place), result.slice(place)];
    if (kind === "put") result = before + put + after;
    else if (kind === "cut") result = before + after.slice(1 + put.length);
    else if (kind === "twice") result = before + after.slice(0, 8) + after;
    else result = before;
  }
  return result;
}

/** A member of a frame, at any depth, in whose place something else comes. */
function withOther(frame: unknown, at: number, other: unknown): unknown {
  const places: { readonly holder: Record<string, unknown>; readonly name: string }[] = [];
  const copy = structuredClone(frame);
  const collect = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    for (const name of Object.keys(value)) {
      places.push({ holder: value as Record<string, unknown>, name });
      collect((value as Record<string, unknown>)[name]);
    }
  };
  collect(copy);
  const place = places[at % places.length];
  if (place !== undefined && other === undefined) delete place.holder[place.name];
  else if (place !== undefined) place.holder[place.name] = other;
  return copy;
}

it("a frame that was changed on its way is whole, unknown, or none, and nothing is thrown", () => {
  const counts = { whole: 0, unknown: 0, none: 0 };
  const other = fc.option(fc.oneof(fc.jsonValue({ maxDepth: 1 }), fc.constantFrom("e.1", "pong", 0, "", [])), { nil: undefined });
  const changed = fc.oneof(
    fc.tuple(serverFrame, fc.array(edit, { maxLength: 3 })).map(([frame, edits]) => edited(JSON.stringify(frame), edits)),
    fc.tuple(serverFrame, fc.nat({ max: 40 }), other).map(([frame, at, value]) => JSON.stringify(withOther(frame, at, value))),
    fc.string({ unit: "binary", maxLength: 40 }),
    fc.json({ maxDepth: 3 }),
  );
  fc.assert(
    fc.property(changed, (text) => {
      const frame = decodeServerFrame(text);
      counts[frame === undefined ? "none" : frame === "unknown" ? "unknown" : "whole"] += 1;
      if (frame === undefined || frame === "unknown") return;
      expect([frame, isWhole(frame)]).toEqual([frame, true]);
    }),
    { numRuns: FUZZ_RUNS },
  );
  // Of each there was enough.
  expect(Math.min(...Object.values(counts))).toBeGreaterThan(FUZZ_RUNS / 100);
});

it("a binary frame of any bytes is whole, unknown, or none, and nothing is thrown", () => {
  const counts = { whole: 0, none: 0 };
  const valid = fc
    .record({ run: name, id, payload: fc.uint8Array({ maxLength: 40 }) })
    .map(({ run, id, payload }) =>
      encodeBinaryFrame(`{"type":"events","run":"${run}","id":"${id}","event":{"type":"data-x","id":"i"},"ack":true}`, payload),
    );
  const changed = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    fc
      .tuple(valid, fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { maxLength: 2 }), fc.nat({ max: 300 }))
      .map(([frame, bytes, end]) => {
        for (const [at, byte] of bytes) frame[at % frame.length] = byte;
        return end < 100 ? frame.slice(0, end) : frame;
      }),
  );
  fc.assert(
    fc.property(changed, (bytes) => {
      const frame = decodeServerFrame(Uint8Array.from(bytes).buffer);
      counts[frame === undefined || frame === "unknown" ? "none" : "whole"] += 1;
      if (frame === undefined || frame === "unknown") return;
      expect([frame, isWhole(frame)]).toEqual([frame, true]);
    }),
    { numRuns: FUZZ_RUNS },
  );
  expect(Math.min(...Object.values(counts))).toBeGreaterThan(FUZZ_RUNS / 100);
});

it("bytes in a text frame are read as in a binary one", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (payload) => {
      const frame = {
        type: "events",
        run: "r",
        id: "e.7",
        events: [{ type: "data-x", id: "i", data: bytesToJson(Uint8Array.from(payload)) }],
      };
      const binary = encodeBinaryFrame('{"type":"events","run":"r","id":"e.7","event":{"type":"data-x","id":"i"}}', payload);
      expect(decodeServerFrame(JSON.stringify(frame))).toEqual(decodeServerFrame(binary.buffer));
    }),
    { numRuns: FUZZ_RUNS },
  );
});
