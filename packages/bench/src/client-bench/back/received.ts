/** What came, in the order in which it came. */
export class Received {
  readonly #seqs: number[] = [];
  #highest = 0;
  readonly #waiting = new Set<() => void>();

  /** @param text ends with the event's number */
  readonly see = (text: string): undefined => {
    const seq = Number(/[0-9]+$/.exec(text)?.[0]);
    this.#seqs.push(seq);
    this.#highest = Math.max(this.#highest, seq);
    for (const look of this.#waiting) look();
  };

  /** The newest. */
  get highest(): number {
    return this.#highest;
  }

  get count(): number {
    return this.#seqs.length;
  }

  /**
   * Waits for an event with which a condition holds.
   *
   * @returns when it came, by `performance.now()`; `undefined` where it did not within `withinMs`
   */
  until(condition: () => boolean, withinMs: number): Promise<number | undefined> {
    return new Promise((resolve) => {
      const finish = (at: number | undefined): void => {
        clearTimeout(timer);
        this.#waiting.delete(look);
        resolve(at);
      };
      const look = (): void => {
        if (condition()) finish(performance.now());
      };
      const timer = setTimeout(() => finish(undefined), withinMs);
      this.#waiting.add(look);
    });
  }

  get faults(): Faults {
    return faultsOf(this.#seqs);
  }
}

export interface Faults {
  /** Between the first and the last that came. */
  readonly lost: number;
  readonly repeated: number;
  /** Came after one that stands behind it, and not for the second time. */
  readonly reordered: number;
}

export function faultsOf(seqs: readonly number[]): Faults {
  const seen = new Set<number>();
  let repeated = 0;
  let reordered = 0;
  let highest = 0;
  for (const seq of seqs) {
    if (seen.has(seq)) repeated += 1;
    else if (seq < highest) reordered += 1;
    seen.add(seq);
    highest = Math.max(highest, seq);
  }
  const lowest = seqs.reduce((least, seq) => Math.min(least, seq), Number.POSITIVE_INFINITY);
  return { lost: seqs.length === 0 ? 0 : highest - lowest + 1 - seen.size, repeated, reordered };
}
