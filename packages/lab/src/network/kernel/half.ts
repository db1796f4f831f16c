import type { Refusal } from "../nat/index.ts";
import { LinkQueue, type DropReason, type LinkPath } from "../link/index.ts";
import { InFlightQueue } from "./in-flight.ts";
import type { Libc } from "./libc.ts";
import type { DirectionCounters } from "./messages.ts";
import { isSegment, PacketCounter } from "./packet-counts.ts";

/** A TUN device hands over a packet at a time. Its MTU is 1,500. */
const BUFFER_BYTES = 2_048;
/** So many are read before those that are due are looked at again: about 0.2 ms. */
const BATCH = 64;

/** Sees a packet that goes through, and may change it. @returns why it does not go on; `undefined` where it does */
export type Gate = (packet: Buffer, bytes: number, now: number) => Refusal | undefined;

/** One direction: from the device of one side, through the link, to the device of the other. */
export class Half {
  readonly link: LinkQueue;
  /** Before the link, and after it. */
  enter: Gate | undefined;
  leave: Gate | undefined;
  readonly #libc: Libc;
  readonly #from: number;
  readonly #to: number;
  readonly #now: () => number;
  readonly #inFlight = new InFlightQueue();
  readonly #counter = new PacketCounter();
  readonly #free: Buffer[] = [];
  #under = { packets: 0, bytes: 0 };
  #handed = { packets: 0, refused: 0, lateMs: 0, maxLateMs: 0, overOneMs: 0 };
  readonly #refusals = { forgotten: 0, unknown: 0 };
  readonly #lostSegments = { loss: 0, queue: 0, blackout: 0, forgotten: 0, unknown: 0 };

  constructor(libc: Libc, from: number, to: number, path: LinkPath, seed: number, now: () => number) {
    this.#libc = libc;
    this.#from = from;
    this.#to = to;
    this.#now = now;
    this.link = new LinkQueue(path, seed, now());
  }

  /** When the next packet is due. */
  get dueAt(): number {
    return this.#inFlight.first?.transit.deliverAt ?? Infinity;
  }

  get counters(): DirectionCounters {
    const { packets, refused, lateMs, maxLateMs, overOneMs } = this.#handed;
    return {
      ...this.link.counters,
      inFlight: this.#under.packets,
      inFlightBytes: this.#under.bytes,
      lateness: { meanMs: packets === 0 ? 0 : lateMs / packets, maxMs: maxLateMs, overOneMs },
      refused,
      atNat: { ...this.#refusals },
      lostSegments: { ...this.#lostSegments },
      sent: this.#counter.counts,
    };
  }

  /** Takes what the sending kernel has. */
  read(): void {
    for (let taken = 0; taken < BATCH; taken++) {
      const buffer = this.#free.pop() ?? Buffer.allocUnsafeSlow(BUFFER_BYTES);
      const bytes = this.#libc.read(this.#from, buffer);
      if (bytes === undefined) {
        this.#free.push(buffer);
        return;
      }
      this.#counter.see(buffer, bytes);
      const now = this.#now();
      const refusal = this.enter?.(buffer, bytes, now);
      if (refusal !== undefined) {
        this.#refusals[refusal] += 1;
        this.#noteLost(refusal, buffer, bytes);
        this.#free.push(buffer);
        continue;
      }
      const transit = this.link.offer(bytes, now);
      if (transit.dropped !== undefined) {
        this.#noteLost(transit.dropped, buffer, bytes);
        this.#free.push(buffer);
        continue;
      }
      this.#inFlight.push(transit, buffer);
      this.#under.packets += 1;
      this.#under.bytes += bytes;
    }
  }

  /** Hands over what is due. */
  deliver(): void {
    for (let now = this.#now(); this.dueAt <= now; now = this.#now()) {
      const due = this.#inFlight.pop();
      if (due === undefined) return;
      const { transit, buffer } = due;
      const refusal = this.leave?.(buffer, transit.bytes, now);
      if (refusal !== undefined) {
        this.#refusals[refusal] += 1;
        this.#noteLost(refusal, buffer, transit.bytes);
      } else if (!this.#libc.write(this.#to, buffer, transit.bytes)) this.#handed.refused += 1;
      const lateMs = now - transit.deliverAt;
      this.#handed.packets += 1;
      this.#handed.lateMs += lateMs;
      this.#handed.maxLateMs = Math.max(this.#handed.maxLateMs, lateMs);
      if (lateMs > 1) this.#handed.overOneMs += 1;
      this.#release(transit.bytes, buffer);
    }
  }

  /** A blackout has changed what is between the sides. */
  reorder(): void {
    for (const { transit, buffer } of this.#inFlight.reorder()) {
      if (transit.dropped !== undefined) this.#noteLost(transit.dropped, buffer, transit.bytes);
      this.#release(transit.bytes, buffer);
    }
  }

  #noteLost(why: DropReason | Refusal, packet: Buffer, bytes: number): void {
    if (isSegment(packet, bytes)) this.#lostSegments[why] += 1;
  }

  #release(bytes: number, buffer: Buffer): void {
    this.#under.packets -= 1;
    this.#under.bytes -= bytes;
    this.#free.push(buffer);
  }
}
