/** Shows tokens when they are due. Made anew for each replay; a hidden page catches up when it is shown. */
export class Player {
  readonly #arrivalsMs: readonly number[];
  readonly #show: (from: number, to: number) => void;
  #startedAt = 0;
  #shown = 0;
  #stopped = false;

  /** @param show is given the tokens from an index up to another, not included */
  constructor(arrivalsMs: readonly number[], show: (from: number, to: number) => void) {
    this.#arrivalsMs = arrivalsMs;
    this.#show = show;
  }

  start(): void {
    this.#startedAt = performance.now();
    requestAnimationFrame(() => this.#frame());
  }

  stop(): void {
    this.#stopped = true;
  }

  #frame(): void {
    if (this.#stopped) return;
    const nowMs = performance.now() - this.#startedAt;
    let due = this.#shown;
    while (due < this.#arrivalsMs.length && this.#arrivalsMs[due]! <= nowMs) due++;
    if (due > this.#shown) this.#show(this.#shown, due);
    this.#shown = due;
    if (due < this.#arrivalsMs.length) requestAnimationFrame(() => this.#frame());
  }
}
