import { HEADER_HEARTBEAT, HEADER_RUN } from "@agent-transports/protocol";
import type { LogReader } from "../runs/log-reader.ts";
import type { Batch } from "../runs/log.ts";
import { COMMON_HEADERS } from "./responses.ts";

const encoder = new TextEncoder();
/** A comment as the first bytes: no proxy and no client waits for the first event to see the headers. */
const OPENING = encoder.encode(":ok\n\n");
const HEARTBEAT = encoder.encode(":hb\n\n");

/**
 * The run's events from the reader's cursor on, PROTOCOL.md §3.2.
 *
 * @param until when whoever reads may no longer, in milliseconds since 1970: the stream is cut then, and its reader comes back with fresh credentials
 */
export function eventStreamResponse(
  reader: LogReader,
  heartbeatMs: number,
  until: number | undefined,
  headers: Readonly<Record<string, string>>,
): Response {
  return new Response(eventStream(reader, heartbeatMs, until ?? Number.POSITIVE_INFINITY), {
    headers: {
      ...COMMON_HEADERS,
      "Content-Type": "text/event-stream; charset=utf-8",
      "Content-Encoding": "identity",
      "X-Accel-Buffering": "no",
      "x-vercel-ai-ui-message-stream": "v1",
      [HEADER_HEARTBEAT]: String(heartbeatMs),
      [HEADER_RUN]: reader.record.id,
      ...headers,
    },
  });
}

/**
 * Reads the log as the socket drains: a stream with no queue of its own asks only when the last write went out, so that a reader that
 * stops costs a cursor.
 */
function eventStream(reader: LogReader, heartbeatMs: number, until: number): ReadableStream<Uint8Array> {
  let opened = false;
  /** One write; `undefined` at the end of the stream. */
  async function next(): Promise<Uint8Array | undefined> {
    for (;;) {
      const now = Date.now();
      if (now >= until) return undefined;
      const batch = reader.next();
      if (batch !== undefined) return encoder.encode(toEvents(reader.record.epoch, batch));
      if (reader.complete) return undefined;
      const outcome = await reader.wait(Math.min(heartbeatMs, until - now));
      if (outcome === "closed") return undefined;
      if (outcome === "idle") return HEARTBEAT;
    }
  }
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        if (!opened) {
          opened = true;
          controller.enqueue(OPENING);
          return;
        }
        try {
          const bytes = await next();
          if (bytes !== undefined) return controller.enqueue(bytes);
        } catch (error) {
          reader.close();
          throw error;
        }
        if (reader.closed) return; // Cancelled meanwhile: there is nothing left to close.
        reader.close();
        controller.close();
      },
      cancel() {
        reader.close();
      },
    },
    { highWaterMark: 0 },
  );
}

/** JSON has no raw CR or LF and an id is of the protocol's grammar: nothing that a model or a client wrote can end a line. */
function toEvents(epoch: string, batch: Batch): string {
  let text = "";
  let seq = batch.first;
  for (const chunk of batch.chunks) text += `id: ${epoch}.${seq++}\ndata: ${chunk}\n\n`;
  return text;
}
