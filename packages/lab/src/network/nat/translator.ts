import { Nat, TCP, UDP, type Flow, type NatOptions, type Refusal } from "./nat.ts";

/** What becomes of a packet at the NAT. Where it does not go through, there may be an answer for whoever sent it. */
export type Passage = { readonly refused?: undefined } | { readonly refused: Refusal; readonly answer?: Buffer };

const THROUGH: Passage = {};

const IP_HEADER_BYTES = 20;
const TCP_HEADER_BYTES = 20;
const [FIN, SYN, RST, ACK] = [0x01, 0x02, 0x04, 0x10];

/** A NAT on packets: it finds their ports, changes them in place, and keeps their checksums right. What is neither TCP nor UDP goes through as it is. */
export class Translator {
  readonly #nat: Nat;
  readonly #resets: boolean;

  constructor(options: NatOptions) {
    this.#nat = new Nat(options);
    this.#resets = options.unmappedTcp === "reset";
  }

  get remapped(): number {
    return this.#nat.remapped;
  }

  /** From the near side. */
  outward(packet: Buffer, bytes: number, now: number): Passage {
    const at = portsOf(packet, bytes);
    if (at === undefined) return THROUGH;
    const protocol = packet.readUInt8(9);
    const nearPort = packet.readUInt16BE(at);
    const flow: Flow = {
      protocol,
      near: packet.readUInt32BE(12),
      nearPort,
      far: packet.readUInt32BE(16),
      farPort: packet.readUInt16BE(at + 2),
    };
    const flags = protocol === TCP ? packet.readUInt8(at + 13) : 0;
    const port = this.#nat.outward(flow, protocol === UDP || (flags & (SYN | ACK | RST)) === SYN, now);
    if (typeof port === "string") return { refused: port, ...(this.#resets && (flags & RST) === 0 && { answer: resetOf(packet, at) }) };
    if (port !== nearPort) setPort(packet, at, at, port);
    return THROUGH;
  }

  /** From the far side. */
  inward(packet: Buffer, bytes: number, now: number): Passage {
    const at = portsOf(packet, bytes);
    if (at === undefined) return THROUGH;
    const nearPort = packet.readUInt16BE(at + 2);
    const [far, near] = [packet.readUInt32BE(12), packet.readUInt32BE(16)];
    const port = this.#nat.inward({ protocol: packet.readUInt8(9), near, nearPort, far, farPort: packet.readUInt16BE(at) }, now);
    if (typeof port === "string") return { refused: port };
    if (port !== nearPort) setPort(packet, at, at + 2, port);
    return THROUGH;
  }
}

/** Where a packet's ports begin; `undefined` where it has none: another protocol, or a fragment. */
function portsOf(packet: Buffer, bytes: number): number | undefined {
  if (bytes < IP_HEADER_BYTES || packet.readUInt8(0) >> 4 !== 4 || (packet.readUInt16BE(6) & 0x1fff) !== 0) return undefined;
  const at = (packet.readUInt8(0) & 0x0f) * 4;
  const protocol = packet.readUInt8(9);
  const headerBytes = protocol === TCP ? TCP_HEADER_BYTES : protocol === UDP ? 8 : undefined;
  return headerBytes === undefined || bytes < at + headerBytes ? undefined : at;
}

/** @param at where TCP or UDP begins @param portAt where the port is */
function setPort(packet: Buffer, at: number, portAt: number, port: number): void {
  const isTcp = packet.readUInt8(9) === TCP;
  const sumAt = at + (isTcp ? 16 : 6);
  const sum = packet.readUInt16BE(sumAt);
  const before = packet.readUInt16BE(portAt);
  packet.writeUInt16BE(port, portAt);
  // UDP may have none (RFC 768).
  if (!isTcp && sum === 0) return;
  // RFC 1624, equation 3: what was is taken out of the sum, and what is put in.
  const changed = inverse(folded(inverse(sum) + inverse(before) + port));
  // One that comes out as 0 would say that there is none (RFC 768).
  packet.writeUInt16BE(!isTcp && changed === 0 ? 0xffff : changed, sumAt);
}

/** What a closed port answers to a segment (RFC 9293 §3.10.7.1): so numbered that whoever sent the segment believes it. */
function resetOf(packet: Buffer, at: number): Buffer {
  const reset = Buffer.alloc(IP_HEADER_BYTES + TCP_HEADER_BYTES);
  reset[0] = 0x45;
  reset.writeUInt16BE(reset.length, 2);
  reset[8] = 64;
  reset[9] = TCP;
  packet.copy(reset, 12, 16, 20);
  packet.copy(reset, 16, 12, 16);
  reset.writeUInt16BE(inverse(sumOf(reset.subarray(0, IP_HEADER_BYTES))), 10);

  const segment = reset.subarray(IP_HEADER_BYTES);
  packet.copy(segment, 0, at + 2, at + 4);
  packet.copy(segment, 2, at, at + 2);
  segment[12] = (TCP_HEADER_BYTES / 4) << 4;
  const flags = packet.readUInt8(at + 13);
  if ((flags & ACK) !== 0) {
    packet.copy(segment, 4, at + 8, at + 12);
    segment[13] = RST;
  } else {
    const dataAt = at + (packet.readUInt8(at + 12) >> 4) * 4;
    const length = packet.readUInt16BE(2) - dataAt + ((flags & SYN) === 0 ? 0 : 1) + ((flags & FIN) === 0 ? 0 : 1);
    segment.writeUInt32BE((packet.readUInt32BE(at + 4) + length) >>> 0, 8);
    segment[13] = RST | ACK;
  }
  // The sum is also of the addresses, the protocol and the length (RFC 9293 §3.1).
  const pseudo = sumOf(reset.subarray(12, IP_HEADER_BYTES)) + TCP + TCP_HEADER_BYTES;
  segment.writeUInt16BE(inverse(folded(pseudo + sumOf(segment))), 16);
  return reset;
}

/** The sum of RFC 1071, of an even number of bytes. */
function sumOf(bytes: Buffer): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) sum += bytes.readUInt16BE(at);
  return folded(sum);
}

function folded(sum: number): number {
  let rest = sum;
  while (rest > 0xffff) rest = (rest & 0xffff) + (rest >>> 16);
  return rest;
}

function inverse(sum: number): number {
  return ~sum & 0xffff;
}
