import type { Reply, ReplySource } from "@agent-transports/lab/provider";

/** One request for an answer, and what the model said to it. */
export interface Asked {
  /** Which of the answer's tokens it began with: later than the first where it goes on with an answer. */
  readonly from: number;
  /** How many of its tokens the model was shown. */
  readonly knew: number;
  /** What the model was shown, in characters, without the wire's own. */
  readonly promptChars: number;
}

/**
 * A model that can be asked to go on with its answer, and does what it is asked for, exactly. Real models may not.
 *
 * - Where its own words are the last message (a prefill), it goes on right behind them.
 * - Where it is asked to write its last words again, it repeats these, and goes on from there.
 * - Otherwise it begins the answer.
 *
 * It says the same words each time, at the same rate, and the first at once.
 */
export class ContinuingModel {
  /** By request, the oldest first. */
  readonly asked: Asked[] = [];
  readonly #tokens: readonly string[];
  readonly #text: string;
  readonly #everyMs: number;

  /** @param tokens of the whole answer; no two are alike */
  constructor(tokens: readonly string[], everyMs: number) {
    this.#tokens = tokens;
    this.#text = tokens.join("");
    this.#everyMs = everyMs;
  }

  readonly reply: ReplySource = (request) => {
    const messages = messagesOf(request);
    const { behind, at } = this.#placeOf(messages.at(-1));
    const { from, pieces } = this.#from(at);
    this.asked.push({ from, knew: this.#tokensIn(behind), promptChars: messages.reduce((sum, { text }) => sum + text.length, 0) });
    const reply: Reply = { tokens: pieces, dueMs: pieces.map((_, index) => index * this.#everyMs) };
    return reply;
  };

  /** Up to where the model is shown its answer, and where in it it goes on. */
  #placeOf(last: Message | undefined): { readonly behind: number; readonly at: number } {
    const repeated = last?.role === "user" ? wordsToRepeat(last.text) : undefined;
    const words = last?.role === "assistant" ? last.text : repeated;
    if (words === undefined || words === "") return { behind: 0, at: 0 };
    const behind = this.#behind(words);
    return { behind, at: repeated === undefined ? behind : behind - this.#overlap(words) };
  }

  /** Right behind these words: those that it knows, where it does not know all of them. */
  #behind(words: string): number {
    const end = words.slice(-LAST_WORDS_CHARS);
    const at = this.#text.indexOf(end);
    if (at !== -1) return at + end.length;
    const token = this.#tokens.findLastIndex((one) => words.includes(one.trim()));
    return this.#tokens.slice(0, token + 1).join("").length;
  }

  /** How many characters of these words it says again. */
  #overlap(words: string): number {
    return this.#text.includes(words) ? words.length : 0;
  }

  /** How many tokens are before a place. White space behind one may have been taken off. */
  #tokensIn(place: number): number {
    let end = 0;
    const whole = this.#tokens.findIndex((token) => (end += token.length) - 1 > place);
    return whole === -1 ? this.#tokens.length : whole;
  }

  /** Its answer from a place on, in tokens, of which the first may be a part of one. */
  #from(place: number): { readonly from: number; readonly pieces: readonly string[] } {
    let start = 0;
    for (const [index, token] of this.#tokens.entries()) {
      const end = start + token.length;
      if (end > place) return { from: index, pieces: [token.slice(place - start), ...this.#tokens.slice(index + 1)] };
      start = end;
    }
    return { from: this.#tokens.length, pieces: [] };
  }
}

/** So many of the last characters say where in an answer they are: its tokens are numbered. */
const LAST_WORDS_CHARS = 100;

/** As our Agent asks it (`packages/agent-worker/src/recovery/context.ts`). */
const REPEAT = /\n\n([^]+)\n\nWrite these words again/;

function wordsToRepeat(text: string): string | undefined {
  return REPEAT.exec(text)?.[1];
}

interface Message {
  readonly role: string;
  readonly text: string;
}

/** Of either wire format. */
function messagesOf(request: unknown): readonly Message[] {
  const items = isRecord(request) ? (request["messages"] ?? request["input"]) : undefined;
  if (!Array.isArray(items)) return [];
  return items.filter(isRecord).map(({ role, content }) => ({ role: String(role), text: textOf(content) }));
}

function textOf(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content.map((part) => (isRecord(part) && typeof part["text"] === "string" ? part["text"] : "")).join("");
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

/** What was generated for an answer, of what it cost. */
export interface Paid {
  /** Tokens that were generated beyond one of each. */
  readonly tokensTwice: number;
  /** Of the prompts behind the first, at four characters a token. */
  readonly promptTokensAgain: number;
}

const CHARS_PER_TOKEN = 4;

/** @param generated how many tokens were generated for each request */
export function paidFor(asked: readonly Asked[], generated: readonly number[]): Paid {
  const once = new Set<number>();
  let all = 0;
  for (const [index, { from }] of asked.entries()) {
    const count = generated[index] ?? 0;
    all += count;
    for (let token = from; token < from + count; token++) once.add(token);
  }
  const again = asked.slice(1).reduce((sum, { promptChars }) => sum + promptChars, 0);
  return { tokensTwice: all - once.size, promptTokensAgain: Math.ceil(again / CHARS_PER_TOKEN) };
}
