import { deedMetrics, deeds, linkOf, measureDeed, type Deed } from "./parts/deeds.ts";
import { defineScenario } from "./parts/define-scenario.ts";
import { networkArms } from "./parts/network-arms.ts";
import type { Groups, Scenario } from "./parts/scenario.ts";
import { withoutPlace } from "./parts/without-place.ts";

/** A city's distance, and a continent's. */
const FAR_MS = 100;
const distances = [20, FAR_MS] as const;

type ArmId = (typeof networkArms)[number]["id"];

/** A WebSocket goes over HTTP/2 only where such a connection is open. What Caddy does differently shows at one distance. */
function furtherArms({ connections }: Deed, roundTripMs: number): ArmId[] {
  return networkArms
    .map(({ id }) => id)
    .filter((id) => (id !== "ws-h2" || connections !== "none") && (id !== "sse-h2-caddy" || roundTripMs === FAR_MS));
}

function groupsOf({ id, inSessions }: Deed, roundTripMs: number): Groups {
  const isFar = roundTripMs === FAR_MS;
  return { quick: id === "start" && isFar ? 5 : 0, standard: isFar || inSessions === true ? 3 : 0, full: 40 };
}

export const distance: Scenario = defineScenario({
  name: "distance",
  title: "Round trips",
  question: "How many round trips does each thing take, over which version of HTTP, and what is left of the differences 20 or 100 ms away?",
  claims: [1, 2, 8],
  method:
    "Chromium on the near side of a network of two kernels, and on its far side an edge with TLS 1.3 before the Worker; half a round trip each way, no loss. Answers are due at once. " +
    "SSE and WebSocket are compared as a browser has them before a deployed Worker: event streams on one HTTP/2 connection, and a WebSocket on an HTTP/1.1 connection of its own. Times are of the page's clock. " +
    "SSE has one request with inputs under way at a time, so that their order holds; those that wait go together with the next.",
  instrument: "network",
  arms: networkArms,
  metrics: deedMetrics,
  settings: deeds.flatMap((deed) =>
    distances.map((roundTripMs) => ({
      id: `${deed.id}-${roundTripMs}`,
      label: `${deed.label}, ${roundTripMs} ms away`,
      factors: { action: deed.id, roundTripMs, client: "Chromium" },
      groups: groupsOf(deed, roundTripMs),
      value: { deed, link: linkOf(roundTripMs) },
      missing: withoutPlace,
      blocksAtOnce: deed.atOnce ?? 1,
      furtherArmsAtQuick: false,
      furtherArms: furtherArms(deed, roundTripMs),
    })),
  ),
  notRemote: "A deployment is at its own distance: `connect`, `first-token` and `uplink` measure it there.",
  measure: measureDeed,
});
