// It imports nothing: k6's scripts check by it too.

/** What a run's reader got of it, in events. */
export interface EventCounts {
  readonly received: number;
  readonly lost: number;
  readonly repeated: number;
  readonly reordered: number;
}

/** Checks a run's event ids, `<epoch>.<seq>` (PROTOCOL.md §1), apart from the client that promises their order. */
export class EventCheck {
  readonly #seen = new Set<number>();
  #epoch: string | undefined;
  #highest = 0;
  #received = 0;
  #foreign = 0;
  #repeated = 0;
  #reordered = 0;

  /** Sees each event that the application received, in its order. */
  see(id: string): void {
    this.#received += 1;
    const dot = id.indexOf(".");
    const epoch = id.slice(0, dot);
    const seq = Number(id.slice(dot + 1));
    if (dot > 0) this.#epoch ??= epoch;
    if (dot <= 0 || !Number.isInteger(seq) || seq < 1 || epoch !== this.#epoch) {
      this.#foreign += 1;
      return;
    }
    if (this.#seen.has(seq)) this.#repeated += 1;
    else if (seq < this.#highest) this.#reordered += 1;
    this.#seen.add(seq);
    this.#highest = Math.max(this.#highest, seq);
  }

  /**
   * An id is lost where a later one proves that it was there.
   *
   * @param endMissing whether the events came to their end without the terminal event: that one is lost too. A connection that failed says nothing of it
   */
  result(endMissing: boolean): EventCounts {
    return {
      received: this.#received,
      lost: this.#highest - this.#seen.size + (endMissing ? 1 : 0),
      repeated: this.#repeated + this.#foreign,
      reordered: this.#reordered,
    };
  }
}
