import { quantile } from "../replay/cells.ts";
import { find, write } from "./dom.ts";

/** The Long Tasks API's own bar. */
const LONG_TASK_MS = 50;
/** A frame's time that some frames still keep on a busy machine. The shortest is no measure: two may come close together after one that was late. */
const PERIOD_QUANTILE = 0.2;
/** A minute of frames. */
const FRAMES_MAX = 3_600;
const SHOW_EVERY = 30;

/** Counts what a person would feel as a page that stutters: tasks over 50 ms, and frames that were dropped, while text streams. */
export class Smoothness {
  readonly #place = find("#smoothness", HTMLElement);
  readonly #isLive: () => boolean;
  /** How long each frame took, in ms. */
  #frames: number[] = [];
  #longTasks = 0;
  #longestMs = 0;
  #lastAt: number | undefined;
  #watching = false;

  constructor(isLive: () => boolean) {
    this.#isLive = isLive;
    // Firefox and Safari have no long tasks.
    if (!PerformanceObserver.supportedEntryTypes.includes("longtask")) return;
    new PerformanceObserver((list) => {
      if (!this.#watching) return;
      for (const { duration } of list.getEntries()) {
        this.#longTasks += 1;
        this.#longestMs = Math.max(this.#longestMs, duration);
      }
    }).observe({ type: "longtask" });
  }

  /** Begins to count anew. */
  watch(): void {
    this.#longTasks = this.#longestMs = 0;
    this.#frames = [];
    this.#lastAt = undefined;
    if (this.#watching) return;
    this.#watching = true;
    requestAnimationFrame((atMs) => this.#frame(atMs));
  }

  /** p99 of how much longer than the display's own time a frame took, in ms. */
  get delayP99Ms(): number {
    return this.#frames.length === 0 ? 0 : quantile(this.#frames, 0.99) - this.#periodMs;
  }

  get #periodMs(): number {
    return quantile(this.#frames, PERIOD_QUANTILE);
  }

  #frame(atMs: number): void {
    // A page that is hidden has no frames to drop.
    if (document.hidden) this.#lastAt = undefined;
    else {
      if (this.#lastAt !== undefined && this.#frames.length < FRAMES_MAX) this.#frames.push(atMs - this.#lastAt);
      this.#lastAt = atMs;
    }
    const live = this.#isLive();
    if (!live || this.#frames.length % SHOW_EVERY === 0) this.#show();
    if (live) requestAnimationFrame((next) => this.#frame(next));
    else this.#watching = false;
  }

  #show(): void {
    if (this.#frames.length === 0) return;
    const periodMs = this.#periodMs;
    const dropped = this.#frames.reduce((sum, tookMs) => sum + Math.max(0, Math.round(tookMs / periodMs) - 1), 0);
    const share = (dropped / (this.#frames.length + dropped)) * 100;
    const longest = this.#longTasks === 0 ? "" : `, the longest ${Math.round(this.#longestMs)} ms`;
    write(
      this.#place,
      `This page while text streamed: ${this.#longTasks} tasks over ${LONG_TASK_MS} ms${longest}; ${share.toFixed(1)} % of frames dropped.`,
    );
  }
}
