import { pairGroups, resultsOf, type MeasuredRun } from "../export/results.ts";
import { quantile } from "../quantile.ts";
import { find, make, write } from "./dom.ts";

/** Timers that are set at once, 1 ms apart: nested ones would be held to 4 ms. */
const TIMERS = 50;

/** Keeps what was measured since the page was loaded, and gives it out as a file. */
export class ExportPanel {
  readonly #button = find("#export button", HTMLButtonElement);
  readonly #said = find("#exported", HTMLElement);
  readonly #startedAt = new Date().toISOString();
  readonly #runs: MeasuredRun[] = [];

  constructor() {
    this.#button.addEventListener("click", () => void this.#download());
  }

  keep(run: MeasuredRun): void {
    this.#runs.push(run);
    this.#button.disabled = false;
    const groups = pairGroups(this.#runs);
    write(
      this.#said,
      `${this.#runs.length} ${this.#runs.length === 1 ? "run" : "runs"}, ${groups} whole pair ${groups === 1 ? "group" : "groups"}.`,
    );
  }

  async #download(): Promise<void> {
    const lateness = await timerLateness();
    const results = resultsOf(this.#runs, {
      userAgent: navigator.userAgent,
      cores: navigator.hardwareConcurrency,
      timerLatenessMs: { p50: quantile(lateness, 0.5), p99: quantile(lateness, 0.99) },
      startedAt: this.#startedAt,
    });
    const url = URL.createObjectURL(new Blob([JSON.stringify(results)], { type: "application/json" }));
    make("a", { href: url, download: "results.json" }).click();
    // The browser has taken it by then.
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  }
}

function timerLateness(): Promise<number[]> {
  const setAt = performance.now();
  return Promise.all(
    Array.from(
      { length: TIMERS },
      (_, index) =>
        new Promise<number>((resolve) => setTimeout(() => resolve(Math.max(0, performance.now() - setAt - index - 1)), index + 1)),
    ),
  );
}
