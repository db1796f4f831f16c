import type { Recovery, Tried } from "../recovery/bounds.ts";
import type { UnendedRuns } from "./unended-runs.ts";

/** Why an answer does not go on: to be told, unless it is empty. */
export interface Over {
  readonly over: string;
  /** Its log must not be read any more: that may be what kills the agent. */
  readonly unread?: boolean;
}

export const NO_MORE: Over = { over: "" };

const UNTRIED: Tried = { attempts: 0, total: 0, amount: -1, repeatedTokens: 0, progressAt: 0 };

/**
 * Tries to go on with interrupted runs: each is noted, and the note is durable, before the turn in which its log is read. To read a large log may be what kills
 * the agent, and what the turn of a death wrote is gone with it.
 *
 * One after another: what a run takes to be read, it has to itself, and no try is noted of a run that was not come to.
 */
export class Tries {
  readonly #unended: UnendedRuns;
  readonly #durable: () => Promise<void>;
  #last: Promise<void> = Promise.resolve();

  /** @param durable resolves once all that was written before is */
  constructor(unended: UnendedRuns, durable: () => Promise<void>) {
    this.#unended = unended;
    this.#durable = durable;
  }

  /**
   * @param read reads the log, in one turn, given what was tried before; not called where that was too much
   */
  async begin<Found>(n: number, bounds: Recovery, read: (before: Tried | undefined) => Found): Promise<Found | Over> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const earlier = this.#last;
    this.#last = promise;
    try {
      await earlier;
      const { tried } = this.#unended.of(n);
      const before: Tried | undefined = tried === null ? undefined : JSON.parse(tried);
      if (before !== undefined && (before.attempts > bounds.attempts || before.total > bounds.attemptsInAll))
        return { over: `its agent died ${before.attempts} times before it could`, unread: true };
      const { attempts, total, ...rest } = before ?? UNTRIED;
      this.note(n, { ...rest, attempts: attempts + 1, total: total + 1 });
      await this.#durable();
      return read(before);
    } finally {
      resolve();
    }
  }

  note(n: number, tried: Tried): void {
    this.#unended.noteTried(n, JSON.stringify(tried));
  }

  /** Readers may have had what its log has not, and are told so: it does not go on in any life, whatever its log says by then. */
  noteLost(n: number): void {
    this.note(n, { ...UNTRIED, lost: true });
  }

  isLost(n: number): boolean {
    const { tried } = this.#unended.of(n);
    if (tried === null) return false;
    const { lost }: Tried = JSON.parse(tried);
    return lost === true;
  }
}

/** Between two tries; no longer than until the run is cancelled. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms <= 0 || signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener(
      "abort",
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}
