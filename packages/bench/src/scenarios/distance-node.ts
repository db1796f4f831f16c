import { deedMetrics, deeds, linkOf, measureDeed } from "./parts/deeds.ts";
import { defineScenario } from "./parts/define-scenario.ts";
import type { NetworkArm } from "./parts/network-arms.ts";
import type { Scenario } from "./parts/scenario.ts";
import { withoutPlace } from "./parts/without-place.ts";

const ROUND_TRIP_MS = 100;

/** Node's own `fetch` speaks HTTP/1.1, and so does its WebSocket. */
const arms = [
  { id: "sse", label: "SSE, HTTP/1.1", transport: "sse", client: "Node", http: "h1", edge: "haproxy" },
  { id: "ws", label: "WebSocket, HTTP/1.1", transport: "ws", client: "Node", http: "h1", edge: "haproxy" },
  { id: "sse-h2", label: "SSE, HTTP/2", transport: "sse", client: "Node", http: "h2", edge: "haproxy" },
] as const satisfies readonly NetworkArm[];

/** What programs do: none was loaded by a page, and none thinks. */
const actions = new Set(["start", "ready", "next", "resume", "first-input", "inputs"]);

export const distanceNode: Scenario = defineScenario({
  name: "distance-node",
  title: "Round trips of a program in Node",
  question: "How many round trips does each thing take for a server or a command in Node, 100 ms away from the agent?",
  claims: [],
  method:
    "As in distance, with a program in Node in place of a page: a process of its own on the near side. Node's fetch and its WebSocket speak HTTP/1.1; over HTTP/2 the client is given a fetch of ours, on node:http2. " +
    "Each request takes a connection that is free, and opens one where none is. With the connection open, one request was answered on it before. Times are of the program's clock.",
  instrument: "network",
  arms,
  metrics: deedMetrics,
  settings: deeds
    .filter(({ id }) => actions.has(id))
    .map((deed) => ({
      id: `${deed.id}-${ROUND_TRIP_MS}`,
      label: `${deed.label.replace("the page's connection", "a connection")}, ${ROUND_TRIP_MS} ms away`,
      factors: { action: deed.id, roundTripMs: ROUND_TRIP_MS, client: "Node" },
      groups: { quick: 0, standard: 3, full: 40 },
      value: { deed, link: linkOf(ROUND_TRIP_MS) },
      missing: withoutPlace,
      blocksAtOnce: deed.atOnce ?? 1,
    })),
  notRemote: "A deployment is at its own distance: `connect`, `first-token` and `uplink` measure it there.",
  measure: measureDeed,
});
