import { invalidRequest, RequestError } from "../errors.ts";
import { tooLarge } from "../limits.ts";
import { checkDepth } from "../input.ts";

/**
 * Reads a body as JSON, whatever its content type says: curl's `-d` sends a form's.
 *
 * @param maxBytes a start with a whole context is the largest that a client sends
 * @throws RequestError `payload_too_large`, `empty_body`, `invalid_json`, `invalid_request`
 */
export async function readJson(request: Request, maxBytes: number): Promise<unknown> {
  const refuse = (): never => {
    throw tooLarge(`A body may have ${maxBytes} bytes. Send only what is new: the agent keeps the conversation.`, maxBytes);
  };
  if (Number(request.headers.get("Content-Length") ?? 0) > maxBytes) refuse();
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of request.body ?? []) {
    size += piece.byteLength;
    if (size > maxBytes) refuse();
    pieces.push(piece);
  }
  if (size === 0) throw new RequestError({ code: "empty_body", message: 'The body is empty. Send JSON such as {"prompt": "…"}.' });
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(Buffer.concat(pieces));
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
