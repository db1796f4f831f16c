/** Numbers that are the same for the same seed: mulberry32. */
export class Dice {
  #state: number;

  /** @param seeds whole numbers, whose order counts */
  constructor(...seeds: readonly number[]) {
    let state = 0x9e3779b9;
    for (const seed of seeds) state = Math.imul(state ^ (seed >>> 0), 0x85ebca6b) ^ (state >>> 13);
    this.#state = state >>> 0;
  }

  /** From 0 up to, and without, 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
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
