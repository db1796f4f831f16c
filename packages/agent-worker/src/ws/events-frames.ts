import { encodeBinaryFrame, formatEventId } from "@agent-transports/protocol";
import type { Batch, RunRecord } from "../runs/log.ts";
import { splitBytes } from "../wire/bytes.ts";

/** An `events` frame that is to be sent. */
export interface EventsFrame {
  /** `seq` of its last event. */
  readonly last: number;
  /** Of text in UTF-16 units: a byte more or less does not matter to a window. */
  readonly size: number;
  /** @param ack whether its reader is asked to acknowledge it */
  readonly encode: (ack: boolean) => string | Uint8Array<ArrayBuffer>;
}

/** The frames that carry a batch, in order: one, and where the socket takes binary frames, one for each event that is bytes, PROTOCOL.md §4.6. */
export function* eventsFrames(run: RunRecord, { first, chunks }: Batch, binary: boolean): Generator<EventsFrame, void> {
  let from = 0;
  if (binary) {
    for (const [index, chunk] of chunks.entries()) {
      const bytes = splitBytes(chunk);
      if (bytes === undefined) continue;
      if (from < index) yield textFrame(run, first + from, chunks.slice(from, index));
      yield binaryFrame(run, first + index, bytes);
      from = index + 1;
    }
  }
  if (from < chunks.length) yield textFrame(run, first + from, from === 0 ? chunks : chunks.slice(from));
}

function textFrame(run: RunRecord, first: number, chunks: readonly string[]): EventsFrame {
  const body = `${head(run, first)},"events":[${chunks.join(",")}]`;
  return { last: first + chunks.length - 1, size: body.length, encode: (ack) => body + tail(ack) };
}

function binaryFrame(
  run: RunRecord,
  seq: number,
  { event, payload }: { readonly event: string; readonly payload: Uint8Array },
): EventsFrame {
  const header = `${head(run, seq)},"event":${event}`;
  return { last: seq, size: header.length + payload.length, encode: (ack) => encodeBinaryFrame(header + tail(ack), payload) };
}

function head(run: RunRecord, first: number): string {
  return `{"type":"events","run":"${run.id}","id":"${formatEventId(run.epoch, first)}"`;
}

function tail(ack: boolean): string {
  return ack ? ',"ack":true}' : "}";
}
