import { TransportError } from "@agent-transports/protocol";
import type { Settings } from "@agent-transports/protocol/core";

/** What browsers allow of HTTP/1.1 connections to one host, in all tabs together. */
const BROWSER_CONNECTIONS = 6;

/** Event streams that this page has open or on their way, by origin. */
const open = new Map<string, number>();
const warned = new Set<string>();

/**
 * Counts an event stream of a browser, and tells the application where the last connection of HTTP/1.1 is used up: whatever comes next, an input
 * included, would wait without a word.
 *
 * @returns what gives the connection back
 */
export function occupyConnection({ base: { origin }, report }: Settings): () => void {
  const count = (open.get(origin) ?? 0) + 1;
  open.set(origin, count);
  if (count === BROWSER_CONNECTIONS && !warned.has(origin) && isHttp1(origin)) {
    warned.add(origin);
    const message = `${count} runs are followed over HTTP/1.1, and a browser makes no more connections to ${origin}: the next request waits until a run ends. Serve it over HTTP/2, or use ws-client.`;
    report(new TransportError({ code: "connection_limit", message }));
  }
  return () => open.set(origin, (open.get(origin) ?? 1) - 1);
}

/** Whether a browser has spoken HTTP/1.1 with this origin; nothing is known before the first response has ended. */
function isHttp1(origin: string): boolean {
  // Outside pages there is no such limit.
  if (globalThis.document === undefined) return false;
  if (origin.startsWith("http:")) return true;
  return performance
    .getEntriesByType("resource")
    .some((entry) => entry.name.startsWith(`${origin}/`) && "nextHopProtocol" in entry && entry.nextHopProtocol === "http/1.1");
}
