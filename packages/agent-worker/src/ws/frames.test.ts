import { encodeBinaryFrame, encodeFrame, isErrorBody, statusOf, type ClientFrame } from "@agent-transports/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { clientFrame, edited, FUZZ_RUNS, nearly } from "../../test/mutations.ts";
import { RequestError } from "../wire/errors.ts";
import { parseFrame } from "./frames.ts";

const MAX_BYTES = 65_536;
const LIMITS = { requestBytes: MAX_BYTES };
const frame = clientFrame("a-run");

/** `taken`, or the code of the error, which says of whose request it is as far as can be told. */
function outcomeOf(message: string | ArrayBuffer, binary = true): string {
  const parsed = parseFrame(message, LIMITS, binary);
  if (!("error" in parsed)) return "taken";
  const { error, context } = parsed;
  expect(error).toBeInstanceOf(RequestError);
  expect([isErrorBody(error.body), Math.floor(statusOf(error.body) / 100)]).toEqual([true, 4]);
  expect(Object.values(context).map((name) => typeof name)).toEqual(Object.keys(context).map(() => "string"));
  return error.body.code;
}

function fuzz(messages: fc.Arbitrary<string | ArrayBuffer>): Map<string, number> {
  const counts = new Map<string, number>();
  fc.assert(
    fc.property(messages, (message) => {
      const outcome = outcomeOf(message);
      counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
    }),
    { numRuns: FUZZ_RUNS },
  );
  return counts;
}

it("a frame that a client wrote is read as it was", () => {
  fc.assert(
    fc.property(frame, (given) => {
      // What JSON leaves out is not there.
      const sent: unknown = JSON.parse(JSON.stringify(given));
      expect(parseFrame(encodeFrame(given as ClientFrame) as string, LIMITS, false)).toEqual({ frame: sent });
    }),
    { numRuns: FUZZ_RUNS },
  );
});

it("an input of bytes is read as it was", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (given) => {
      const data = Uint8Array.from(given);
      const sent = { type: "input", run: "r", key: "k", data } as const;
      expect(parseFrame(encodeFrame(sent) as Uint8Array<ArrayBuffer>, LIMITS, true)).toEqual({ frame: sent });
    }),
    { numRuns: FUZZ_RUNS },
  );
});

it("a frame that is nearly one is taken, or refused as the sender's fault", () => {
  const counts = fuzz(nearly(frame));
  for (const outcome of ["taken", "invalid_request", "invalid_json"]) expect(counts.get(outcome)).toBeGreaterThan(FUZZ_RUNS / 100);
});

it("a binary frame of any bytes is taken, or refused as the sender's fault", () => {
  const header = fc.oneof(
    edited(fc.constant('{"type":"input","run":"r","key":"k"}')),
    frame.map((given) => JSON.stringify(given)),
    fc.constant('{"type":"input","run":"r","key":"k"}'),
  );
  const counts = fuzz(
    fc.oneof(
      fc.tuple(header, fc.uint8Array({ maxLength: 20 })).map(([head, payload]) => encodeBinaryFrame(head, payload).buffer),
      fc.tuple(header, fc.nat(), fc.nat({ max: 255 }), fc.nat({ max: 120 })).map(([head, at, byte, end]) => {
        const bytes = encodeBinaryFrame(head, new Uint8Array(4));
        bytes[at % bytes.length] = byte;
        return bytes.slice(0, end).buffer;
      }),
      fc.uint8Array({ maxLength: 60 }).map((bytes) => Uint8Array.from(bytes).buffer),
    ),
  );
  for (const outcome of ["taken", "invalid_request", "invalid_json", "unsupported_frame"])
    expect(counts.get(outcome)).toBeGreaterThan(FUZZ_RUNS / 100);
});

it("a frame that is too large is refused by its names, and nothing else of it is read", () => {
  const large = "x".repeat(MAX_BYTES);
  const message = fc
    .record({ type: fc.constant("input"), run: fc.stringMatching(/^[\w-]{1,64}$/), key: fc.stringMatching(/^[!-~]{1,128}$/) })
    .map((names) => ({ names, text: JSON.stringify({ ...names, data: large }) }));
  fc.assert(
    fc.property(message, ({ names, text }) => {
      const parsed = parseFrame(text, LIMITS, false);
      expect(parsed).toMatchObject({ error: { body: { code: "payload_too_large", limit: MAX_BYTES } } });
      expect("context" in parsed && parsed.context).toEqual({ frame: names.type, run: names.run, key: names.key });
    }),
    { numRuns: FUZZ_RUNS / 10 },
  );
});

describe("the header of a binary frame", () => {
  const names = { type: "input", run: "r", key: "k" } as const;
  /** @param more the characters that fill it up, each of so many bytes */
  const header = (bytes: number, more = "x"): string => {
    const head = `${JSON.stringify(names).slice(0, -1)},"more":"`;
    return `${head}${more.repeat(Math.floor((bytes - head.length - 2) / Buffer.byteLength(more)))}"}`;
  };
  const parsed = (text: string, payload = 1): ReturnType<typeof parseFrame> =>
    parseFrame(encodeBinaryFrame(text, new Uint8Array(payload)).buffer, LIMITS, true);

  it("may have 4,096 bytes, also where the frame is too large, which is then refused by its names", () => {
    const most = header(4_096);
    expect(Buffer.byteLength(most)).toBe(4_096);
    expect(parsed(most)).toMatchObject({ frame: names });
    const context = { frame: "input", run: "r", key: "k" };
    expect(parsed(most, MAX_BYTES)).toMatchObject({ error: { body: { code: "payload_too_large", limit: MAX_BYTES } }, context });
  });

  it.each([
    ["x", 4_097],
    ["€", 4_111],
  ])("may have no more, counted in bytes: of %s, %i are refused", (more, bytes) => {
    const text = header(bytes, more);
    expect(Buffer.byteLength(text)).toBeGreaterThan(4_096);
    for (const payload of [1, MAX_BYTES])
      expect(parsed(text, payload)).toMatchObject({
        error: { body: { code: "invalid_request", message: expect.stringContaining("4096 bytes") } },
        context: {},
      });
  });
});
