import type { Way } from "../../lab/place.ts";
import type { OurArm } from "./arms.ts";

/** A transport over a version of HTTP, through an edge that speaks TLS before the Worker. */
export type NetworkArm = OurArm & Way;

/** What a browser speaks with a Worker that is deployed: one HTTP/2 connection for all event streams, and an HTTP/1.1 connection for each socket. */
const SSE_H2 = { id: "sse", label: "SSE, HTTP/2", transport: "sse", http: "h2", edge: "haproxy" } as const satisfies NetworkArm;
const WS_H1 = { id: "ws", label: "WebSocket, HTTP/1.1", transport: "ws", http: "h1", edge: "haproxy" } as const satisfies NetworkArm;

export const networkArms = [
  SSE_H2,
  WS_H1,
  { id: "sse-h1", label: "SSE, HTTP/1.1", transport: "sse", http: "h1", edge: "haproxy" },
  { id: "ws-h2", label: "WebSocket, HTTP/2 (RFC 8441)", transport: "ws", http: "h2", edge: "haproxy" },
  { id: "sse-h3", label: "SSE, HTTP/3, Caddy", transport: "sse", http: "h3", edge: "caddy" },
  // Debian's HAProxy has no HTTP/3: what Caddy itself does differently is seen here.
  { id: "sse-h2-caddy", label: "SSE, HTTP/2, Caddy", transport: "sse", http: "h2", edge: "caddy" },
] as const satisfies readonly NetworkArm[];
