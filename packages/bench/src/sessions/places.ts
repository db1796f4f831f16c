import type { LocalInstrument } from "../results/schema.ts";
import type { Depth } from "../scenarios/parts/scenario.ts";

/** A transport over a version of HTTP beside the other one, by their arms. */
export interface Pairing {
  readonly id: string;
  /** As behind "with": "with both over HTTP/2". */
  readonly label: string;
  /** The same in fewer words, beside what is usual. */
  readonly short: string;
  /** SSE's version of HTTP, then WebSocket's. */
  readonly versions: string;
  readonly sse: string;
  readonly ws: string;
}

export const placeIds = ["far", "near", "loss", "lte", "slow-3g", "local"] as const;

/** Where somebody is, on the way to the Worker. */
export interface Place {
  readonly id: (typeof placeIds)[number];
  /** As behind "with": "with a 20 ms round trip". */
  readonly label: string;
  /** As the head of a narrow column. */
  readonly away: string;
  readonly instrument: LocalInstrument;
  /** The first is what is usual there. */
  readonly pairings: readonly Pairing[];
  /** The shallowest depth that measures what sessions there are the sums of. */
  readonly depth: Depth;
}

/** Of a browser before an edge with TLS. The first is what browsers do before a deployed Worker. */
const overTls: readonly Pairing[] = [
  {
    id: "usual",
    label: "SSE over HTTP/2 and WebSocket over HTTP/1.1",
    short: "the usual versions of HTTP",
    versions: "2, 1.1",
    sse: "sse",
    ws: "ws",
  },
  {
    id: "http3",
    label: "SSE over HTTP/3 and WebSocket over HTTP/1.1",
    short: "SSE over HTTP/3",
    versions: "3, 1.1",
    sse: "sse-h3",
    ws: "ws",
  },
  { id: "http2", label: "both over HTTP/2", short: "both over HTTP/2", versions: "2, 2", sse: "sse", ws: "ws-h2" },
  { id: "http1", label: "both over HTTP/1.1", short: "both over HTTP/1.1", versions: "1.1, 1.1", sse: "sse-h1", ws: "ws" },
];

/** What is there without a network: Node's clients, loopback, no TLS. */
const plainText: readonly Pairing[] = [
  { id: "plain", label: "both over HTTP/1.1, without TLS", short: "both over HTTP/1.1", versions: "1.1, 1.1", sse: "sse", ws: "ws" },
];

/** An answer is that of the first of these that was measured. */
export const places: readonly Place[] = [
  { id: "far", label: "a 100 ms round trip", away: "100 ms away", instrument: "network", pairings: overTls, depth: "standard" },
  { id: "near", label: "a 20 ms round trip", away: "20 ms away", instrument: "network", pairings: overTls, depth: "standard" },
  { id: "loss", label: "2 % of packets lost", away: "2 % loss", instrument: "network", pairings: overTls, depth: "standard" },
  { id: "lte", label: "LTE", away: "LTE", instrument: "network", pairings: overTls, depth: "standard" },
  { id: "slow-3g", label: "slow 3G", away: "slow 3G", instrument: "network", pairings: overTls, depth: "standard" },
  {
    id: "local",
    label: "no network, on this machine (another instrument)",
    away: "no network",
    instrument: "loopback",
    pairings: plainText,
    depth: "quick",
  },
];

/** Places whose figures are of one instrument, and may be held against each other. */
export function besides(place: Place): Place[] {
  return places.filter(({ instrument }) => instrument === place.instrument);
}

export function placeOf(id: string): Place {
  const place = places.find((one) => one.id === id);
  if (place === undefined) throw new RangeError(`There is no place ${id}: only ${places.map((one) => one.id).join(", ")}.`);
  return place;
}

export function pairingOf(place: Place, id: string): Pairing {
  const pairing = place.pairings.find((one) => one.id === id);
  if (pairing === undefined)
    throw new RangeError(`${place.id} has no pairing ${id}: only ${place.pairings.map((one) => one.id).join(", ")}.`);
  return pairing;
}
