/** A frame's time that some frames still keep on a busy machine. The shortest is no measure: two may come close together after one that was late. */
const PERIOD_QUANTILE = 0.2;
/** Browsers tell when a frame was to a tenth of a millisecond. */
const STEP_MS = 0.1;

/** How long frames took. They are counted by their length, so that an hour of them takes no more room than a second, and is looked at as quickly. */
export class FrameTimes {
  /** How many frames took so many steps. */
  readonly #counts = new Map<number, number>();
  #frames = 0;
  #lastAtMs: number | undefined;

  /** Frames whose length is known: each but the first, and the first after a pause. */
  get frames(): number {
    return this.#frames;
  }

  /** @param atMs of `requestAnimationFrame` */
  frame(atMs: number): void {
    if (this.#lastAtMs !== undefined) {
      const steps = Math.round((atMs - this.#lastAtMs) / STEP_MS);
      this.#counts.set(steps, (this.#counts.get(steps) ?? 0) + 1);
      this.#frames += 1;
    }
    this.#lastAtMs = atMs;
  }

  /** What lies between the last frame and the next one is no frame: the page was hidden. */
  pause(): void {
    this.#lastAtMs = undefined;
  }

  clear(): void {
    this.#counts.clear();
    this.#frames = 0;
    this.pause();
  }

  /** p99 of how much longer than the display's own time a frame took, in ms. */
  get delayP99Ms(): number {
    return this.#frames === 0 ? 0 : this.#quantile(0.99) - this.#quantile(PERIOD_QUANTILE);
  }

  /** From 0 to 1: of the frames that the display had time for, those that were not drawn. */
  get droppedShare(): number {
    const periodMs = this.#quantile(PERIOD_QUANTILE);
    let dropped = 0;
    for (const [steps, count] of this.#counts) dropped += count * Math.max(0, Math.round((steps * STEP_MS) / periodMs) - 1);
    return dropped === 0 ? 0 : dropped / (this.#frames + dropped);
  }

  /** The least time that so many frames did not exceed: Hyndman and Fan's type 1, which needs no more than counts. */
  #quantile(probability: number): number {
    let left = Math.max(1, Math.ceil(probability * this.#frames));
    for (const [steps, count] of [...this.#counts].toSorted(([a], [b]) => a - b)) {
      left -= count;
      if (left <= 0) return steps * STEP_MS;
    }
    return Number.NaN;
  }
}
