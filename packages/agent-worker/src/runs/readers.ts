import type { ReaderTransport } from "../observability/observe.ts";
import type { RequestError } from "../wire/errors.ts";
import { tooMany } from "../wire/limits.ts";

/** One that counts as a reader of a run. */
export interface CountedReader {
  readonly transport: ReaderTransport;
  /** When it was last given events, in ms since 1970; before the first, when it came. */
  readonly givenAt: number;
  /** Writes something that says nothing, where its transport has such a thing: a reader that left is noticed by a write, and by nothing else. */
  probe(): void;
  /** Ends it, because another takes its place. */
  evict(error: RequestError): void;
}

/**
 * The readers of an agent's runs, PROTOCOL.md §8.3.
 *
 * A reader that closed its connection while nothing is written to it looks like one that waits. Where a run has as many readers as it may, those that
 * can be looked after are, and plain text, in which nothing can be written that is not text, gives way.
 */
export class Readers {
  readonly #byRun: Map<string, Set<CountedReader>> = new Map();

  get count(): number {
    let count = 0;
    for (const readers of this.#byRun.values()) count += readers.size;
    return count;
  }

  /**
   * Counts one more reader of a run; gives back what counts it out.
   *
   * @param unsaid see StandingLimits
   * @throws RequestError `too_many_requests`, or `unsaid`
   */
  add(run: string, reader: CountedReader, most: number, unsaid?: RequestError): () => void {
    const readers = this.#byRun.get(run) ?? new Set();
    if (readers.size >= most) makeRoom(readers, most);
    if (readers.size >= most) throw unsaid ?? tooMany(`This run has ${most} readers already.`, most);
    readers.add(reader);
    this.#byRun.set(run, readers);
    return () => {
      readers.delete(reader);
      if (readers.size === 0 && this.#byRun.get(run) === readers) this.#byRun.delete(run);
    };
  }
}

function makeRoom(readers: ReadonlySet<CountedReader>, most: number): void {
  let silent: CountedReader | undefined;
  for (const reader of readers) {
    if (reader.transport === "text" && (silent === undefined || reader.givenAt < silent.givenAt)) silent = reader;
  }
  if (silent !== undefined)
    silent.evict(tooMany(`This run has ${most} readers already, and another took this one's place. Ask again.`, most));
  // Whoever comes now is refused; where a reader has left, there is room when they ask again.
  else for (const reader of readers) reader.probe();
}
