import { Throttle } from "./throttle.ts";

/**
 * Two throttles for what is collected together: pieces of a text wait for a window of their own, and everything else for a short one.
 *
 * What goes on takes all that waits with it, so that the order stays. The window of pieces opens only behind pieces: the first one of a text goes on at once.
 */
export class DeltaThrottle {
  readonly #soon: Throttle;
  readonly #deltas: Throttle;

  /**
   * @param windows in ms, asked when a window opens: `soon` of everything, `deltas` of pieces of a text
   * @param onDue called when a window has ended in which {@link due} said no
   * @param share of the window of pieces after which the next piece goes on at once
   */
  constructor(windows: { readonly soon: () => number; readonly deltas: () => number }, onDue: () => void, share: number) {
    this.#soon = new Throttle(windows.soon, onDue);
    this.#deltas = new Throttle(windows.deltas, onDue, share);
  }

  /** Whether what waits may go on now; if not, `onDue` is called as soon as it may. @param onlyDeltas whether nothing else waits */
  due(onlyDeltas: boolean): boolean {
    return (onlyDeltas ? this.#deltas : this.#soon).due();
  }

  /** What waited goes on. @param deltas whether there are pieces of a text in it */
  passed(deltas: boolean): void {
    this.#soon.passed();
    if (deltas) this.#deltas.passed();
    else this.#deltas.stop();
  }

  /** No `onDue` is called any more for what waits now. */
  stop(): void {
    this.#soon.stop();
    this.#deltas.stop();
  }
}
