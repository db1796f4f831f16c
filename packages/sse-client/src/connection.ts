import { HEADER_HEARTBEAT, isChunk, isRunEnd, reviveBytes, type ChunkLike } from "@agent-transports/protocol";
import { LostError, watch, type FollowedRun } from "@agent-transports/protocol/core";
import { createParser } from "eventsource-parser";
import { lossOf, unexpected } from "./http.ts";

/** How long an ended run's response may take to end, so that its connection can be used again. */
const END_GRACE_MS = 1_000;

export interface StreamReader {
  /** Ends the response. */
  readonly abort: AbortController;
  readonly heartbeatMs: number;
  /** The first new event came. */
  onProgress(): void;
}

/**
 * Reads one event stream into a run, as slowly as the application takes it.
 *
 * @returns once the run's terminal event was taken, or the application wants no more
 * @throws LostError where the stream ended before, or skipped; TransportError `unexpected_response` where it is not this protocol
 */
export async function readEvents<Chunk extends ChunkLike>(
  run: FollowedRun<Chunk>,
  response: Response,
  reader: StreamReader,
): Promise<void> {
  const type = response.headers.get("Content-Type");
  if (type?.startsWith("text/event-stream") !== true || response.body === null) {
    throw unexpected(`An event stream was asked for, and ${type ?? "nothing"} was answered.`);
  }
  let retryMs = 0;
  let ended = false;
  const parser = createParser({
    onRetry: (ms) => {
      retryMs = ms;
    },
    onEvent: ({ event, id, data }) => {
      // Named events are not of this protocol; an extension of it may use them.
      if (ended || event !== undefined) return;
      if (id === undefined) throw unexpected("An event came without an id.");
      const chunk = parseChunk<Chunk>(data);
      ended = isRunEnd(chunk);
      const place = run.take(id, chunk);
      if (place === "next") reader.onProgress();
      else if (place === "malformed") throw unexpected(`This is not an event id: ${JSON.stringify(id.slice(0, 80))}.`);
      else if (place !== "seen")
        throw new LostError(place === "gap" ? `Events are missing before ${id}.` : `${id} is of another log.`, { atLeastMs: retryMs });
    },
  });
  const period = Number(response.headers.get(HEADER_HEARTBEAT)) || reader.heartbeatMs;
  const watchdog = watch(period, () =>
    reader.abort.abort(new LostError(`Nothing was heard for ${period * 2} ms.`, { atLeastMs: retryMs })),
  );
  // ignoreBOM: the parser strips the one that may lead; stripping here too would be one too many.
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  const body = response.body.getReader();
  let grace: ReturnType<typeof setTimeout> | undefined;
  try {
    for (;;) {
      const { done, value } = await body.read();
      if (done) break;
      if (ended) continue;
      watchdog.heard();
      parser.feed(decoder.decode(value, { stream: true }));
      if (ended) grace = setTimeout(() => reader.abort.abort(), END_GRACE_MS);
      const drained = run.whenDrained();
      if (drained !== undefined && !ended) {
        watchdog.pause();
        await drained;
        watchdog.heard();
      }
    }
  } catch (error) {
    if (!ended) throw lossOf(error, reader.abort.signal);
    // The run is whole; how its connection ended no longer matters.
  } finally {
    watchdog.stop();
    clearTimeout(grace);
    if (!ended) reader.abort.abort();
  }
  if (!ended && !run.stopped) throw new LostError("The stream ended before the run did.", { atLeastMs: retryMs });
}

function parseChunk<Chunk extends ChunkLike>(data: string): Chunk {
  let chunk: unknown;
  try {
    chunk = reviveBytes(JSON.parse(data));
  } catch (cause) {
    throw unexpected("An event's data is not JSON, or its bytes are not base64.", cause);
  }
  if (!isChunk<Chunk>(chunk)) throw unexpected("An event's data has no type.");
  return chunk;
}
