import { HEADER_RUN, isRunEnd, type RunChunk, type RunEndChunk } from "@agent-transports/protocol";
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
  const pieces = piecesOf(reader, grant);
  const read = async (): Promise<Piece | undefined> => (await pieces.next()).value;
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
 * The answer's text, until its end or until the reader is closed. No piece is empty but the last.
 *
 * @throws RequestError `unauthorized` once the grant's time is over, `too_many_requests` once another reader took its place
 */
async function* piecesOf(reader: LogReader, grant: Grant | undefined): AsyncGenerator<Piece, undefined, undefined> {
  const until = grant?.expiresAt ?? Number.POSITIVE_INFINITY;
  /** A character beyond the basic plane is two UTF-16 units, and two deltas may share it: alone, neither half is a character in UTF-8. */
  let half = "";
  try {
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
      const text = half + piece.text;
      half = piece.end === undefined && endsInHalf(text) ? text.slice(-1) : "";
      const whole = text.slice(0, text.length - half.length);
      if (whole !== "" || piece.end !== undefined) yield { text: whole, end: piece.end };
    }
  } catch (error) {
    // Whatever goes wrong, the reader counts no more.
    reader.close();
    throw error;
  }
}

function endsInHalf(text: string): boolean {
  const last = text.charCodeAt(text.length - 1);
  return last >= 0xd800 && last <= 0xdbff;
}

/** What an author's own code gave has its members in the author's order: `type` need not be the first. */
const MATTERS = /"type":"(?:text-delta|data-run-end)"/;

function toPiece(batch: Batch): Piece {
  let text = "";
  for (const json of batch.chunks) {
    // Only what can matter is parsed.
    if (!MATTERS.test(json)) continue;
    const chunk: RunChunk = JSON.parse(json);
    if (chunk.type === "text-delta") text += chunk.delta;
    else if (isRunEnd(chunk)) return { text, end: chunk.data };
  }
  return { text, end: undefined };
}
