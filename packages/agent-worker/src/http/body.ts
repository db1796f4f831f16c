import { concat } from "../wire/bytes.ts";
import { invalidRequest, RequestError } from "../wire/errors.ts";
import { tooLarge } from "../wire/limits.ts";
import { checkDepth } from "../wire/start-request.ts";

/**
 * Reads a body as it is.
 *
 * @param maxBytes a start with a whole context is the largest that a client sends
 * @param unsaid see StandingLimits
 * @throws RequestError `payload_too_large`, or `unsaid`
 */
export async function readBytes(request: Request, maxBytes: number, unsaid?: RequestError): Promise<Uint8Array> {
  const refuse = (): never => {
    throw (
      unsaid ?? tooLarge(`A body may have at most ${maxBytes} bytes. Send only what is new: the agent keeps the conversation.`, maxBytes)
    );
  };
  if (Number(request.headers.get("Content-Length") ?? 0) > maxBytes) refuse();
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of request.body ?? []) {
    size += piece.byteLength;
    if (size > maxBytes) refuse();
    pieces.push(piece);
  }
  return concat(pieces, size);
}

/**
 * Reads a body as JSON, whatever its content type says: curl's `-d` sends a form's.
 *
 * @throws RequestError `empty_body`, `invalid_json`, `invalid_request`, and what {@link readBytes} throws
 */
export async function readJson(request: Request, maxBytes: number, unsaid?: RequestError): Promise<unknown> {
  const body = await readBytes(request, maxBytes, unsaid);
  if (body.length === 0) throw new RequestError({ code: "empty_body", message: 'The body is empty. Send JSON such as {"prompt": "…"}.' });
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(body);
  } catch {
    throw invalidRequest("The body is not UTF-8.");
  }
  checkDepth(text);
  try {
    return JSON.parse(text);
  } catch {
    throw new RequestError({
      code: "invalid_json",
      message: 'The body is not JSON. Did you mean {"prompt": "…"} in single quotes for the shell?',
    });
  }
}
