/**
 * Event ids, PROTOCOL.md §1: `<epoch>.<seq>`.
 *
 * An application treats them as opaque; servers and client libraries read them.
 */
export interface EventId {
  /** Random, made with the log: ids of different epochs say nothing about each other. */
  readonly epoch: string;
  /** Contiguous from 1, at most 2^53 − 1. */
  readonly seq: number;
}

const EVENT_ID = /^([A-Za-z0-9_-]{1,32})\.([1-9][0-9]{0,15})$/;

/** The last text that was read: a frame's id is checked as it comes in, and then used. */
let last: { readonly text: string; readonly id: EventId | undefined } | undefined;

/** Reads an id; `undefined` where the text is not of the grammar. */
export function parseEventId(text: string): EventId | undefined {
  if (last?.text !== text) last = { text, id: read(text) };
  return last.id;
}

function read(text: string): EventId | undefined {
  const match = EVENT_ID.exec(text);
  if (!match) return undefined;
  const seq = Number(match[2]);
  return Number.isSafeInteger(seq) ? { epoch: match[1]!, seq } : undefined;
}

/** Writes an id. */
export function formatEventId(epoch: string, seq: number): string {
  return `${epoch}.${seq}`;
}
