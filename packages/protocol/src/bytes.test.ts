import fc from "fast-check";
import { describe, expect, expectTypeOf, it } from "vitest";
import { bytesFromJson, bytesToJson, decodeBinaryFrame, encodeBinaryFrame, reviveBytes, toBase64, toBytes } from "./bytes.ts";
import { decodeServerFrame, encodeFrame } from "./frames.ts";

const FUZZ_RUNS = Number(process.env["FUZZ_RUNS"] ?? 10_000);
const every = Uint8Array.from({ length: 256 }, (_, value) => value);
const arbitrary = fc.uint8Array({ maxLength: 20_000 });

describe("bytes in JSON", () => {
  it("match the examples of RFC 4648 §10", () => {
    const vectors = { "": "", f: "Zg==", fo: "Zm8=", foo: "Zm9v", foob: "Zm9vYg==", fooba: "Zm9vYmE=", foobar: "Zm9vYmFy" };
    for (const [text, $bytes] of Object.entries(vectors)) {
      const bytes = new TextEncoder().encode(text);
      expect(bytesToJson(bytes)).toEqual({ $bytes });
      expect(bytesFromJson({ $bytes })).toEqual(bytes);
    }
  });

  it("survive a round trip, whatever they are", () => {
    fc.assert(
      fc.property(arbitrary, (bytes) => {
        expect(toBase64(bytes)).toBe(Buffer.from(bytes).toString("base64"));
        const back = bytesFromJson(JSON.parse(JSON.stringify(bytesToJson(bytes))));
        expect(back).toEqual(bytes);
        // What an application makes of `buffer` must be the bytes and no more.
        expect((back as Uint8Array).buffer.byteLength).toBe(bytes.length);
      }),
    );
  });

  it.each([
    "A",
    "AA",
    "AAA",
    "AAAAA",
    "AA=",
    "A===",
    "====",
    "=AAA",
    "AA=A",
    "AAAA=",
    "AAAA AAAA",
    "AA A",
    " AAAA",
    "AAAA\n",
    "A-_A",
    "%%%%",
    "ÄÄÄÄ",
  ])("are not read from the invalid base64 %j", ($bytes) => {
    expect(() => bytesFromJson({ $bytes })).toThrow(/./);
  });

  it("are read from a text, or it is refused, as RFC 4648 §4 says", () => {
    let read = 0;
    const text = fc.oneof(
      fc.string({ unit: fc.constantFrom(...Array.from("AZaz09+/=-_ \n")), maxLength: 12 }),
      fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes).toString("base64")),
      fc.string({ unit: "binary", maxLength: 8 }),
    );
    fc.assert(
      fc.property(text, ($bytes) => {
        const isBase64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test($bytes);
        let bytes: unknown;
        try {
          bytes = bytesFromJson({ $bytes });
        } catch {
          bytes = undefined;
        }
        expect([$bytes, bytes]).toEqual([$bytes, isBase64 ? Uint8Array.from(Buffer.from($bytes, "base64")) : undefined]);
        if (isBase64) read += 1;
      }),
      { numRuns: FUZZ_RUNS },
    );
    expect(read).toBeGreaterThan(FUZZ_RUNS / 20);
  });

  it.each([null, 5, ["AAAA"], {}, true])("are not read from %j, which is not a string", ($bytes) => {
    expect(() => bytesFromJson({ $bytes })).toThrow(/./);
  });

  it.each([{ $bytes: "AAAA", more: 1 }, { bytes: "AAAA" }, { deep: { $bytes: "AAAA" } }, [{ $bytes: "AAAA" }], "$bytes", null, 1, {}])(
    "are not read from %j",
    (data) => {
      expect(bytesFromJson(data)).toBe(data);
      expect(bytesToJson(data)).toBe(data);
    },
  );

  it("are read only from the data of a data-* chunk", () => {
    expect(reviveBytes({ type: "data-x", id: "i", data: { $bytes: "AAAA" } })).toEqual({
      type: "data-x",
      id: "i",
      data: new Uint8Array(3),
    });
    const other = { type: "text-delta", data: { $bytes: "AAAA" } };
    expect(reviveBytes({ ...other })).toEqual(other);
    expect(() => reviveBytes({ type: "data-x", data: { $bytes: "A" } })).toThrow(/./);
  });
});

describe("an application's bytes", () => {
  it("come from a buffer or any view of one, and cover exactly the view", () => {
    const { buffer } = every.slice();
    const shared = new Uint8Array(new SharedArrayBuffer(4)).fill(7);
    for (const [given, expected] of [
      [every, every],
      [Buffer.from(every), every],
      [buffer, every],
      [new Uint16Array(buffer, 2, 3), every.slice(2, 8)],
      [new DataView(buffer, 250), every.slice(250)],
      [shared, new Uint8Array(4).fill(7)],
    ] as const) {
      const bytes = toBytes(given);
      expect(Object.getPrototypeOf(bytes)).toBe(Uint8Array.prototype);
      expect(bytes).toEqual(expected);
      expect((bytes as Uint8Array).buffer).toBeInstanceOf(ArrayBuffer);
    }
  });

  it("are copied, so that a later change of the buffer has no effect", () => {
    const given = every.slice();
    const [bytes, fromBuffer] = [toBytes(given), toBytes(given.buffer)];
    given.fill(0);
    expect(bytes).toEqual(every);
    expect(fromBuffer).toEqual(every);
  });

  it("are not made from anything else", () => {
    for (const data of [null, "text", { $bytes: "AAAA" }, [1, 2]]) expect(toBytes(data)).toBe(data);
  });
});

describe("a binary frame", () => {
  it("survives a round trip", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), arbitrary, (header, payload) => {
        const frame = encodeBinaryFrame(header, payload);
        const read = decodeBinaryFrame(frame.buffer);
        expect(read).toEqual({ header, payload });
        expect(read.payload.buffer.byteLength).toBe(payload.length);
      }),
    );
  });

  it("matches PROTOCOL.md §4.6 to the byte", () => {
    const frame = encodeFrame({ type: "input", run: "r", key: "k", data: Uint8Array.of(1, 0, 255) });
    const header = '{"type":"input","run":"r","key":"k"}';
    expect(frame).toEqual(Uint8Array.of(0, 0, 0, header.length, ...Buffer.from(header), 1, 0, 255));
    expect(encodeFrame({ type: "input", run: "r", key: "k", data: [1] })).toBe('{"type":"input","run":"r","key":"k","data":[1]}');
  });

  const down = (header: string, payload = every): ArrayBuffer => encodeBinaryFrame(header, payload).buffer;
  const events = '{"type":"events","run":"r","id":"e.7","event":{"type":"data-x","id":"i"},"ack":true}';

  it("from a server decodes to an events frame with one event, whose data is the payload", () => {
    const expected = { type: "events", run: "r", id: "e.7", events: [{ type: "data-x", id: "i", data: every }], ack: true };
    expect(decodeServerFrame(down(events))).toEqual(expected);
    const text = JSON.stringify({ ...expected, events: [{ type: "data-x", id: "i", data: bytesToJson(every) }] });
    expect(decodeServerFrame(text)).toEqual(expected);
  });

  it("of an unknown type is ignored", () => {
    expect(decodeServerFrame(down('{"type":"later","run":"r"}'))).toBe("unknown");
  });

  it.each<[string, ArrayBuffer]>([
    ["nothing", new ArrayBuffer(0)],
    ["shorter than its length", new ArrayBuffer(3)],
    ["shorter than its header", down(events).slice(0, 40)],
    ["of a declared length of 4 GiB", new Uint8Array([255, 255, 255, 255, 1]).buffer],
    ["not JSON", down("{")],
    ["null", down("null")],
    ["a number", down("1")],
    ["not UTF-8", new Uint8Array([0, 0, 0, 2, 0xc3, 0x28]).buffer],
    ["without an event", down('{"type":"events","run":"r","id":"e.7"}')],
    ["with an event that is text", down('{"type":"events","run":"r","id":"e.7","event":"type"}')],
    ["with an invalid id", down(events.replace("e.7", "e7"))],
  ])("that is %s is not a frame of this protocol", (_what, frame) => {
    expect(decodeServerFrame(frame)).toBeUndefined();
  });

  it("is not what a text frame with invalid base64 decodes to", () => {
    expect(decodeServerFrame('{"type":"events","run":"r","id":"e.7","events":[{"type":"data-x","data":{"$bytes":"A"}}]}')).toBeUndefined();
  });
});

it("types bytes so that fetch and WebSocket accept them", () => {
  expectTypeOf(encodeBinaryFrame).returns.toEqualTypeOf<Uint8Array<ArrayBuffer>>();
});
