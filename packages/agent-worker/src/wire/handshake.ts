import { HANDSHAKE_MAX_CHARS, PROTOCOL_VERSION } from "@agent-transports/protocol";
import { invalidRequest, RequestError } from "./errors.ts";
import { splitSubAgents } from "./sub-agents.ts";

const CONNECTION_ID = /^[\x20-\x7e]{0,256}$/;

/** Whether a request opens a WebSocket. */
export function isUpgrade({ headers }: Request): boolean {
  return headers.get("Upgrade")?.toLowerCase() === "websocket";
}

/** Whether the client asked for this protocol, PROTOCOL.md §4; else it is the Agents SDK's own client, or a person's tool. */
export function asksForProtocol({ url }: { readonly url: string }): boolean {
  return new URL(url).searchParams.has("v");
}

/**
 * Refuses a socket that cannot be opened here, before the agent is asked: it can close a socket too, but a client hears of that only when the runtime
 * has waited ten seconds for the connection to end.
 *
 * @throws RequestError `invalid_request`, `not_found`
 */
export function checkHandshake(request: Request, agentName: string): void {
  const { pathname, searchParams } = new URL(request.url);
  // What the SDK keeps of a handshake lies beside a socket's own state in 16 KB.
  if (request.url.length > HANDSHAKE_MAX_CHARS)
    throw invalidRequest(`A handshake's URL may have at most ${HANDSHAKE_MAX_CHARS} characters.`);
  if (!CONNECTION_ID.test(searchParams.get("_pk") ?? "")) throw invalidRequest("_pk is at most 256 printable ASCII characters.", "_pk");
  const version = searchParams.get("v");
  if (version === null) return; // Not a client of this protocol.
  if (version !== String(PROTOCOL_VERSION)) throw invalidRequest(`This agent speaks version ${PROTOCOL_VERSION} of the protocol.`, "v");
  // The SDK's other wire, whose calls no frame's right is asked for.
  if (searchParams.has("__agents_transport"))
    throw invalidRequest("This protocol has only one transport. Leave __agents_transport out.", "__agents_transport");
  const [, , , name, ...below] = pathname.split("/");
  if (name !== agentName || splitSubAgents(["", ...below].join("/")).below !== "") throw noSuchSocket();
}

export function noSuchSocket(): RequestError {
  return new RequestError({ code: "not_found", message: "There is no such path. Open a socket at the agent's own URL." });
}

/** A reason may have 123 bytes (RFC 6455 §5.5), and a hook's own message any character. */
export function closeReason(message: string): string {
  return message.slice(0, new TextEncoder().encodeInto(message, new Uint8Array(123)).read);
}
