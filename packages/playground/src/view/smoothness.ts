import { find, write } from "./dom.ts";
import { FrameTimes } from "./frame-times.ts";

/** The Long Tasks API's own bar. */
const LONG_TASK_MS = 50;
const SHOW_EVERY_FRAMES = 30;

/** Counts what a person would feel as a page that stutters: tasks over 50 ms, and frames that were dropped, while text streams. */
export class Smoothness {
  readonly #place = find("#smoothness", HTMLElement);
  readonly #isLive: () => boolean;
  readonly #frames = new FrameTimes();
  /** Firefox and Safari do not tell of long tasks. */
  readonly #observer: PerformanceObserver | undefined;
  #longTasks = 0;
  #longestMs = 0;
  #watching = false;

  constructor(isLive: () => boolean) {
    this.#isLive = isLive;
    // A page that is hidden, or in the back/forward cache, has no frames: not even one to say so.
    for (const event of ["visibilitychange", "pageshow"]) addEventListener(event, () => this.#frames.pause(), { capture: true });
    if (!PerformanceObserver.supportedEntryTypes.includes("longtask")) return;
    this.#observer = new PerformanceObserver((list) => this.#count(list.getEntries()));
    this.#observer.observe({ type: "longtask" });
  }

  /** Begins to count anew. */
  watch(): void {
    // What was before the question, and was not told yet.
    this.#observer?.takeRecords();
    this.#longTasks = this.#longestMs = 0;
    this.#frames.clear();
    if (this.#watching) return;
    this.#watching = true;
    requestAnimationFrame((atMs) => this.#frame(atMs));
  }

  /** p99 of how much longer than the display's own time a frame took, in ms. */
  get delayP99Ms(): number {
    return this.#frames.delayP99Ms;
  }

  #count(tasks: PerformanceEntryList): void {
    if (!this.#watching) return;
    this.#longTasks += tasks.length;
    for (const { duration } of tasks) this.#longestMs = Math.max(this.#longestMs, duration);
  }

  #frame(atMs: number): void {
    this.#frames.frame(atMs);
    const live = this.#isLive();
    if (!live || this.#frames.frames % SHOW_EVERY_FRAMES === 0) this.#show();
    if (live) requestAnimationFrame((next) => this.#frame(next));
    else this.#watching = false;
  }

  #show(): void {
    this.#count(this.#observer?.takeRecords() ?? []);
    if (this.#frames.frames === 0) return;
    write(
      this.#place,
      `This page while text streamed: ${this.#inWords()}; ${(this.#frames.droppedShare * 100).toFixed(1)} % of frames dropped.`,
    );
  }

  #inWords(): string {
    if (this.#observer === undefined) return `this browser does not tell of tasks over ${LONG_TASK_MS} ms`;
    const longest = this.#longTasks === 0 ? "" : `, the longest ${Math.round(this.#longestMs)} ms`;
    return `${this.#longTasks} ${this.#longTasks === 1 ? "task" : "tasks"} over ${LONG_TASK_MS} ms${longest}`;
  }
}
