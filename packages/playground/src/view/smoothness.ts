import { quantile } from "../replay/cells.ts";
import { find, write } from "./dom.ts";

/** The Long Tasks API's own bar. */
const LONG_TASK_MS = 50;
/** A frame that comes later than one and a half of the usual was dropped, or the one before it. */
const LATE_FRAMES = 1.5;

/** Counts what a person would feel as a page that stutters: tasks over 50 ms, and frames that came late, while text streams. */
export class Smoothness {
  readonly #place = find("#smoothness", HTMLElement);
  readonly #isLive: () => boolean;
  #longTasks = 0;
  #longestMs = 0;
  #frames = 0;
  #dropped = 0;
  #lastAt = 0;
  /** The shortest time between two frames that was seen: the display's own. */
  #periodMs = Infinity;
  #watching = false;
  /** How much later than the display's own period each frame came. */
  #delaysMs: number[] = [];

  constructor(isLive: () => boolean) {
    this.#isLive = isLive;
    // Firefox and Safari have no long tasks.
    if (PerformanceObserver.supportedEntryTypes.includes("longtask")) {
      new PerformanceObserver((list) => {
        if (!this.#watching) return;
        for (const { duration } of list.getEntries()) {
          this.#longTasks += 1;
          this.#longestMs = Math.max(this.#longestMs, duration);
        }
      }).observe({ type: "longtask" });
    }
  }

  /** Begins to count anew. */
  watch(): void {
    this.#longTasks = this.#longestMs = this.#frames = this.#dropped = 0;
    this.#delaysMs = [];
    if (this.#watching) return;
    this.#watching = true;
    this.#lastAt = performance.now();
    requestAnimationFrame((atMs) => this.#frame(atMs));
  }

  /** p99 of how late frames came, in ms. */
  get delayP99Ms(): number {
    return this.#delaysMs.length === 0 ? 0 : quantile(this.#delaysMs, 0.99);
  }

  #frame(atMs: number): void {
    const tookMs = atMs - this.#lastAt;
    this.#lastAt = atMs;
    // A page that was hidden had no frames to drop.
    if (tookMs > 0 && tookMs < 1_000 && !document.hidden) {
      this.#frames += 1;
      this.#periodMs = Math.min(this.#periodMs, Math.max(tookMs, 1_000 / 240));
      this.#delaysMs.push(tookMs - this.#periodMs);
      if (this.#frames > 10 && tookMs > this.#periodMs * LATE_FRAMES) this.#dropped += Math.round(tookMs / this.#periodMs) - 1;
    }
    if (this.#frames % 30 === 0 || !this.#isLive()) this.#show();
    if (this.#isLive()) requestAnimationFrame((next) => this.#frame(next));
    else this.#watching = false;
  }

  #show(): void {
    const longest = this.#longTasks === 0 ? "" : `, the longest ${Math.round(this.#longestMs)} ms`;
    const share = this.#frames === 0 ? 0 : (this.#dropped / (this.#frames + this.#dropped)) * 100;
    write(
      this.#place,
      `This page while text streamed: ${this.#longTasks} tasks over ${LONG_TASK_MS} ms${longest}; ${share.toFixed(1)} % of frames dropped.`,
    );
  }
}
