import { armOf } from "../client-arms.ts";
import type { Figures, JobOf } from "../job.ts";
import { Sequence } from "../sequence.ts";
import { collect, heldBytes, settledBytes } from "./held-memory.ts";

const SAMPLE_MS = 5;
/** So often everything that can be collected is. */
const COLLECT_EVERY_SAMPLES = 40;

/**
 * Reads a run whose application takes an event each millisecond. A client that waits for its application is held up by it; of one that cannot
 * be, the application keeps what has come, as it must.
 *
 * @returns `heldBytes`: the most that was still held right after a collection, of which there are five a second; `peakBytes`: the most between them,
 * with what is garbage by then; both above the level before; `wallMs`
 */
export async function readSlowly({ arm, url, events }: JobOf<"slow-reader">): Promise<Figures> {
  const client = armOf(arm).connect({ url: new URL(url) });
  const sequence = new Sequence(events);
  const application = new SlowApplication((text) => sequence.see(text));
  const level = await settledBytes();
  let peak = level;
  let held = level;
  let samples = 0;
  const sampling = setInterval(() => {
    peak = Math.max(peak, heldBytes());
    samples += 1;
    if (samples % COLLECT_EVERY_SAMPLES !== 0) return;
    collect();
    held = Math.max(held, heldBytes());
  }, SAMPLE_MS);
  const startedAt = performance.now();
  const reading = client.open("slow", (text) => application.take(text));
  await Promise.race([sequence.complete, reading.failed]);
  clearInterval(sampling);
  reading.close();
  client.close();
  return { heldBytes: held - level, peakBytes: peak - level, wallMs: performance.now() - startedAt };
}

/** Takes one thing a millisecond; the others wait in it. */
class SlowApplication {
  readonly #use: (text: string) => void;
  #waiting: { readonly text: string; readonly done: () => void }[] = [];
  #busy = false;

  constructor(use: (text: string) => void) {
    this.#use = use;
  }

  /** Resolves once it was used. */
  take(text: string): Promise<void> {
    return new Promise((done) => {
      this.#waiting.push({ text, done });
      if (!this.#busy) void this.#work();
    });
  }

  async #work(): Promise<void> {
    this.#busy = true;
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      this.#use(next.text);
      next.done();
    }
    this.#busy = false;
  }
}
