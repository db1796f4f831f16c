import { countNumbers } from "@agent-transports/lab/integrity";

/** What became of an answer, as a person sees it. */
export interface Seen {
  /** The exact text, once. */
  readonly whole: boolean;
  /** In tokens. */
  readonly lost: number;
  readonly repeated: number;
  readonly reordered: number;
}

const NUMBERED = /w(\d+) /g;

/** The numbers of the tokens in a text (`tokenText`), however it was cut into deltas. */
function numbersIn(text: string): number[] {
  return Array.from(text.matchAll(NUMBERED), ([, number]) => Number(number));
}

/** @param tokens those of the whole answer, numbered */
export function seenOf(text: string, tokens: readonly string[]): Seen {
  return { whole: text === tokens.join(""), ...countNumbers(numbersIn(text), tokens.length) };
}

interface Progress {
  readonly at: number;
  readonly tokens: number;
}

/** An answer as it is displayed, whichever client displays it: by its whole text, each time that it changes. */
export class WatchedAnswer {
  readonly tokens: readonly string[];
  /** Where there was more of it than ever before: how many tokens. */
  readonly progress: Progress[] = [];
  readonly #now: () => number;
  readonly #text: string;
  #shown = "";
  #highest = -1;
  #changedAt: number;

  constructor(tokens: readonly string[], now: () => number) {
    this.tokens = tokens;
    this.#text = tokens.join("");
    this.#now = now;
    this.#changedAt = now();
  }

  /** @param text all that is displayed of the answer now */
  show(text: string): void {
    if (text === this.#shown) return;
    const added = text.startsWith(this.#shown) ? text.slice(this.#shown.length) : text;
    this.#shown = text;
    this.#changedAt = this.#now();
    const highest = numbersIn(added).reduce((most, number) => Math.max(most, number), -1);
    if (highest <= this.#highest) return;
    this.#highest = highest;
    this.progress.push({ at: this.#changedAt, tokens: highest + 1 });
  }

  get text(): string {
    return this.#shown;
  }

  get isWhole(): boolean {
    return this.#shown === this.#text;
  }

  /** When its text changed last. */
  get changedAt(): number {
    return this.#changedAt;
  }

  get seen(): Seen {
    return seenOf(this.#shown, this.tokens);
  }
}

/** One time that a Worker was killed. */
export interface Kill {
  readonly killedAt: number;
  /** The next one listened. */
  readonly listenedAt: number;
}

/** How long readers waited for the next new token: from each kill that hit the answer. */
export interface Waits {
  readonly fromKillMs: readonly number[];
  /** Without those of kills behind which there was another before any new token. */
  readonly fromListeningMs: readonly number[];
}

/** @param kills those while the answer was not over, in order */
export function waitsAfter(kills: readonly Kill[], progress: readonly Progress[]): Waits {
  const fromKillMs: number[] = [];
  const fromListeningMs: number[] = [];
  for (const [index, { killedAt, listenedAt }] of kills.entries()) {
    // What was in the socket at the kill is read a moment later.
    const next = progress.find(({ at }) => at > listenedAt)?.at;
    if (next === undefined) continue;
    fromKillMs.push(next - killedAt);
    if (next < (kills[index + 1]?.killedAt ?? Infinity)) fromListeningMs.push(next - listenedAt);
  }
  return { fromKillMs, fromListeningMs };
}

/** One time that a model was asked for an answer. */
interface AskedAt {
  readonly requestAt: number;
  readonly knew: number;
}

/**
 * Tokens that a reader had seen when the agent was killed, and that the model was not shown when it was next asked to go on: it must say them anew, and a real one may say others.
 *
 * @param asked in order
 */
export function forgottenAfter(kills: readonly Kill[], progress: readonly Progress[], asked: readonly AskedAt[]): number {
  let forgotten = 0;
  for (const [index, { killedAt, listenedAt }] of kills.entries()) {
    const next = asked.find(({ requestAt }) => requestAt > killedAt);
    if (next === undefined || next.requestAt > (kills[index + 1]?.killedAt ?? Infinity)) continue;
    const seen = progress.findLast(({ at }) => at <= listenedAt)?.tokens ?? 0;
    forgotten += Math.max(0, seen - next.knew);
  }
  return forgotten;
}
