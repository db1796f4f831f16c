import { HEADER_RUN, type RunEndChunk, type TextDeltaChunk } from "@agent-transports/protocol";
import { requireUnexpired, type Grant } from "../access/grant.ts";
import type { LogReader } from "../runs/log-reader.ts";
import type { Batch } from "../runs/log.ts";
import { RequestError } from "../wire/errors.ts";
import { COMMON_HEADERS } from "./responses.ts";

const encoder = new TextEncoder();
/** Nothing is sent while a plain-text reader waits: there is no comment in plain text. */
const IDLE_MS = 60_000;
/** nginx's status for it: nobody is there to read the response. */
const CLIENT_CLOSED_REQUEST = 499;

interface Piece {
  readonly text: string;
  readonly end: RunEndChunk["data"] | undefined;
}

/**
 * Cloudflare's example: the answer's text alone, as it is generated (PROTOCOL.md §3.5).
 *
 * The content type and encoding are what keeps the runtime from compressing, and so from holding back, the stream.
 *
 * @param grant of whoever reads: the answer is cut when its time is over
 */
export async function plainTextResponse(reader: LogReader, grant: Grant | undefined): Promise<Response> {
  /** Whatever goes wrong, the reader counts no more. */
  const read = (): Promise<Piece | undefined> =>
    nextPiece(reader, grant).catch((error: unknown) => {
      reader.close();
      throw error;
    });
  const first = await read();
  if (first === undefined) return new Response(null, { status: CLIENT_CLOSED_REQUEST, headers: COMMON_HEADERS });
  if (first.end !== undefined && first.end.state !== "finished") {
    reader.close();
    throw new RequestError({
      code: "run_failed",
      message: first.end.error?.message ?? `The run was ${first.end.state}.`,
      run: reader.record.id,
    });
  }
  let held: Piece | undefined = first;
  const body = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        // Here, because of a reader that takes nothing the runtime asks for no more, and would not see what a pull throws.
        reader.onEvicted = (error) => controller.error(error);
      },
      async pull(controller) {
        const piece = held ?? (await read());
        held = undefined;
        if (piece === undefined) return; // Cancelled: there is nothing left to close.
        if (piece.end !== undefined) reader.close();
        if (piece.text !== "") controller.enqueue(encoder.encode(piece.text));
        if (piece.end?.state === "finished") controller.close();
        // A truncated answer must not look like a whole one.
        else if (piece.end !== undefined) controller.error(new Error(piece.end.error?.message ?? `The run was ${piece.end.state}.`));
      },
      cancel() {
        reader.close();
      },
    },
    { highWaterMark: 0 },
  );
  return new Response(body, {
    headers: { ...COMMON_HEADERS, "Content-Type": "text/x-unknown", "Content-Encoding": "identity", [HEADER_RUN]: reader.record.id },
  });
}

/**
 * Reads on until there is text or the end; `undefined` once the reader is closed.
 *
 * @throws RequestError `unauthorized` once the grant's time is over, `too_many_requests` once another reader took its place
 */
async function nextPiece(reader: LogReader, grant: Grant | undefined): Promise<Piece | undefined> {
  const until = grant?.expiresAt ?? Number.POSITIVE_INFINITY;
  for (;;) {
    if (grant !== undefined) requireUnexpired(grant);
    if (reader.eviction !== undefined) throw reader.eviction;
    if (reader.closed) return undefined;
    const batch = reader.next();
    if (batch === undefined) {
      await reader.wait(Math.min(IDLE_MS, until - Date.now()));
      continue;
    }
    const piece = toPiece(batch);
    if (piece.text !== "" || piece.end !== undefined) return piece;
  }
}

function toPiece(batch: Batch): Piece {
  let text = "";
  for (const chunk of batch.chunks) {
    // Only what can matter is parsed.
    if (chunk.startsWith('{"type":"text-delta"')) {
      const delta: TextDeltaChunk = JSON.parse(chunk);
      text += delta.delta;
    } else if (chunk.startsWith('{"type":"data-run-end"')) {
      const end: RunEndChunk = JSON.parse(chunk);
      return { text, end: end.data };
    }
  }
  return { text, end: undefined };
}
