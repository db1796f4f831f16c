import { isIP, type LookupFunction } from "node:net";
import { Agent } from "undici";
import { fetchThrough, webSocketThrough } from "../through.ts";
import type { Edge } from "./edge.ts";
import { EdgeError } from "./errors.ts";
import { http2Fetch, type HttpFetch } from "./http2-fetch.ts";
import type { HttpVersion } from "./site.ts";

/** What the two clients in Node are given, so that they go through an edge and believe its certificate. */
export interface EdgeConnections extends AsyncDisposable {
  readonly url: URL;
  /** For `createSseClient`: over connections of HTTP/1.1 that are kept alive, or over one of HTTP/2. */
  readonly fetch: typeof fetch;
  /** For `createWsClient`: Node's own. Absent where this edge takes none over this version. Over HTTP/2 Node calls it experimental. */
  readonly WebSocket?: typeof WebSocket;
  /** Cuts them. */
  close(): Promise<void>;
}

/** What must be known of an edge to ask it. */
export type ReachableEdge = Pick<Edge, "url" | "address" | "webSockets"> & { readonly certificate: Pick<Edge["certificate"], "pem"> };

/**
 * None is open yet. A connection is made where the thread is when it is needed: see `during` of a side of a network. `fetch` and `WebSocket` share
 * none, as in a browser: in Node they would, and an upgrade on a connection that is open already saves round trips.
 *
 * @throws EdgeError for HTTP/3, which Node does not speak
 */
export function edgeConnections(edge: ReachableEdge, version: HttpVersion): EdgeConnections {
  const url = edge.url(version);
  const trust = { ca: edge.certificate.pem, lookup: lookupOf(edge.address) };
  if (version === "h3") throw new EdgeError("not_spoken", "Node does not speak HTTP/3: use Chromium, by openPages().");
  const requests = version === "h1" ? http1Fetch(new Agent({ connect: trust })) : http2Fetch(url, trust);
  // Two that open at once get two connections, over HTTP/2 too, where a browser has one: with `connections: 1` the second would never open.
  const sockets = new Agent({ connect: trust, allowH2: version === "h2" });
  const close = async (): Promise<void> => {
    await requests.close();
    await sockets.destroy();
  };
  return {
    url,
    fetch: requests.fetch,
    ...(edge.webSockets.includes(version) && { WebSocket: webSocketThrough(sockets) }),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function http1Fetch(dispatcher: Agent): HttpFetch {
  return { fetch: fetchThrough(dispatcher), close: () => dispatcher.destroy() };
}

/** Whatever the name, it is at this address. */
function lookupOf(address: string): LookupFunction {
  const family = isIP(address);
  return (_name, { all }, done) => (all === true ? done(null, [{ address, family }]) : done(null, address, family));
}
