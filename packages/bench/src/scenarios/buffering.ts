import { addUp } from "@agent-transports/lab/integrity";
import { paddedToken, type Reply } from "@agent-transports/lab/provider";
import { withoutNginx } from "@agent-transports/lab/tools";
import { contextOf, type Lab } from "../lab/lab.ts";
import type { Condition } from "../results/schema.ts";
import { followToEnd, steadyReply } from "./parts/follow.ts";
import { openWay, ways } from "./parts/routes.ts";
import { SSE_ARM, WS_ARM, type Measurement, type Scenario } from "./parts/scenario.ts";

/** An answer is due within so long, whatever its size; the largest take as long as they take. */
const ANSWER_MS = 40;
const LEAST_TOKENS = 20;
const TOKEN_BYTES = 16_384;

const sizes = [
  // With the events around it, less than the 4 KiB of nginx's first buffer.
  { id: "1kb", label: "1 KB", bytes: 1_024 },
  { id: "64kb", label: "64 KB", bytes: 65_536 },
  { id: "1mb", label: "1 MB", bytes: 1_048_576 },
  { id: "16mb", label: "16 MB", bytes: 16_777_216 },
] as const;
const wayIds = ["direct", "off", "heeded", "held"] as const;
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

const settings = sizes.flatMap((size) => wayIds.map((way) => ({ id: `${size.id}-${way}`, size, way })));

export const buffering: Scenario = {
  name: "buffering",
  title: "Large answers, and who holds them back",
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
      quantiles: [0.5, 0.9],
      description: "From client.start() to the run's first event in the application.",
    },
    {
      id: "lastEvent",
      label: "time to last event",
      unit: "ms",
      better: "lower",
      quantiles: [0.5],
      description: "From client.start() to the run's last event in the application.",
    },
  ],
  conditions: settings.map(({ id, size, way }): Condition => ({
    id,
    label: `${size.label}, ${ways[way].label}`,
    factors: { bytes: size.bytes, way },
  })),
  groups: { quick: 0, standard: 12, full: 25 },
  groupsAt: ({ id }) => ({ quick: quick.includes(id) ? 5 : 0, standard: standardGroups(id), full: 25 }),
  notRemote: "nginx stands before the embedded Worker, and sizes are scripted.",
  missing: withoutNginx,
  runBlock,
};

function standardGroups(id: string): number {
  if (!standard.includes(id)) return 0;
  return id.startsWith("16mb") ? 5 : 12;
}

/** Of so many bytes of text, evenly over its time. */
function sizedReply(bytes: number): Reply {
  const count = Math.max(LEAST_TOKENS, Math.ceil(bytes / TOKEN_BYTES));
  const indices = Array.from({ length: count }, (_, index) => index);
  return {
    tokens: indices.map((index) => paddedToken(index, bytes / count)),
    dueMs: indices.map((index) => (index * ANSWER_MS) / count),
  };
}

async function runBlock(lab: Lab, arm: string, condition: Condition): Promise<Measurement> {
  const { size, way } = settings.find(({ id }) => id === condition.id)!;
  const agent = `buffering-${lab.id()}`;
  await lab.wake(agent);
  using open = await openWay(lab, arm, ways[way], agent);
  // Opens the connection, which is not the question here.
  const opening = await followToEnd(lab, open.client.start(contextOf(lab.script(steadyReply(lab, 1, 1)).prompt)), 1, () => undefined);
  const reply = sizedReply(size.bytes);
  const script = lab.script(reply);
  let firstAt: number | undefined;
  let lastAt = 0;
  const startedAt = performance.now();
  const integrity = await followToEnd(lab, open.client.start(contextOf(script.prompt)), reply.tokens.length, (_event, at) => {
    firstAt ??= at;
    lastAt = at;
  });
  lab.provider?.removeReply(script.id);
  return {
    samples: { firstEvent: [(firstAt ?? Number.NaN) - startedAt], lastEvent: [lastAt - startedAt] },
    integrity: addUp([opening, integrity]),
  };
}
