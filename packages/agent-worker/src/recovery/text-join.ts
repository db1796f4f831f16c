/** An overlap that is shorter is more likely chance than a repetition. */
const LEAST_OVERLAP = 8;
/** A model that began an answer again and agrees with it so far has begun it again, and not gone on with it. */
const STARTED_OVER = 40;
/** So many of the last characters the model is asked to repeat. */
const ANCHOR_CHARS = 120;

/** The model began the answer again, in other words: what it says now does not go on with what readers have. */
export class StartedOverError extends Error {
  override readonly name = "StartedOverError";

  constructor() {
    super("The model began its answer again, in other words, where it was asked to go on with it.");
  }
}

/** The last words of a text, for the model to repeat. They begin with a whole word. */
export function anchorOf(text: string): string {
  if (text.length <= ANCHOR_CHARS) return text;
  const end = text.slice(-ANCHOR_CHARS);
  const space = end.search(/\s\S/);
  return space === -1 ? end : end.slice(space + 1);
}

/**
 * Where a model goes on with a text that it had begun: takes away what it says again.
 *
 * The rule: what the new text begins with and the old one ends with is said once. That is the old text as a whole, or some of its last words: at least
 * {@link LEAST_OVERLAP} characters, from the beginning of a word. White space where the two meet is the old text's, if it ends with some, and does not count
 * in an overlap. Where nothing is repeated, one space is put between two words that would touch. So long as more of the new text could be a repetition, it
 * waits.
 */
export class TextJoin {
  /** Without the white space at its end. */
  readonly #said: string;
  readonly #endsWithSpace: boolean;
  /** Beginnings of the overlaps that are possible, longest first. */
  readonly #starts: readonly number[];
  #waiting = "";
  #decided = false;
  /** Something of the new text is behind the old. */
  #joined = false;

  constructor(said: string) {
    const text = (this.#said = said.trimEnd());
    this.#endsWithSpace = text.length < said.length;
    const least = text.length - LEAST_OVERLAP;
    this.#starts = text === "" ? [] : [0, ...[...text.matchAll(/(?<=\s)\S/g)].map(({ index }) => index).filter((at) => at <= least)];
  }

  /** What of this delta is new. @throws StartedOverError */
  add(delta: string): string {
    if (this.#decided) return this.#behind(delta);
    this.#waiting += delta;
    const text = this.#waiting.trimStart();
    if (this.#starts.some((start) => this.#said.length - start > text.length && this.#said.startsWith(text, start))) return "";
    return this.#decide();
  }

  /** What still waits, where no more comes. @throws StartedOverError */
  end(): string {
    return this.#decided ? "" : this.#decide();
  }

  #decide(): string {
    this.#decided = true;
    const text = this.#waiting.trimStart();
    const start = this.#starts.find((at) => text.startsWith(this.#said.slice(at)));
    if (start !== undefined) return this.#behind(text.slice(this.#said.length - start));
    if (commonLength(text, this.#said) >= STARTED_OVER) throw new StartedOverError();
    const touch = !this.#endsWithSpace && /[\p{L}\p{N}.,;:!?)]$/u.test(this.#said) && /^[\p{L}\p{N}(]/u.test(this.#waiting);
    return this.#behind(touch ? ` ${this.#waiting}` : this.#waiting);
  }

  #behind(text: string): string {
    if (this.#joined || !this.#endsWithSpace) return text;
    const trimmed = text.trimStart();
    this.#joined = trimmed !== "";
    return trimmed;
  }
}

function commonLength(one: string, other: string): number {
  let at = 0;
  while (at < one.length && at < other.length && one.charCodeAt(at) === other.charCodeAt(at)) at += 1;
  return at;
}
