import { UPLINK_BYTES_A_SECOND } from "@agent-transports/protocol";

/**
 * What a request's body is given to go up beyond what any request is, in milliseconds, PROTOCOL.md §6.
 *
 * A rate, and not what a runtime says of its progress: `fetch` says nothing, and `bufferedAmount` tells what was handed to the kernel, which takes megabytes.
 */
export function uploadMs(body: string | Uint8Array = ""): number {
  // Of a UTF-16 unit come three bytes at most. Small ones need no time, and are many.
  if (body.length * 3 < UPLINK_BYTES_A_SECOND) return 0;
  const { length } = typeof body === "string" ? new TextEncoder().encode(body) : body;
  return (length / UPLINK_BYTES_A_SECOND) * 1000;
}
