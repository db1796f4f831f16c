import { coalescedStream, type Coalescer } from "../pacing/coalesced-stream.ts";
import { providerDeltas, providerWindowMs, WAITING_MAX } from "../pacing/windows.ts";
import { runWindow } from "../pacing/run-window.ts";
import { concat } from "../wire/bytes.ts";

const LF = 10;
const CR = 13;

/** What a text delta's event is made of: `head "text" tail`. The text is as it stands in the JSON, so that joining parses nothing. */
interface Delta {
  readonly head: string;
  readonly text: string;
  readonly tail: string;
  /** `head` and `tail` without what may differ. */
  readonly like: string;
}

const STRING = String.raw`(?:[^"\\]|\\.)*`;
const PADDING = String.raw`"obfuscation":"[\w+/=-]*"`;
/** Only what is known to say nothing more when it is said twice. */
const AROUND_CHOICES = String.raw`"(?:id|object|model|service_tier|system_fingerprint|provider)":(?:"[^"\\]*"|null)|"created":\d+|"usage":null|${PADDING}`;
const AROUND_DELTA = String.raw`"index":\d+|"(?:logprobs|finish_reason|native_finish_reason|stop_reason|token_ids)":null`;
const AROUND_TEXT = String.raw`"(?:sequence_number|output_index|content_index)":\d+|"(?:type|item_id)":"[^"\\]*"|"logprobs":\[\]|${PADDING}`;
const CHAT = new RegExp(
  `^(data: \\{(?:(?:${AROUND_CHOICES}),)*"choices":\\[\\{(?:(?:${AROUND_DELTA}),)*"delta":\\{(?:"role":"assistant",)?"content":)` +
    `"(${STRING})"(\\}(?:,(?:${AROUND_DELTA}))*\\}\\](?:,(?:${AROUND_CHOICES}))*\\})$`,
);
const RESPONSES = new RegExp(
  `^(event: response\\.output_text\\.delta\\ndata: \\{(?:(?:${AROUND_TEXT}),)*"delta":)"(${STRING})"((?:,(?:${AROUND_TEXT}))*\\})$`,
);
/** A longer event is not a token's. */
const LONGEST_CHARS = 4_096;
const MAY_DIFFER = new RegExp(`"sequence_number":\\d+|${PADDING}`, "g");

/** Joins what can be of whole events: `text` ends with a blank line. */
export function joinEvents(text: string): string {
  const joiner = new Joiner();
  joiner.add(text);
  return joiner.take();
}

/** Whole events, joined as they come. */
class Joiner {
  #joined = "";
  #last: Delta | undefined;
  /** Events that are no pieces of a text. */
  others = 0;
  /** Pieces of a text. One that is empty, as in the event that only names a role, is none: the first words must not wait behind it. */
  deltas = 0;

  add(text: string): void {
    const blocks = text.split("\n\n");
    const rest = blocks.pop() ?? "";
    for (const block of blocks) {
      const delta = toDelta(block);
      if (delta === undefined || delta.text === "") this.others += 1;
      else this.deltas += 1;
      if (delta === undefined) {
        this.#flush();
        this.#joined += `${block}\n\n`;
      } else if (this.#last?.like === delta.like) {
        this.#last = { ...delta, text: this.#last.text + delta.text };
      } else {
        this.#flush();
        this.#last = delta;
      }
    }
    if (rest === "") return;
    this.#flush();
    this.#joined += rest;
  }

  take(): string {
    this.#flush();
    const joined = this.#joined;
    this.#joined = "";
    this.others = 0;
    this.deltas = 0;
    return joined;
  }

  #flush(): void {
    if (this.#last !== undefined) this.#joined += `${this.#last.head}"${this.#last.text}"${this.#last.tail}\n\n`;
    this.#last = undefined;
  }
}

function toDelta(block: string): Delta | undefined {
  if (block.length > LONGEST_CHARS) return undefined;
  const match = CHAT.exec(block) ?? RESPONSES.exec(block);
  if (match === null) return undefined;
  const [, head = "", text = "", tail = ""] = match;
  return { head, text, tail, like: `${head.replace(MAY_DIFFER, "")}\n${tail.replace(MAY_DIFFER, "")}` };
}

const encoder = new TextEncoder();

/** Whole events, joined; what is not yet whole waits for the rest, which a parser would wait for too. */
export class EventCoalescer implements Coalescer<Uint8Array, Uint8Array> {
  /** What goes on before what the joiner has. */
  #pieces: Uint8Array[] = [];
  readonly #joiner = new Joiner();
  /** The beginning of an event, as it came: put together once, however large the event and small the chunks. */
  #rest: Uint8Array[] = [];
  #restBytes = 0;
  /** Of all that came since something was passed on. */
  #bytes = 0;
  /** Lines end in something else than LF: nothing is known of such a stream, and nothing of it is joined. */
  #foreign = false;
  readonly #decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

  add(chunk: Uint8Array): undefined {
    this.#bytes += chunk.length;
    this.#foreign ||= chunk.includes(CR);
    const whole = this.#foreign ? chunk.length : endOfEvents(chunk, this.#rest.at(-1)?.at(-1) === LF);
    const events = whole === 0 ? undefined : this.#withRest(chunk.subarray(0, whole));
    const rest = chunk.subarray(whole);
    if (rest.length > 0) this.#rest.push(rest);
    this.#restBytes += rest.length;
    if (events === undefined) return;
    if (this.#foreign) return this.#pass(events);
    let text: string;
    try {
      text = this.#decoder.decode(events);
    } catch (error) {
      if (error instanceof TypeError) return this.#pass(events); // Not UTF-8: whoever parses it decides what it is.
      throw error;
    }
    this.#joiner.add(text);
  }

  get ready(): boolean {
    return this.#pieces.length > 0 || this.#joiner.deltas + this.#joiner.others > 0;
  }

  get onlyDeltas(): boolean {
    return this.#pieces.length === 0 && this.#joiner.others === 0;
  }

  get someDeltas(): boolean {
    return this.#joiner.deltas > 0;
  }

  get full(): boolean {
    return this.ready && this.#bytes > WAITING_MAX;
  }

  take(end: boolean): readonly Uint8Array[] {
    this.#passJoined();
    if (end && this.#restBytes > 0) this.#pieces.push(this.#withRest(new Uint8Array()));
    const pieces = this.#pieces;
    this.#pieces = [];
    this.#bytes = this.#restBytes;
    return pieces;
  }

  /** Bytes behind those of {@link #rest}, which is empty then. */
  #withRest(bytes: Uint8Array): Uint8Array {
    const all = this.#restBytes === 0 ? bytes : concat([...this.#rest, bytes], this.#restBytes + bytes.length);
    this.#rest = [];
    this.#restBytes = 0;
    return all;
  }

  #pass(bytes: Uint8Array): undefined {
    this.#passJoined();
    this.#pieces.push(bytes);
  }

  #passJoined(): void {
    const joined = this.#joiner.take();
    if (joined !== "") this.#pieces.push(encoder.encode(joined));
  }
}

/** Where the last whole event ends; 0 where none does. @param afterLf whether what came before ended with a line feed */
function endOfEvents(bytes: Uint8Array, afterLf: boolean): number {
  for (let at = bytes.lastIndexOf(LF); at > 0; at = bytes.lastIndexOf(LF, at - 1)) {
    if (bytes[at - 1] === LF) return at + 1;
  }
  return afterLf && bytes[0] === LF ? 1 : 0;
}

/**
 * A `fetch` for a model provider (`createOpenAI({ fetch: joiningFetch() })`): text deltas that come together are one event when the AI SDK
 * parses them, which costs most of what a token costs before the log. The text is the same; what is not a text delta is untouched.
 *
 * The first event after a quiet moment goes on at once. How long the next are collected depends on how busy the isolate is: 2 ms, where it is not. Text deltas
 * of a run whose events are stored by windows (`durability`) are collected here for that window, before they cost anything.
 *
 * @param inner what fetches
 */
export function joiningFetch(inner: typeof fetch = (input, init) => fetch(input, init)): typeof fetch {
  return async (input, init) => {
    const response = await inner(input, init);
    const type = response.headers.get("Content-Type") ?? "";
    if (response.body === null || !type.startsWith("text/event-stream")) return response;
    return new Response(
      coalescedStream(response.body, new EventCoalescer(), providerWindowMs, providerDeltas(runWindow.getStore() ?? 0)),
      response,
    );
  };
}
