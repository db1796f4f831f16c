import { invalidRequest, RequestError } from "../errors.ts";

/** A start with a whole context is the largest that a client sends. */
export const BODY_MAX_BYTES = 1_048_576;

function tooLarge(): RequestError {
  return new RequestError({
    code: "payload_too_large",
    message: `A body may have ${BODY_MAX_BYTES} bytes. Send only what is new: the agent keeps the conversation.`,
    limit: BODY_MAX_BYTES,
  });
}

/** Reads a body as JSON, whatever its content type says: curl's `-d` sends a form's. */
export async function readJson(request: Request): Promise<unknown> {
  if (Number(request.headers.get("Content-Length") ?? 0) > BODY_MAX_BYTES) throw tooLarge();
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of request.body ?? []) {
    size += piece.byteLength;
    if (size > BODY_MAX_BYTES) throw tooLarge();
    pieces.push(piece);
  }
  if (size === 0) throw new RequestError({ code: "empty_body", message: 'The body is empty. Send JSON such as {"prompt": "…"}.' });
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(Buffer.concat(pieces));
  } catch {
    throw invalidRequest("The body is not UTF-8.");
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new RequestError({
      code: "invalid_json",
      message: 'The body is not JSON. Did you mean {"prompt": "…"} in single quotes for the shell?',
    });
  }
}
