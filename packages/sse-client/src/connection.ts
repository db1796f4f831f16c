import { LostError, type Attempt, type FollowedRun } from "@agent-transports/client-core";
import { HEADER_HEARTBEAT, isChunk, isRunEnd, reviveBytes, type ChunkLike } from "@agent-transports/protocol";
import { createParser } from "eventsource-parser";
import type { EventStream } from "./event-stream.ts";
import { lossOf, unexpected } from "./http.ts";
import { tokensOf } from "./tokens.ts";

/** How long an ended run's response may take to end, so that its connection can be used again. */
const END_GRACE_MS = 1_000;

/** What takes the events of one run. */
export type Taker<Chunk extends ChunkLike> = Pick<
  FollowedRun<Chunk>,
  "take" | "takeAt" | "complete" | "handOver" | "whenDrained" | "stopped"
>;

/**
 * Reads one event stream into a run, as slowly as the application takes it.
 *
 * @returns once the run's terminal event was taken, or the application wants no more
 * @throws LostError where the stream ended before; TransportError `unexpected_response` where it skipped, or what came is not this protocol
 */
export async function readEvents<Chunk extends ChunkLike>(run: Taker<Chunk>, response: EventStream, attempt: Attempt): Promise<void> {
  let ended = false;
  let tokens: ReturnType<typeof tokensOf>;
  /** Whose tokens these are. */
  let part: string | undefined;
  const parser = createParser({
    // PROTOCOL.md §7.6. What is longer would be collected until there is no memory left. To be fed more of it, the parser throws.
    maxBufferSize: 4e6,
    onRetry: (ms) => attempt.retry(ms),
    onEvent: ({ event, id, data }) => {
      // Named events are not of this protocol; an extension of it may use them.
      if (ended || event !== undefined) return;
      if (id === undefined) throw unexpected("An event has no id.");
      const chunk = parseChunk<Chunk>(data);
      ended = isRunEnd(chunk);
      const place = run.take(id, chunk);
      if (place === "next") {
        attempt.progress();
        const of = chunk.type === "text-delta" && "id" in chunk ? chunk.id : part;
        if (of !== part && typeof of === "string") tokens = tokensOf(run, id.split(".", 1)[0]!, (part = of));
      } else if (place === "malformed") throw unexpected(`This is not an event id: ${JSON.stringify(id.slice(0, 80))}.`);
      else if (place !== "seen") throw unexpected(place === "gap" ? `Events are missing before ${id}.` : `${id} belongs to another log.`);
      else if (isRunEnd(chunk)) run.complete(chunk.data); // The application has it: there is nothing more to read.
    },
  });
  /** Whether all that came ends with an event's blank line: then the parser holds nothing, and need not see a token. */
  let between = false;
  const feed = (text: string): void => {
    for (let at = 0; at < text.length;) {
      const token = between && tokens !== undefined ? tokens(text, at) : at;
      if (token > at) attempt.progress();
      if (token === text.length) return;
      const end = text.indexOf("\n\n", token) + 2;
      between = end > 1;
      at = between ? end : text.length;
      parser.feed(text.slice(token, at));
    }
  };
  attempt.opened(Number(response.headers.get(HEADER_HEARTBEAT)));
  // ignoreBOM: the parser strips the one that may lead; stripping here too would be one too many.
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  const body = response.body.getReader();
  try {
    for (;;) {
      const { done, value } = await body.read();
      if (done) break;
      // A `fetch` of the application's may take no notice of its signal.
      attempt.signal.throwIfAborted();
      attempt.heard();
      try {
        feed(decoder.decode(value, { stream: true }));
      } finally {
        run.handOver();
      }
      if (ended) {
        void drain(body);
        return;
      }
      const drained = run.whenDrained();
      if (drained !== undefined) {
        attempt.pause();
        await drained;
        attempt.unpause();
      }
      attempt.signal.throwIfAborted(); // As above: whoever left meanwhile lets go of the stream.
    }
  } catch (error) {
    void body.cancel(error).catch(() => undefined); // It is broken already, or about to be: nothing more is to be learnt of it.
    throw lossOf("The connection was lost", error, attempt.signal);
  }
  if (!run.stopped) throw new LostError("The stream ended before the run did.");
}

/** Reads what is left of a response whose run is whole. How its connection ends no longer matters. */
export async function drain(body: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
  const cancel = (): void => void body.cancel().catch(() => undefined);
  const timer = setTimeout(cancel, END_GRACE_MS);
  try {
    while (!(await body.read()).done);
  } catch {
    // Broken, and nothing was left in it.
  }
  clearTimeout(timer);
}

/** @throws TransportError `unexpected_response` */
function parseChunk<Chunk extends ChunkLike>(data: string): Chunk {
  let chunk: unknown;
  try {
    chunk = reviveBytes(JSON.parse(data));
  } catch (cause) {
    throw unexpected("An event's data is not JSON, or its bytes are not base64.", cause);
  }
  if (isChunk<Chunk>(chunk)) return chunk;
  throw unexpected("An event's data has no type, or does not say how the run ended.");
}
