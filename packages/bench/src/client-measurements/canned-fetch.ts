import { HEADER_RUN } from "@agent-transports/protocol";
import { chunkOf, sseText } from "./numbered-events.ts";

/** How the bytes of a stream come. */
export type Chunking = { readonly bytes: number } | { readonly events: number };

/**
 * A `fetch` that answers any request with one run, from memory, so that a process which uses it does nothing but read. The bytes are made
 * before; only views of them are made meanwhile, for every client alike.
 */
export function cannedFetch(count: number, chunking: Chunking): typeof fetch {
  const { bytes, ends } = encode(count);
  return (_input, init) => {
    const signal = init?.signal;
    let at = 0;
    let event = 0;
    const end = (): number => {
      if ("bytes" in chunking) return Math.min(at + chunking.bytes, bytes.length);
      event += chunking.events;
      return ends[event - 1] ?? bytes.length;
    };
    const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
      start(controller) {
        signal?.addEventListener("abort", () => controller.error(signal.reason));
      },
      pull(controller) {
        if (at === bytes.length) return controller.close();
        const from = at;
        at = end();
        controller.enqueue(bytes.subarray(from, at));
      },
    });
    const headers = { "Content-Type": "text/event-stream; charset=utf-8", [HEADER_RUN]: "canned" };
    return Promise.resolve(new Response(body, { headers }));
  };
}

/** @returns all events and the terminal one, and where each ends */
function encode(count: number): { readonly bytes: Uint8Array<ArrayBuffer>; readonly ends: Float64Array } {
  const encoder = new TextEncoder();
  const longest = sseText(count, chunkOf(count, count)).length;
  const terminal = sseText(count + 1, chunkOf(count + 1, count));
  const room = new Uint8Array(longest * count + terminal.length);
  const ends = new Float64Array(count + 1);
  let length = 0;
  for (let seq = 1; seq <= count + 1; seq++) {
    const { written } = encoder.encodeInto(sseText(seq, chunkOf(seq, count)), room.subarray(length));
    length += written;
    ends[seq - 1] = length;
  }
  return { bytes: room.subarray(0, length), ends };
}
