import { seededRandom, type Random } from "@agent-transports/lab/random";

/** Choices that are the same for the same seeds. */
export class Dice {
  /** From 0 up to, and without, 1. */
  readonly next: Random;

  /** @param seeds whole numbers, whose order counts */
  constructor(...seeds: readonly number[]) {
    let state = 0x9e3779b9;
    for (const seed of seeds) state = Math.imul(state ^ (seed >>> 0), 0x85ebca6b) ^ (state >>> 13);
    this.next = seededRandom(state);
  }

  /** A whole number, both ends included. */
  whole(from: number, to: number): number {
    return from + Math.floor(this.next() * (to - from + 1));
  }

  chance(share: number): boolean {
    return this.next() < share;
  }

  /** @throws RangeError where there is nothing to choose from */
  of<One>(many: readonly One[]): One {
    const one = many[this.whole(0, many.length - 1)];
    if (one === undefined) throw new RangeError("There is nothing to choose from.");
    return one;
  }
}
