import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Translator } from "./translator.ts";

const [SYN, RST, ACK] = [0x02, 0x04, 0x10];
const [TCP, UDP] = [6, 17];
const NEAR = [198, 18, 0, 2];
const FAR = [198, 19, 0, 2];
const times = { udpMs: 30, tcpMs: 300 };

interface Given {
  readonly from?: "near" | "far";
  readonly nearPort?: number;
  readonly flags?: number;
  readonly seq?: number;
  readonly ack?: number;
  readonly payload?: Uint8Array;
}

/** A whole packet, with the sums that a kernel makes. */
function packet(protocol: number, given: Given = {}): Buffer {
  const { from = "near", nearPort = 40_000, flags = ACK, seq = 0, ack = 0, payload = new Uint8Array() } = given;
  const headerBytes = protocol === TCP ? 20 : 8;
  const made = Buffer.alloc(20 + headerBytes + payload.length);
  made[0] = 0x45;
  made.writeUInt16BE(made.length, 2);
  made[9] = protocol;
  made.set(from === "near" ? [...NEAR, ...FAR] : [...FAR, ...NEAR], 12);
  made.writeUInt16BE(from === "near" ? nearPort : 443, 20);
  made.writeUInt16BE(from === "near" ? 443 : nearPort, 22);
  made.set(payload, 20 + headerBytes);
  if (protocol === TCP) {
    made.writeUInt32BE(seq, 24);
    made.writeUInt32BE(ack, 28);
    made[32] = 5 << 4;
    made[33] = flags;
  } else {
    made.writeUInt16BE(made.length - 20, 24);
  }
  const sum = ~checked(made) & 0xffff;
  made.writeUInt16BE(protocol === UDP && sum === 0 ? 0xffff : sum, protocol === TCP ? 36 : 26);
  return made;
}

/** The sum over a whole packet's pseudo header and the rest: 0xffff where its checksum is right (RFC 1071). Not by way of differences, as the translator's. */
function checked(whole: Buffer): number {
  const rest = whole.length - 20;
  const bytes = [
    ...whole.subarray(12, 20),
    0,
    whole[9] ?? 0,
    rest >> 8,
    rest & 0xff,
    ...whole.subarray(20),
    ...(rest % 2 === 1 ? [0] : []),
  ];
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) sum += (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return sum;
}

const outward = (translator: Translator, one: Buffer, now: number) => translator.outward(one, one.length, now);
const inward = (translator: Translator, one: Buffer, now: number) => translator.inward(one, one.length, now);

describe("a NAT on packets", () => {
  it("changes nothing of a packet whose port it keeps", () => {
    const translator = new Translator(times);
    const one = packet(UDP, { payload: Buffer.from("hello") });
    const before = Buffer.from(one);
    expect(outward(translator, one, 0)).toEqual({});
    expect(one).toEqual(before);
  });

  it("changes the port of one that was forgotten, both ways, and its sum stays right", () => {
    const payload = fc.uint8Array({ maxLength: 40 });
    fc.assert(
      fc.property(fc.constantFrom(TCP, UDP), fc.integer({ min: 1, max: 60_999 }), payload, (protocol, nearPort, bytes) => {
        const translator = new Translator(times);
        outward(translator, packet(protocol, { nearPort, flags: SYN }), 0);
        const out = packet(protocol, { nearPort, flags: SYN, payload: bytes });
        expect(outward(translator, out, 1_000)).toEqual({});
        const outerPort = out.readUInt16BE(20);
        expect(outerPort).not.toBe(nearPort);
        expect(checked(out)).toBe(0xffff);
        const back = packet(protocol, { from: "far", nearPort: outerPort, payload: bytes });
        expect(inward(translator, back, 1_001)).toEqual({});
        expect(back).toEqual(packet(protocol, { from: "far", nearPort, payload: bytes }));
        expect(inward(translator, packet(protocol, { from: "far", nearPort }), 1_001)).toEqual({ refused: "forgotten" });
      }),
    );
  });

  it("leaves a datagram of UDP without a sum without one", () => {
    const translator = new Translator(times);
    outward(translator, packet(UDP), 0);
    const out = packet(UDP);
    out.writeUInt16BE(0, 26);
    outward(translator, out, 1_000);
    expect(out.readUInt16BE(26)).toBe(0);
  });

  it("drops a segment of a forgotten connection in silence, or answers with a reset that its sender believes", () => {
    const segment = packet(TCP, { seq: 5, ack: 77, payload: Buffer.from("abc") });
    expect(outward(new Translator(times), segment, 0)).toEqual({ refused: "unknown" });
    const resetting = new Translator({ ...times, unmappedTcp: "reset" });
    const passage = outward(resetting, segment, 0);
    const answer = "answer" in passage ? passage.answer! : Buffer.alloc(40);
    // Its number is the one that the sender waits for.
    const expected = packet(TCP, { from: "far", flags: RST, seq: 77 });
    expect(answer.subarray(20)).toEqual(expected.subarray(20));
    expect([...answer.subarray(12, 20)]).toEqual([...FAR, ...NEAR]);
    expect(checked(answer)).toBe(0xffff);
    // No reset answers a reset, and none goes outside.
    expect(outward(resetting, packet(TCP, { flags: RST }), 0)).toEqual({ refused: "unknown" });
    expect(inward(resetting, packet(TCP, { from: "far" }), 0)).toEqual({ refused: "unknown" });
  });

  it("lets through what has no ports", () => {
    const translator = new Translator(times);
    const [ICMP, IPV6] = [packet(UDP), packet(UDP)];
    ICMP[9] = 1;
    IPV6[0] = 0x60;
    const fragment = packet(UDP);
    fragment.writeUInt16BE(100, 6);
    for (const one of [ICMP, IPV6, fragment, Buffer.alloc(3)]) {
      expect([outward(translator, one, 0), inward(translator, one, 0)]).toEqual([{}, {}]);
    }
  });
});
