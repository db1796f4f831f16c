import { describe, expect, it } from "vitest";
import { isSegment, PacketCounter } from "./packet-counts.ts";

const [FIN, SYN, RST, ACK] = [0x01, 0x02, 0x04, 0x10];

/** IPv4 with a header of 20 bytes. */
function ipv4(protocol: number, payload: Buffer, port = 5_000, fragmentAt = 0): [Buffer, number] {
  const packet = Buffer.alloc(2_048);
  const bytes = 20 + payload.length;
  packet[0] = 0x45;
  packet.writeUInt16BE(bytes, 2);
  packet.writeUInt16BE(fragmentAt, 6);
  packet[9] = protocol;
  packet.set([198, 18, 0, 2], 12);
  packet.set([198, 19, 0, 2], 16);
  payload.copy(packet, 20);
  packet.writeUInt16BE(port, 20);
  packet.writeUInt16BE(443, 22);
  return [packet, bytes];
}

function tcp({
  seq,
  flags = ACK,
  data = 0,
  port = 5_000,
}: {
  seq: number;
  flags?: number;
  data?: number;
  port?: number;
}): [Buffer, number] {
  const segment = Buffer.alloc(32 + data);
  segment.writeUInt32BE(seq, 4);
  segment[12] = 8 << 4; // 12 bytes of options.
  segment[13] = flags;
  return ipv4(6, segment, port);
}

function udp(...payload: number[]): [Buffer, number] {
  return ipv4(17, Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, ...payload]));
}

function counted(...packets: readonly [Buffer, number][]): PacketCounter["counts"] {
  const counter = new PacketCounter();
  for (const [packet, bytes] of packets) counter.see(packet, bytes);
  return counter.counts;
}

describe("TCP", () => {
  it("sends again what carries data, or opens or ends a connection, and nothing else", () => {
    const again = [tcp({ seq: 1, data: 1 }), tcp({ seq: 1, flags: SYN }), tcp({ seq: 1, flags: FIN | ACK })];
    const never = [tcp({ seq: 1 }), tcp({ seq: 1, flags: RST, data: 3 }), udp(1, 2, 3), ipv4(6, Buffer.alloc(30), 5_000, 1)];
    expect([again, never].map((packets) => packets.map((one) => isSegment(...one)))).toEqual([
      [true, true, true],
      [false, false, false, false],
    ]);
    expect(isSegment(Buffer.alloc(2_048), 8)).toBe(false);
  });

  it("counts a segment that was sent before as a retransmission, and an acknowledgement as none", () => {
    const { tcp: seen } = counted(
      tcp({ seq: 99, flags: SYN }),
      tcp({ seq: 100 }),
      tcp({ seq: 100, data: 10 }),
      tcp({ seq: 110, data: 10 }),
      tcp({ seq: 100, data: 10 }), // again
      tcp({ seq: 100, data: 20 }), // again, both as one
      tcp({ seq: 99 }), // a keep-alive probe
      tcp({ seq: 120, data: 5 }),
      tcp({ seq: 125, flags: FIN | ACK }),
      tcp({ seq: 125, flags: FIN | ACK }), // again
    );
    expect(seen).toEqual({ packets: 10, connections: 1, segments: 8, retransmitted: 3, resets: 0 });
  });

  it("counts a SYN that is sent again, and not one of a new connection from the same port", () => {
    const again = counted(tcp({ seq: 7, flags: SYN }), tcp({ seq: 7, flags: SYN }));
    expect(again.tcp).toMatchObject({ connections: 1, segments: 2, retransmitted: 1 });
    const anew = counted(
      tcp({ seq: 7_000, flags: SYN }),
      tcp({ seq: 7_001, data: 50 }),
      tcp({ seq: 5, flags: SYN }),
      tcp({ seq: 6, data: 9 }),
    );
    expect(anew.tcp).toMatchObject({ connections: 2, segments: 4, retransmitted: 0 });
    expect(counted(tcp({ seq: 7, flags: SYN | ACK })).tcp).toMatchObject({ connections: 0, segments: 1 });
  });

  it("keeps connections apart, counts resets, and knows that sequence numbers wrap", () => {
    const { tcp: seen } = counted(
      tcp({ seq: 0xffff_fff0, data: 0x20, port: 1 }),
      tcp({ seq: 0x10, data: 10, port: 1 }),
      tcp({ seq: 0xffff_fff0, data: 0x20, port: 2 }),
      tcp({ seq: 0xffff_fff0, data: 0x20, port: 1 }), // again
      tcp({ seq: 0x1a, flags: RST, port: 1 }),
    );
    expect(seen).toEqual({ packets: 5, connections: 0, segments: 4, retransmitted: 1, resets: 1 });
  });
});

describe("UDP", () => {
  it("tells QUIC's handshake from what follows, and both from what is no QUIC", () => {
    expect(counted(udp(0xc3, 0), udp(0x43, 0), udp(0x5f, 0), udp(0x01), udp()).udp).toEqual({
      packets: 5,
      quicLongHeader: 1,
      quicShortHeader: 2,
    });
  });
});

it("counts ICMP, fragments and what is no IPv4 as other", () => {
  const [ipv6] = udp(1);
  ipv6[0] = 0x60;
  expect(counted(ipv4(1, Buffer.alloc(16)), ipv4(17, Buffer.alloc(64), 1, 0x00b9), [ipv6, 48])).toMatchObject({
    other: 3,
    udp: { packets: 0 },
  });
});
