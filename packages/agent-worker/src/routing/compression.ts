import { misconfigured } from "../wire/errors.ts";

/** How WebSockets are compressed: in words as in the variable `COMPRESS_WEBSOCKETS`, or as a switch. `false` is `"off"`, and `true` is `"on"`. */
export type Compression = boolean | "off" | "small-window" | "on";

/** The runtime takes no extension that it does not know, and nothing of this reaches the client. */
export const DECLINED = "identity";

/** RFC 7692 §7.1.2. 2^11 bytes hold the last dozen events, each of which repeats most of the one before. */
const SMALL_WINDOW = "permessage-deflate; server_max_window_bits=11; client_max_window_bits=11";

/** Any other word would be true, and so turn compression on. @throws RequestError `misconfigured` */
export function checkCompression(given: Compression): void {
  const known: readonly unknown[] = [true, false, "off", "small-window", "on"];
  if (!known.includes(given)) throw misconfigured('compressWebSockets of routeRequest must be "off", "small-window" or "on".');
}

/**
 * The extensions that a handshake is answered with, which the runtime negotiates: what this names and the client has not offered, it leaves out.
 * `undefined` leaves all of it to the runtime.
 *
 * Without context takeover a socket takes no less memory in workerd: contexts are emptied after each message, and kept.
 */
export function extensionsFor(request: Request, compression: Compression): string | undefined {
  if (compression === true || compression === "on") return undefined;
  if (compression === false || compression === "off") return DECLINED;
  // "A server accepts [server_no_context_takeover] by including [it] in the response" (RFC 7692 §7.1.1.1), and else declines the offer.
  const asked = request.headers.get("Sec-WebSocket-Extensions")?.includes("server_no_context_takeover") === true;
  return asked ? `${SMALL_WINDOW}; server_no_context_takeover` : SMALL_WINDOW;
}
