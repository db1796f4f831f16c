import type { RunEvent } from "@agent-transports/client-core";
import { TransportError } from "@agent-transports/client-core";
import { parseEventId } from "@agent-transports/protocol";
import { givenJsonOf, hashOf, jsonOf } from "../history/hash.ts";
import type { Seen, View, ViewEnd } from "../history/history.ts";
import type { Reads } from "../plan/scenario.ts";
import type { SubjectRun } from "./subject.ts";
import { pause } from "./wait.ts";

/** How a reader left a run: it had enough, or it came to its end. */
export type Left = "enough" | ViewEnd;

/** Keeps what one reader is given, over all of its legs. */
export class Reader {
  readonly name: string;
  readonly events: Seen[] = [];
  #after: string | null = null;
  #end: ViewEnd = { kind: "waits" };
  mayBeGone = false;
  /** It has asked for something. */
  began = false;
  #reconnects = 0;
  #waitsInVain = false;
  readonly #patienceMs: number;

  constructor(name: string, patienceMs: number) {
    this.name = name;
    this.#patienceMs = patienceMs;
  }

  beginsBehind(id: string | undefined): void {
    this.#after = id ?? null;
  }

  /** The number of the last event that it has; 0: none. */
  get lastSeq(): number {
    return parseEventId(this.events.at(-1)?.id ?? "")?.seq ?? 0;
  }

  /** It was given nothing for longer than it has patience, and left. */
  get waitsInVain(): boolean {
    return this.#waitsInVain;
  }

  /** Connections behind the first of each leg. */
  get reconnects(): number {
    return this.#reconnects;
  }

  /**
   * Reads one leg.
   *
   * @param onEvent called with each count of events; `true`: that is enough
   * @param reads the small client leaves bytes as the wire has them
   * @param closed where it has enough because its page is closed: waits until that is done. What the page had in its hands it never was done with
   */
  async read(
    run: SubjectRun,
    slowMs: number,
    onEvent: (count: number) => boolean,
    reads: Reads,
    closed?: () => Promise<void>,
  ): Promise<Left> {
    this.began = true;
    let heardAt = performance.now();
    let opened = 0;
    const forget = run.onStateChange(({ to }) => {
      if (to === "open" && (opened += 1) > 1) this.#reconnects += 1;
    });
    const watch = setInterval(() => {
      if (performance.now() - heardAt < this.#patienceMs) return;
      this.#waitsInVain = true;
      run.close();
    }, 1_000);
    try {
      for await (const batch of reads === "batches" && run.batches !== undefined ? run.batches() : singly(run)) {
        heardAt = performance.now();
        let enough = false;
        for (const event of batch) {
          this.#take(event, reads === "core" ? jsonOf : givenJsonOf);
          enough = onEvent(this.events.length) || enough;
        }
        // A batch is the application's as a whole: the cursor is behind it.
        if (enough) {
          await closed?.();
          if (closed !== undefined) this.events.length -= batch.length;
          return "enough";
        }
        if (slowMs > 0) await pause(slowMs);
      }
      return (this.#end = { kind: "ended", state: run.end?.state });
    } catch (error) {
      if (this.#waitsInVain) return (this.#end = { kind: "waits" });
      return (this.#end = { kind: "error", code: error instanceof TransportError ? error.code : "thrown", message: String(error) });
    } finally {
      clearInterval(watch);
      forget();
    }
  }

  /** A page found nothing of the run. */
  findsNothing(): void {
    this.#end = { kind: "error", code: "not_restored", message: "Nothing was remembered of the run." };
  }

  get view(): View {
    return { reader: this.name, after: this.#after, events: this.events, end: this.#end, mayBeGone: this.mayBeGone };
  }

  #take({ id, data }: RunEvent, toJson: (chunk: object) => string): void {
    this.events.push({ id, hash: hashOf(toJson(data)), at: performance.now() });
  }
}

async function* singly(run: SubjectRun): AsyncGenerator<readonly RunEvent[]> {
  for await (const event of run) yield [event];
}
