/** What came, in the order in which it came. */
export class ReceivedEvents {
  readonly #seqs: number[] = [];
  /** By `performance.now()`. */
  readonly #at: number[] = [];
  readonly #waiting = new Set<() => void>();

  /** @param text ends with the event's number */
  readonly see = (text: string): undefined => {
    this.#seqs.push(Number(/[0-9]+$/.exec(text)?.[0]));
    this.#at.push(performance.now());
    for (const look of this.#waiting) look();
  };

  get count(): number {
    return this.#seqs.length;
  }

  get deviations(): Deviations {
    return deviationsIn(this.#seqs);
  }

  /** When the first event behind `seq` came, by `performance.now()`; `undefined` where none does within `withinMs` from now. */
  firstAfter(seq: number, withinMs: number): Promise<number | undefined> {
    return this.#until(() => this.#at[this.#seqs.findIndex((one) => one > seq)], withinMs);
  }

  /** Waits for so many more events. @returns whether they came within `withinMs` */
  async more(events: number, withinMs: number): Promise<boolean> {
    const wanted = this.count + events;
    return (await this.#until(() => (this.count >= wanted ? this.count : undefined), withinMs)) !== undefined;
  }

  #until(found: () => number | undefined, withinMs: number): Promise<number | undefined> {
    return new Promise((resolve) => {
      const finish = (value: number | undefined): void => {
        clearTimeout(timer);
        this.#waiting.delete(look);
        resolve(value);
      };
      const look = (): void => {
        const value = found();
        if (value !== undefined) finish(value);
      };
      const timer = setTimeout(() => finish(undefined), withinMs);
      this.#waiting.add(look);
      look();
    });
  }
}

export interface Deviations {
  /** Between the first and the last that came. */
  readonly lost: number;
  readonly repeated: number;
  /** Came after one that stands behind it, and not for the second time. */
  readonly reordered: number;
}

export function deviationsIn(seqs: readonly number[]): Deviations {
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
