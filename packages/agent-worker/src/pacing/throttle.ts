/**
 * First at once, then collect: what comes after a quiet moment may go on at once, and what comes within a window after that goes on together, when the window
 * ends. (Both edges of a throttle.)
 *
 * Whoever uses it keeps what waits. Most windows pass with nothing in them, and cost no timer.
 */
export class Throttle {
  readonly #windowMs: () => number;
  readonly #onDue: () => void;
  readonly #share: number;
  #openMs = 0;
  #openUntil = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param windowMs asked when a window opens
   * @param onDue called when the window has ended in which {@link due} said no
   * @param share of the window after which what comes goes on at once, with what waits. Where things come at a pace, fewer just miss the end of a window, and
   * then wait for all of the next
   */
  constructor(windowMs: () => number, onDue: () => void, share = 1) {
    this.#windowMs = windowMs;
    this.#onDue = onDue;
    this.#share = share;
  }

  /** Whether what waits may go on now; if not, `onDue` is called as soon as it may. To be asked only where something waits. */
  due(): boolean {
    if (this.#timer !== undefined && this.#share === 1) return false;
    // A clock that is set back lengthens no window.
    const leftMs = Math.min(this.#openUntil - Date.now(), this.#openMs);
    if (leftMs <= this.#openMs - this.#openMs * this.#share) return true;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      // It is due now, whatever the clock says: in a Worker it may stand still.
      this.#openUntil = 0;
      this.#onDue();
    }, leftMs);
    return false;
  }

  /** What waited goes on: a window opens. */
  passed(): void {
    this.stop();
    this.#openMs = this.#windowMs();
    this.#openUntil = Date.now() + this.#openMs;
  }

  /** No `onDue` is called any more for what waits now. */
  stop(): void {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
