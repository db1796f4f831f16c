import { addUp } from "@agent-transports/lab/integrity";
import { paddedToken, type Reply } from "@agent-transports/lab/provider";
import { withoutNginx } from "@agent-transports/lab/tools";
import type { LocalLab } from "../lab/lab.ts";
import { contextOf } from "../lab/run-input.ts";
import { SSE_ARM, WS_ARM, type OurArm } from "./parts/arms.ts";
import { defineScenario } from "./parts/define-scenario.ts";
import { followToEnd, steadyReply } from "./parts/follow.ts";
import { openRoute, routes, type Route } from "./parts/routes.ts";
import type { Measurement, Scenario } from "./parts/scenario.ts";

/** An answer is due within so long, whatever its size; the largest take as long as they take. */
const ANSWER_MS = 40;
const LEAST_TOKENS = 20;
const TOKEN_BYTES = 16_384;

const sizes = [
  // With the events around it, less than the 4 KiB of nginx's first buffer.
  { id: "1kb", label: "1 KB", bytes: 1_024, standardGroups: 5 },
  { id: "64kb", label: "64 KB", bytes: 65_536, standardGroups: 5 },
  { id: "1mb", label: "1 MB", bytes: 1_048_576, standardGroups: 5 },
  { id: "16mb", label: "16 MB", bytes: 16_777_216, standardGroups: 5 },
] as const;
const routeIds = ["direct", "off", "heeded", "held"] as const;
const quick: readonly string[] = ["1mb-off", "1mb-held"];
/** The more settings are compared, the more pair groups each needs: at the other sizes, what buffers most beside what buffers least. */
const standard: readonly string[] = [
  "1kb-direct",
  "1kb-held",
  "1mb-direct",
  "1mb-off",
  "1mb-heeded",
  "1mb-held",
  "16mb-direct",
  "16mb-held",
];

export const buffering: Scenario = defineScenario({
  name: "buffering",
  title: "Large answers through a buffering proxy",
  question: "Does an answer begin at once however large it is, or is it held until some buffer is full or the answer is whole?",
  claims: [5],
  method:
    "On an open connection, an answer of a given size is due evenly within 40 ms; timed is until its first event, which a stream delivers at once, whatever is still to come, and until its last. " +
    "Through no proxy, through nginx that buffers as it does by default, with and without the header by which the Agent asks it not to, and through nginx with buffering off.",
  arms: [SSE_ARM, WS_ARM],
  metrics: [
    {
      id: "firstEvent",
      label: "time to first event",
      unit: "ms",
      better: "lower",
      kind: "wait",
      quantiles: [0.5, 0.9],
      description: "From client.start() to the run's first event in the application.",
    },
    {
      id: "lastEvent",
      label: "time to last event",
      unit: "ms",
      better: "lower",
      kind: "wait",
      quantiles: [0.5],
      description: "From client.start() to the run's last event in the application.",
    },
  ],
  settings: sizes.flatMap((size) =>
    routeIds.map((route) => {
      const id = `${size.id}-${route}`;
      return {
        id,
        label: `${size.label}, ${routes[route].label}`,
        factors: { bytes: size.bytes, way: route },
        groups: { quick: quick.includes(id) ? 5 : 0, standard: standard.includes(id) ? size.standardGroups : 0, full: 25 },
        value: { bytes: size.bytes, route: routes[route] },
        missing: withoutNginx,
      };
    }),
  ),
  notRemote: "nginx stands before the embedded Worker, and sizes are scripted.",
  measure: measureAnswer,
});

/** Of so many bytes of text, evenly over its time. */
function sizedReply(bytes: number): Reply {
  const count = Math.max(LEAST_TOKENS, Math.ceil(bytes / TOKEN_BYTES));
  const indices = Array.from({ length: count }, (_, index) => index);
  return {
    tokens: indices.map((index) => paddedToken(index, bytes / count)),
    dueMs: indices.map((index) => (index * ANSWER_MS) / count),
  };
}

interface Answer {
  readonly bytes: number;
  readonly route: Route;
}

async function measureAnswer(lab: LocalLab, arm: OurArm, { bytes, route }: Answer): Promise<Measurement> {
  const agent = `buffering-${lab.id()}`;
  await lab.wake(agent);
  using open = await openRoute(lab, arm, route, agent);
  // Opens the connection, which is not the question here.
  const opening = await followToEnd(lab, open.client.start(contextOf(lab.script(steadyReply(lab, 1, 1)).prompt)), 1, () => undefined);
  const reply = sizedReply(bytes);
  const script = lab.script(reply);
  let firstAt: number | undefined;
  let lastAt = 0;
  const startedAt = performance.now();
  const integrity = await followToEnd(lab, open.client.start(contextOf(script.prompt)), reply.tokens.length, (_event, at) => {
    firstAt ??= at;
    lastAt = at;
  });
  lab.provider.removeReply(script.id);
  return {
    samples: { firstEvent: [(firstAt ?? Number.NaN) - startedAt], lastEvent: [lastAt - startedAt] },
    integrity: addUp([opening, integrity]),
  };
}
