import type { TextDeltaChunk } from "./chunks.ts";
import { parseEventId } from "./event-id.ts";

const HEAD = /^\{"type":"events","run":"([\w-]{1,64})","id":"([\w.-]+)","events":\[/;
/** In a string of JSON neither quote, backslash nor control character stands for itself. */
const TOKEN = /\{"type":"text-delta","id":"[ !#-[\]-\uffff]*","delta":"[ !#-[\]-\uffff]*"\}/y;
const BEFORE_PART = '{"type":"text-delta","id":"'.length;
const BEFORE_DELTA = '","delta":"'.length;
/** Of longer strings V8 makes slices, which would keep the whole frame in memory. */
const COPIED = 12;

/** An `events` frame of nothing but tokens. */
interface TokenFrame {
  readonly type: "events";
  readonly run: string;
  readonly id: string;
  readonly events: readonly TextDeltaChunk[];
  readonly ack?: true;
}

/**
 * Reads what nearly every frame of an answer is, in just the form in which a server writes it, in half the time of `JSON.parse`.
 *
 * @returns `undefined` for any other frame
 */
export function readTokenFrame(text: string): TokenFrame | undefined {
  const head = HEAD.exec(text);
  if (head === null || parseEventId(head[2]!) === undefined) return undefined;
  const frame = { type: "events", run: head[1]!, id: head[2]! } as const;
  const events: TextDeltaChunk[] = [];
  for (let at = head[0].length; ; at += 1) {
    TOKEN.lastIndex = at;
    if (!TOKEN.test(text)) return undefined;
    const part = at + BEFORE_PART;
    const partEnd = text.indexOf('"', part);
    const delta = partEnd + BEFORE_DELTA;
    at = TOKEN.lastIndex;
    if (partEnd - part > COPIED || at - 2 - delta > COPIED) return undefined;
    events.push({ type: "text-delta", id: text.slice(part, partEnd), delta: text.slice(delta, at - 2) });
    if (text[at] === ",") continue;
    const rest = text.slice(at);
    if (rest === "]}") return { ...frame, events };
    return rest === '],"ack":true}' ? { ...frame, events, ack: true } : undefined;
  }
}
