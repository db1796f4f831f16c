/** An overlap that the model was not asked for, and that is shorter, is more likely chance than a repetition. */
const LEAST_OVERLAP = 8;
/** Where so much of a text is known already, the model says it again: it has begun anew, or misquotes. */
const SAID_BEFORE = 24;
/** So many of the last characters, about, the model is asked to repeat: it writes, and is paid for, some 16 tokens again. */
const ANCHOR_CHARS = 64;

/** The model said again what it had said, in other words or from another place: nothing shows where the new text goes on with the old. */
export class StartedOverError extends Error {
  override readonly name = "StartedOverError";

  constructor() {
    super("The model said again what it had said, where it was asked to go on.");
  }
}

/** The last words of a text, without the white space at its end, for the model to repeat. */
export function anchorOf(text: string): string {
  const said = text.trimEnd();
  if (said.length <= ANCHOR_CHARS) return said;
  const from = said.length - ANCHOR_CHARS;
  // At the beginning of a word, where there is one soon; else between two characters, and not within one.
  const space = said.slice(from, from + ANCHOR_CHARS / 2).search(/\s\S/);
  const start = space === -1 ? from : from + space + 1;
  return said.slice(isLowSurrogate(said.charCodeAt(start)) ? start + 1 : start);
}

/**
 * Where a model goes on with a text that it had begun: takes away what it says again.
 *
 * The rule. Texts are compared without regard to case, to the kind of quotes, and to how much white space there is; quotes and dots before the new text do not
 * count. The new text goes on
 *
 * 1. behind the last words that the model was asked to repeat ({@link anchorOf}), where it begins with them;
 * 2. else behind the whole old text, where it begins with that;
 * 3. else behind the longest overlap: what the old text ends with and the new one begins with, from the beginning of a word, of at least
 *    {@link LEAST_OVERLAP} characters;
 * 4. else behind nothing. Then a space is put between two words that would touch. But where its first {@link SAID_BEFORE} characters are somewhere in the old text,
 *    it is no continuation: {@link StartedOverError}.
 *
 * White space at the old text's end that comes again is left out. So long as more of the new text could be a repetition, it waits.
 */
export class TextJoin {
  readonly #said: string;
  readonly #saidPlain: Plain;
  /** The white space at its end. */
  readonly #space: string;
  /** Where the candidates of the rule begin in the old text, the best first. */
  readonly #starts: readonly number[];
  #waiting = "";
  /** So much must wait before it is looked at again. */
  #looksAt = 0;
  #decided = false;
  /** How much of {@link #space} came again. */
  #spaceSeen = 0;

  constructor(said: string) {
    this.#said = said.trimEnd();
    this.#space = said.slice(this.#said.length);
    this.#saidPlain = plainOf(this.#said);
    const { text } = this.#saidPlain;
    // What comes again comes without the white space before it.
    const lead = text.startsWith(" ") ? 1 : 0;
    const anchor = Math.max(lead, text.length - plainOf(anchorOf(said)).text.length);
    const words = [...text.matchAll(/(?<= )\S/g)].map(({ index }) => index).filter((at) => at <= text.length - LEAST_OVERLAP);
    this.#starts = text === "" ? [] : [anchor, lead, ...words];
  }

  /** What of this delta is new. @throws StartedOverError */
  add(delta: string): string {
    if (this.#decided) return this.#behind(delta);
    this.#waiting += delta;
    const { length } = this.#waiting;
    if (length < this.#looksAt) return "";
    // To look at all that waits with each delta would take the square of a long text.
    this.#looksAt = length < 256 ? length + 1 : Math.ceil(length * 1.2);
    return this.#mayRepeat() ? "" : this.#decide();
  }

  /** What still waits, where no more comes. @throws StartedOverError */
  end(): string {
    return this.#decided ? "" : this.#decide();
  }

  /** Whether more of the new text could make it a repetition. */
  #mayRepeat(): boolean {
    const { text: said } = this.#saidPlain;
    return beginningsOf(this.#waiting).some((given) => {
      const { text } = plainOf(given);
      if (this.#starts.some((start) => said.length - start > text.length && said.startsWith(text, start))) return true;
      return text.length < SAID_BEFORE && text !== "" && said.includes(text);
    });
  }

  #decide(): string {
    this.#decided = true;
    const { text: said } = this.#saidPlain;
    if (said === "") return this.#behind(this.#waiting);
    for (const given of beginningsOf(this.#waiting)) {
      const { text, ends } = plainOf(given);
      const start = this.#starts.find((at) => text.startsWith(said.slice(at)));
      if (start !== undefined) return this.#behind(given.slice(ends[said.length - start - 1]));
      if (text.length >= SAID_BEFORE && said.includes(text.slice(0, SAID_BEFORE))) throw new StartedOverError();
    }
    return this.#space === "" && wouldTouch(this.#said, this.#waiting) ? ` ${this.#waiting}` : this.#waiting;
  }

  /** Without the white space that the old text has. */
  #behind(text: string): string {
    let at = 0;
    while (this.#spaceSeen < this.#space.length && at < text.length) {
      if (text[at] !== this.#space[this.#spaceSeen]) this.#spaceSeen = this.#space.length;
      else {
        at += 1;
        this.#spaceSeen += 1;
      }
    }
    return text.slice(at);
  }
}

/** A text as it is compared, and where each of its characters ends in the text itself. */
interface Plain {
  readonly text: string;
  readonly ends: readonly number[];
}

const QUOTES = /[\u2018\u2019\u201a\u201b\u2032`]/;
const DOUBLE_QUOTES = /[\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033]/;

function plainOf(text: string): Plain {
  let plain = "";
  const ends: number[] = [];
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at);
    if (/\s/.test(char)) {
      if (plain.endsWith(" ")) {
        ends[ends.length - 1] = at + 1;
        continue;
      }
      plain += " ";
    } else if (QUOTES.test(char)) plain += "'";
    else if (DOUBLE_QUOTES.test(char)) plain += '"';
    else {
      const lower = char.toLowerCase();
      // One for one, so that places can be counted.
      plain += lower.length === 1 ? lower : char;
    }
    ends.push(at + 1);
  }
  return { text: plain, ends };
}

/** A new text as it is, and without what a model puts before words that it quotes. */
function beginningsOf(text: string): readonly string[] {
  return [text.trimStart(), withoutLead(text)];
}

function withoutLead(text: string): string {
  return text.replace(/^[\s"'\u2018\u2019\u201c\u201d\u201e\u00ab\u00bb>\u2026]*\.{0,3}\s*/u, "");
}

const SPACELESS = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;

/** Whether two words would be one. Two digits may be one number, and not every script has spaces. */
function wouldTouch(said: string, more: string): boolean {
  const [last, first] = [lastOf(said), /^./su.exec(more)?.[0] ?? ""];
  if (SPACELESS.test(last) || SPACELESS.test(first)) return false;
  if (/\d[.,]?$/.test(said) && /\d/.test(first)) return false;
  return /[\p{L}\p{N}.,;:!?)]/u.test(last) && /[\p{L}\p{N}(]/u.test(first);
}

function lastOf(text: string): string {
  return /.$/su.exec(text)?.[0] ?? "";
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit < 0xe000;
}
