/** What a hostile or broken client makes of what would be valid: for the fuzz of everything that reads bytes. */
import fc from "fast-check";

/** `FUZZ_RUNS=100000` tries as many of each kind. */
export const FUZZ_RUNS = Number(process.env["FUZZ_RUNS"] ?? 10_000);

const odd = fc.constantFrom(
  '"',
  "\\",
  "{",
  "}",
  "[",
  "]",
  ",",
  ":",
  "null",
  "-1",
  "1e999",
  "0.1",
  '""',
  "{}",
  "\u0000",
  "\ud800",
  "\u2028",
  '"__proto__":{"a":1},',
  '"type":"start",',
  '"key":"k",',
  '{"$bytes":"A"}',
);
const edit = fc.record({
  at: fc.nat({ max: 999 }),
  kind: fc.constantFrom("put", "put", "cut", "twice", "end"),
  text: fc.oneof(odd, fc.string({ unit: "binary", maxLength: 4 })),
});

/** A text with some edits at places of it. */
export function edited(text: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.tuple(text, fc.array(edit, { minLength: 1, maxLength: 3 })).map(([given, edits]) => {
    let result = given;
    for (const { at, kind, text: put } of edits) {
      const place = Math.floor((at / 1_000) * (result.length + 1));
      const [before, after] = [result.slice(0, place), result.slice(place)];
      if (kind === "put") result = before + put + after;
      else if (kind === "cut") result = before + after.slice(1 + put.length);
      else if (kind === "twice") result = before + after.slice(0, 12) + after;
      else result = before;
    }
    return result;
  });
}

const other = fc.option(
  fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    fc.constantFrom<unknown>("", "x".repeat(300), "a b", "é", "\u0000", -1, 0.5, 1e308, [], {}, [[]], null, true, { $bytes: "=" }),
    fc.constantFrom(
      "text",
      "tool-x",
      "dynamic-tool",
      "data-x",
      "file",
      "reasoning",
      "assistant",
      "system",
      "output-available",
      "input-streaming",
    ),
  ),
  { nil: undefined },
);

/** JSON in which some members, at any depth, are others or are not there. */
export function withOthers(json: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.tuple(json, fc.array(fc.tuple(fc.nat(), other), { minLength: 1, maxLength: 3 })).map(([given, changes]) => {
    const copy = structuredClone(given);
    for (const [at, value] of changes) {
      const places = placesIn(copy);
      const place = places[at % Math.max(1, places.length)];
      if (place === undefined) continue;
      if (value === undefined) delete place.holder[place.name];
      else place.holder[place.name] = structuredClone(value);
    }
    return copy;
  });
}

interface Place {
  readonly holder: Record<string, unknown>;
  readonly name: string;
}

function placesIn(value: unknown): Place[] {
  if (typeof value !== "object" || value === null) return [];
  const holder = value as Record<string, unknown>;
  return Object.keys(holder).flatMap((name) => [{ holder, name }, ...placesIn(holder[name])]);
}

/** Text that is nearly valid JSON, or nearly what is asked for. */
export function nearly(json: fc.Arbitrary<unknown>): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 6, arbitrary: withOthers(json).map((value) => JSON.stringify(value)) },
    { weight: 2, arbitrary: edited(json.map((value) => JSON.stringify(value))) },
    { weight: 2, arbitrary: json.map((value) => JSON.stringify(value)) },
    { weight: 1, arbitrary: fc.json({ maxDepth: 3 }) },
    { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 40 }) },
  );
}

const text = fc.record({ type: fc.constant("text"), text: fc.string({ maxLength: 12 }) });
const part = fc.oneof(
  text,
  text,
  fc.record({ type: fc.constant("data-x"), data: fc.jsonValue({ maxDepth: 1 }) }),
  fc.constant({ type: "data-x", data: { $bytes: "AAE=" } }),
  fc.constant({ type: "file", mediaType: "image/png", url: "data:image/png;base64,AA==" }),
  fc
    .constantFrom("blob:https://example.com/1", "file:///a.png", "a.png", "data:image/png,%")
    .chain((url) => fc.constantFrom("file", "reasoning-file").map((type) => ({ type, mediaType: "image/png", url }))),
  fc.constant({ type: "reasoning", text: "hm", providerMetadata: { a: { b: 1 } } }),
  fc.constant({ type: "tool-x", toolCallId: "c", state: "input-available", input: { a: 1 } }),
  fc.constant({ type: "tool-x", toolCallId: "c", state: "approval-responded", input: { a: 1 }, approval: { id: "a", approved: true } }),
  fc.constant({ type: "tool-x", toolCallId: "c", state: "output-available", input: { a: 1 }, output: [1] }),
  fc.constant({ type: "dynamic-tool", toolName: "x", toolCallId: "c", state: "output-error", input: {}, errorText: "no" }),
  fc.constant({ type: "source-url", sourceId: "s", url: "https://example.com" }),
  fc.constant({ type: "step-start" }),
);
const message = fc.record({
  id: fc.constantFrom("m", "n"),
  role: fc.constantFrom("user", "user", "assistant", "assistant", "system"),
  parts: fc.array(part, { minLength: 1, maxLength: 3 }),
});
const tools = fc.constant({ t: { description: "d", inputSchema: { type: "object", properties: { a: { type: "string" } } } } });
const more = fc.record({ tools, key: fc.stringMatching(/^[!-~]{1,6}$/), id: fc.string({ maxLength: 6 }) }, { requiredKeys: [] });

/** Start bodies, PROTOCOL.md §2. */
export const startBody: fc.Arbitrary<object> = fc
  .tuple(
    fc.oneof(
      fc.record({ prompt: fc.string({ minLength: 1, maxLength: 20 }) }),
      fc.record({ message }),
      fc.record({ messages: fc.array(message, { minLength: 1, maxLength: 3 }) }),
      fc.constant({ toolOutputs: [{ toolCallId: "c", output: { a: 1 } }] }),
      fc.constant({ toolOutputs: [{ toolCallId: "c", errorText: "no" }] }),
    ),
    more,
  )
  .map(([input, rest]) => ({ ...input, ...rest }));

const data = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constant({ $bytes: "AAE=" }));
const key = fc.stringMatching(/^[!-~]{1,6}$/);

/** Bodies of inputs, PROTOCOL.md §3.4. */
export const inputBody: fc.Arbitrary<object> = fc.oneof(
  fc.record({ data, key }),
  fc.record({ data }),
  fc.record({ inputs: fc.array(fc.record({ key, data }), { minLength: 1, maxLength: 4 }) }),
);

/** Bodies of tickets, PROTOCOL.md §8.2. */
export const ticketBody: fc.Arbitrary<object> = fc.record(
  { run: fc.constantFrom("r", "a-run"), rights: fc.subarray(["start", "read", "list", "input", "cancel", "sdk"]) },
  { requiredKeys: [] },
);

/** Frames that go up, PROTOCOL.md §4.1. @param run of which they speak */
export function clientFrame(run: string): fc.Arbitrary<{ readonly type: string }> {
  const id = fc.constantFrom("e.1", "e.7", "");
  const acks = fc.constantFrom({}, { acks: true });
  return fc
    .oneof(
      fc.record({ type: fc.constant("start"), key, input: startBody }),
      fc.record({ type: fc.constant("resume"), run: fc.constant(run) }),
      fc.record({ type: fc.constant("resume"), run: fc.constant(run), after: id }),
      fc.record({ type: fc.constant("input"), run: fc.constant(run), key, data }),
      fc.record({ type: fc.constant("cancel"), run: fc.constant(run) }),
      fc.record({ type: fc.constant("unsubscribe"), run: fc.constant(run) }),
      fc.record({ type: fc.constant("ack"), run: fc.constant(run), id }),
      fc.record({ type: fc.constant("busy"), ms: fc.integer({ min: 1, max: 100 }) }),
      fc.constant({ type: "ping" }),
    )
    .chain((frame) => acks.map((more) => (["start", "resume"].includes(frame.type) ? { ...frame, ...more } : frame)));
}
