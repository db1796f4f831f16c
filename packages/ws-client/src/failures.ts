import { LostError, TransportError } from "@agent-transports/client-core";
import { isRetryableClose } from "@agent-transports/protocol";

/** Codes that say that there was no close frame, or no code in it. None of them is ever on the wire (RFC 6455 §7.4.1); Deno says 0. */
const NEVER_SENT: ReadonlySet<number> = new Set([0, 1005, 1006, 1015]);

/** The handshake's status, where the runtime's words have it: Bun, Deno and `ws` do; browsers, Node and Workers say nothing. */
const STATUS = /(?:status code|server response): ([1-5]\d\d)\b/;

/** Why a socket is over, PROTOCOL.md §4.3: what the runtime said, and no more. */
export function ended(
  opened: boolean,
  said: string | undefined,
  close?: { readonly code: number; readonly reason: string },
): TransportError {
  if (close !== undefined && !NEVER_SENT.has(close.code)) {
    const { code } = close;
    const reason = close.reason === "" ? "" : `: ${close.reason}`;
    if (isRetryableClose(code)) return new LostError(`The socket was closed with ${code}${reason}.`, { status: code });
    return new TransportError(
      { code: "connection_refused", message: `The socket was closed for good with ${code}${reason}.` },
      { status: code },
    );
  }
  const why = said === undefined || said === "" ? ", and this runtime does not say why." : `: ${said.replace(/\.?$/, ".")}`;
  if (opened) return new LostError(`The connection was lost${close?.code === 1005 ? " by a close without a code" : ""}${why}`);
  const status = STATUS.exec(said ?? "")?.[1];
  return new LostError(`The socket did not open${why}`, status === undefined ? {} : { status: Number(status) });
}

/** There is no WebSocket class. */
export function noClass(): TransportError {
  const message = "WebSocket: this runtime has none. Use Node 22 or later, or give npm's ws as the option WebSocket.";
  return new TransportError({ code: "invalid_option", message });
}

/** The class threw. What it says of the URL it will say again. */
export function notMade(cause: unknown, url: string): TransportError {
  const name = cause instanceof Error || cause instanceof DOMException ? cause.name : "";
  if (name === "SecurityError" || name === "SyntaxError") {
    const remedy = name === "SecurityError" ? "An https: page needs an https: URL." : "Give a URL that it accepts.";
    return new TransportError(
      { code: "invalid_option", message: `url: ${url} is refused by this runtime's WebSocket (${String(cause)}). ${remedy}` },
      { cause },
    );
  }
  return new LostError(`The WebSocket class threw ${String(cause)}.`, { cause });
}
