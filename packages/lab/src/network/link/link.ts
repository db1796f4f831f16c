import { Blackouts, type BlackoutKind, type Window } from "./blackouts.ts";
import { dice } from "./dice.ts";
import { lossOf, type LossOfPacket } from "./loss.ts";
import { checkPath, type LinkPath } from "./path.ts";
import { AT_START, atRate, byTrace, unlimited, type Progress, type Transmitter } from "./transmitter.ts";

/** `loss`: the profile's share. `queue`: it was full. `blackout`: nothing got through. */
export type DropReason = "loss" | "queue" | "blackout";

/** What becomes of a packet. It is known when the packet is offered; only a blackout that is made later changes it. */
export interface Transit {
  readonly bytes: number;
  readonly offeredAt: number;
  /** When its last byte leaves. */
  readonly departsAt: number;
  readonly deliverAt: number;
  /** Why it never arrives; `undefined` where it does. */
  readonly dropped: DropReason | undefined;
}

export interface PathCounters {
  readonly offered: number;
  readonly offeredBytes: number;
  /** Those that arrive, or have arrived: each packet is either this or dropped. */
  readonly delivered: number;
  readonly deliveredBytes: number;
  readonly dropped: Readonly<Record<DropReason, number>>;
  /** The most that ever waited. */
  readonly queueHighWaterBytes: number;
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** One that has been let into the queue, and what it takes to plan it anew. */
interface Planned extends Mutable<Transit> {
  /** Whether it is lost on the air if its last byte leaves at this moment. */
  readonly isLost: (leavesAt: number) => boolean;
  /** Its share of the most that jitter adds. */
  readonly jitter: number;
  /** The profile that it came under. */
  readonly path: LinkPath;
  readonly transmit: Transmitter;
  startsAt: number;
  before: State;
}

/** All that the next packet's plan depends on, beside its own dice. */
interface State {
  readonly progress: Progress;
  readonly transmit: Transmitter;
  readonly lastDeliverAt: number;
}

/**
 * One direction of a link, as a function of packets, time and a seed. It has no clock and no network: times are whatever the caller counts in ms,
 * and never go back. A packet waits in the queue, is sent, may be lost on the air, and is under way for the delay.
 */
export class LinkQueue {
  #seed: number;
  /** The first packet that the dice of this seed are thrown for. */
  #firstOfSeed = 0;
  #path: LinkPath;
  #transmit: Transmitter;
  #blackouts: Blackouts;
  #lossOf: LossOfPacket;
  #jitter: (index: number) => number;
  #state: State;
  /** In order: the ones that have not begun to leave. */
  readonly #waiting: Planned[] = [];
  #waitingBytes = 0;
  readonly #counters = {
    offered: 0,
    offeredBytes: 0,
    delivered: 0,
    deliveredBytes: 0,
    dropped: { loss: 0, queue: 0, blackout: 0 },
    queueHighWaterBytes: 0,
  };

  /** @throws LinkError for a path that cannot be */
  constructor(path: LinkPath, seed: number, startMs: number) {
    checkPath(path, "The link");
    this.#seed = seed;
    this.#path = path;
    this.#transmit = transmitterOf(path, startMs);
    this.#blackouts = new Blackouts(path.blackouts, startMs);
    this.#lossOf = lossOf(path.loss, seed, startMs);
    this.#jitter = dice(seed, "jitter");
    this.#state = { progress: { endsAt: startMs, cursor: AT_START }, transmit: this.#transmit, lastDeliverAt: startMs };
  }

  offer(bytes: number, now: number): Transit {
    const counters = this.#counters;
    const index = counters.offered;
    counters.offered += 1;
    counters.offeredBytes += bytes;
    this.#letGo(now);
    // Each packet's dice are thrown, whatever becomes of it: the next one's do not depend on that.
    const isLost = this.#lossOf(index - this.#firstOfSeed);
    const plan: Planned = {
      isLost,
      jitter: this.#jitter(index - this.#firstOfSeed),
      path: this.#path,
      transmit: this.#transmit,
      bytes,
      offeredAt: now,
      startsAt: now,
      departsAt: now,
      deliverAt: now,
      dropped: undefined,
      before: this.#state,
    };
    const after = this.#plan(plan);
    if (plan.startsAt > now) {
      if (this.#waitingBytes + bytes > (this.#path.queueBytes ?? Infinity)) {
        plan.dropped = "queue";
        counters.dropped.queue += 1;
        return plan;
      }
      this.#waiting.push(plan);
      this.#waitingBytes += bytes;
      counters.queueHighWaterBytes = Math.max(counters.queueHighWaterBytes, this.#waitingBytes);
    }
    this.#state = after;
    this.#count(plan, 1);
    return plan;
  }

  /**
   * Nothing gets through from now on for so long. What has left arrives; what waits is planned anew, and may be dropped.
   *
   * @returns when
   */
  blackout(packets: BlackoutKind, lengthMs: number, now: number): Window {
    const window = { fromMs: now, toMs: now + lengthMs };
    this.#letGo(now);
    this.#blackouts.add(packets, window);
    const [first] = this.#waiting;
    if (first !== undefined) this.#state = first.before;
    for (const plan of this.#waiting) {
      this.#count(plan, -1);
      plan.before = this.#state;
      this.#state = this.#plan(plan);
      this.#count(plan, 1);
    }
    return window;
  }

  /**
   * Another profile from now on. What has been let in keeps its time; blackouts that were made go on.
   *
   * @param seed the dice begin anew with it, as in a new link; without one they go on where they are
   * @throws LinkError
   */
  change(path: LinkPath, now: number, seed?: number): void {
    checkPath(path, "The link");
    this.#letGo(now);
    if (seed !== undefined) {
      this.#seed = seed;
      this.#firstOfSeed = this.#counters.offered;
      this.#jitter = dice(seed, "jitter");
    }
    this.#path = path;
    this.#transmit = transmitterOf(path, now);
    this.#blackouts = new Blackouts(path.blackouts, now, this.#blackouts);
    this.#lossOf = lossOf(path.loss, this.#seed, now);
  }

  get counters(): PathCounters {
    return { ...this.#counters, dropped: { ...this.#counters.dropped } };
  }

  /** Decides when a packet leaves and arrives, from the state before it. @returns the state after it */
  #plan(plan: Planned): State {
    const { transmit, path, before } = plan;
    // Another transmitter begins its recording anew.
    const progress = before.transmit === transmit ? before.progress : { ...before.progress, cursor: AT_START };
    const service = transmit(progress, plan.bytes, plan.offeredAt, this.#blackouts);
    const late = path.jitter === undefined ? 0 : plan.jitter * path.jitter.upToMs;
    const ownDeliverAt = service.endsAt + path.delayMs + late;
    plan.startsAt = service.startsAt;
    plan.departsAt = service.endsAt;
    plan.deliverAt = path.jitter?.inOrder === false ? ownDeliverAt : Math.max(ownDeliverAt, before.lastDeliverAt);
    if (this.#blackouts.dropsAt(service.endsAt)) plan.dropped = "blackout";
    else plan.dropped = plan.isLost(service.endsAt) ? "loss" : undefined;
    const lastDeliverAt = plan.dropped === undefined ? Math.max(before.lastDeliverAt, plan.deliverAt) : before.lastDeliverAt;
    return { progress: service, transmit, lastDeliverAt };
  }

  /** What has begun to leave waits no longer. */
  #letGo(now: number): void {
    let gone = 0;
    for (const { startsAt, bytes } of this.#waiting) {
      if (startsAt > now) break;
      gone += 1;
      this.#waitingBytes -= bytes;
    }
    if (gone > 0) this.#waiting.splice(0, gone);
  }

  #count({ dropped, bytes }: Transit, by: 1 | -1): void {
    if (dropped !== undefined) {
      this.#counters.dropped[dropped] += by;
    } else {
      this.#counters.delivered += by;
      this.#counters.deliveredBytes += by * bytes;
    }
  }
}

function transmitterOf({ capacity }: LinkPath, startMs: number): Transmitter {
  if (capacity === undefined) return unlimited;
  return "trace" in capacity ? byTrace(capacity.trace, startMs - (capacity.fromMs ?? 0)) : atRate(capacity.bitsPerSecond);
}
