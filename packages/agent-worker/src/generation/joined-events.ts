import { coalescedStream, type Coalescer } from "../pacing/coalesced-stream.ts";
import { providerWindowMs, WAITING_MAX } from "../pacing/windows.ts";
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
  let joined = "";
  let last: Delta | undefined;
  const flush = (): void => {
    if (last !== undefined) joined += `${last.head}"${last.text}"${last.tail}\n\n`;
    last = undefined;
  };
  const blocks = text.split("\n\n");
  const rest = blocks.pop() ?? "";
  for (const block of blocks) {
    const delta = toDelta(block);
    if (delta === undefined) {
      flush();
      joined += `${block}\n\n`;
    } else if (last?.like === delta.like) {
      last = { ...delta, text: last.text + delta.text };
    } else {
      flush();
      last = delta;
    }
  }
  flush();
  return joined + rest;
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
  #chunks: Uint8Array[] = [];
  #bytes = 0;
  /** Where the last whole event ends. */
  #whole = 0;
  #events = 0;
  #endsWithLf = false;
  /** Lines end in something else than LF: nothing is known of such a stream, and nothing of it is joined. */
  #foreign = false;
  readonly #decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

  add(chunk: Uint8Array): undefined {
    this.#foreign ||= chunk.includes(CR);
    if (this.#endsWithLf && chunk[0] === LF) this.#end(this.#bytes + 1);
    for (let at = chunk.indexOf(LF); at !== -1; at = chunk.indexOf(LF, at + 1)) {
      if (chunk[at + 1] === LF) this.#end(this.#bytes + at + 2);
    }
    this.#endsWithLf = chunk.length === 0 ? this.#endsWithLf : chunk[chunk.length - 1] === LF;
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
  }

  get ready(): boolean {
    return this.#foreign ? this.#bytes > 0 : this.#whole > 0;
  }

  get full(): boolean {
    return this.ready && this.#bytes > WAITING_MAX;
  }

  take(end: boolean): readonly Uint8Array[] {
    const all = this.#chunks.length === 1 ? (this.#chunks[0] ?? new Uint8Array()) : concat(this.#chunks, this.#bytes);
    const to = end || this.#foreign ? all.length : this.#whole;
    const joinable = this.#foreign || this.#events < 2 ? 0 : this.#whole;
    const pieces = [this.#join(all.subarray(0, joinable)), all.subarray(joinable, to)].filter(({ length }) => length > 0);
    const rest = all.subarray(to);
    this.#chunks = rest.length === 0 ? [] : [rest];
    this.#bytes = rest.length;
    this.#whole = 0;
    this.#events = 0;
    return pieces;
  }

  #end(at: number): void {
    this.#whole = at;
    this.#events += 1;
  }

  #join(whole: Uint8Array): Uint8Array {
    let text: string;
    try {
      text = this.#decoder.decode(whole);
    } catch (error) {
      if (error instanceof TypeError) return whole; // Not UTF-8: whoever parses it decides what it is.
      throw error;
    }
    const joined = joinEvents(text);
    return joined === text ? whole : encoder.encode(joined);
  }
}

/**
 * A `fetch` for a model provider (`createOpenAI({ fetch: joiningFetch() })`): text deltas that come together are one event when the AI SDK
 * parses them, which costs most of what a token costs before the log. The text is the same; what is not a text delta is untouched.
 *
 * The first event after a quiet moment goes on at once. How long the next are collected depends on how busy the isolate is: 2 ms, where it is not.
 *
 * @param inner what fetches
 */
export function joiningFetch(inner: typeof fetch = (input, init) => fetch(input, init)): typeof fetch {
  return async (input, init) => {
    const response = await inner(input, init);
    const type = response.headers.get("Content-Type") ?? "";
    if (response.body === null || !type.startsWith("text/event-stream")) return response;
    return new Response(coalescedStream(response.body, new EventCoalescer(), providerWindowMs), response);
  };
}
