import { HEADER_RUN, type RunEndChunk, type TextDeltaChunk } from "@agent-transports/protocol";
import { RequestError } from "../errors.ts";
import type { Batch } from "../log.ts";
import type { LogReader } from "../log-reader.ts";
import { COMMON_HEADERS } from "./responses.ts";

const encoder = new TextEncoder();
/** Nothing is sent while a plain-text reader waits: there is no comment in plain text. */
const IDLE_MS = 60_000;

interface Piece {
  readonly text: string;
  readonly end: RunEndChunk["data"] | undefined;
}

/**
 * Cloudflare's example: the answer's text alone, as it is generated (PROTOCOL.md §3.5).
 *
 * The content type and encoding are what keeps the runtime from compressing, and so from holding back, the stream.
 */
export async function plainTextResponse(reader: LogReader): Promise<Response> {
  const first = await nextPiece(reader).catch((error: unknown) => {
    reader.close();
    throw error;
  });
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
      async pull(controller) {
        const piece = held ?? (await nextPiece(reader));
        held = undefined;
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

/** Reads on until there is text or the end. */
async function nextPiece(reader: LogReader): Promise<Piece> {
  for (;;) {
    const batch = reader.next();
    if (batch === undefined) {
      if ((await reader.wait(IDLE_MS)) === "closed") return { text: "", end: { state: "cancelled" } };
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
