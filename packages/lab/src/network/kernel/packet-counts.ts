/** What one side has sent, by the headers of its packets: counted before the link does anything to them. */
export interface PacketCounts {
  readonly tcp: {
    readonly packets: number;
    /** Connections that this side has begun. */
    readonly connections: number;
    /** Those that carry data, or open or end a connection. */
    readonly segments: number;
    /** Of the segments, those that begin before the end of one that was sent. A kernel sends them in order, so that they are retransmissions. */
    readonly retransmitted: number;
    readonly resets: number;
  };
  readonly udp: {
    readonly packets: number;
    /** QUIC's handshake, by the first bit of a datagram (RFC 8999 §5.1). What is in it, and what is sent again, is encrypted. */
    readonly quicLongHeader: number;
    /** QUIC after its handshake (RFC 9000 §17.3): the second bit tells it from what is no QUIC, unless both ends agreed to grease it (RFC 9287). */
    readonly quicShortHeader: number;
  };
  /** ICMP, fragments, and what is not IPv4. */
  readonly other: number;
}

const TCP = 6;
const UDP = 17;
const FIN = 0x01;
const SYN = 0x02;
const RST = 0x04;
const ACK = 0x10;

/** Whether TCP would send it again, were it lost: it carries data, or opens or ends a connection. */
export function isSegment(packet: Buffer, bytes: number): boolean {
  const at = tcpAt(packet, bytes);
  return at !== undefined && (packet.readUInt8(at + 13) & RST) === 0 && lengthOf(packet, at) > 0;
}

/** Where TCP begins; `undefined` where it does not: another protocol, or a fragment. */
function tcpAt(packet: Buffer, bytes: number): number | undefined {
  const at = ((packet[0] ?? 0) & 0x0f) * 4;
  const isWhole = (packet[0] ?? 0) >> 4 === 4 && bytes >= at + 20 && (packet.readUInt16BE(6) & 0x1fff) === 0;
  return isWhole && packet[9] === TCP ? at : undefined;
}

/** In sequence numbers, of which an opening and an end have one each (RFC 9293 §3.4). */
function lengthOf(packet: Buffer, at: number): number {
  const flags = packet[at + 13] ?? 0;
  const dataAt = at + ((packet[at + 12] ?? 0) >> 4) * 4;
  return packet.readUInt16BE(2) - dataAt + ((flags & SYN) === 0 ? 0 : 1) + ((flags & FIN) === 0 ? 0 : 1);
}

/** Counts the packets of one direction. */
export class PacketCounter {
  readonly #tcp = { packets: 0, connections: 0, segments: 0, retransmitted: 0, resets: 0 };
  readonly #udp = { packets: 0, quicLongHeader: 0, quicShortHeader: 0 };
  #other = 0;
  /** By connection: the sequence number after the last that was sent. */
  readonly #ends = new Map<string, number>();

  get counts(): PacketCounts {
    return { tcp: { ...this.#tcp }, udp: { ...this.#udp }, other: this.#other };
  }

  see(packet: Buffer, bytes: number): void {
    const headerBytes = ((packet[0] ?? 0) & 0x0f) * 4;
    const isFragment = bytes >= 20 && (packet.readUInt16BE(6) & 0x1fff) !== 0;
    if ((packet[0] ?? 0) >> 4 !== 4 || bytes < headerBytes + 8 || isFragment) this.#other += 1;
    else if (packet[9] === TCP && bytes >= headerBytes + 20) this.#seeTcp(packet, headerBytes);
    else if (packet[9] === UDP) this.#seeUdp(packet[headerBytes + 8] ?? 0, bytes > headerBytes + 8);
    else this.#other += 1;
  }

  #seeTcp(packet: Buffer, at: number): void {
    this.#tcp.packets += 1;
    const flags = packet[at + 13] ?? 0;
    if ((flags & RST) !== 0) {
      this.#tcp.resets += 1;
      return;
    }
    const length = lengthOf(packet, at);
    if (length <= 0) return;
    this.#tcp.segments += 1;
    const connection = packet.toString("latin1", 12, 20) + packet.toString("latin1", at, at + 4);
    const sequence = packet.readUInt32BE(at + 4);
    const end = this.#ends.get(connection);
    // Sequence numbers wrap: the difference of two has a sign in 32 bits (RFC 9293 §3.4). A SYN with another number is a new connection.
    const isNew = end === undefined || ((flags & SYN) !== 0 && sequence !== (end - length) >>> 0);
    if (isNew && (flags & (SYN | ACK)) === SYN) this.#tcp.connections += 1;
    if (!isNew && ((sequence - end) | 0) < 0) this.#tcp.retransmitted += 1;
    const after = (sequence + length) >>> 0;
    if (isNew || ((after - end) | 0) > 0) this.#ends.set(connection, after);
  }

  #seeUdp(first: number, hasPayload: boolean): void {
    this.#udp.packets += 1;
    if (!hasPayload) return;
    if ((first & 0x80) !== 0) this.#udp.quicLongHeader += 1;
    else if ((first & 0x40) !== 0) this.#udp.quicShortHeader += 1;
  }
}
