import { addUp } from "@agent-transports/lab/integrity";
import { runTimeMs } from "@agent-transports/lab/machine";
import type { NginxSettings } from "@agent-transports/lab/nginx";
import type { FaultProxy } from "@agent-transports/lab/proxy";
import { withoutNginx } from "@agent-transports/lab/tools";
import type { LocalLab } from "../lab/lab.ts";
import { contextOf } from "../lab/run-input.ts";
import { wakeAgent } from "../lab/wake-agent.ts";
import { SSE_ARM, WS_ARM, type OurArm } from "./parts/arms.ts";
import { defineScenario } from "./parts/define-scenario.ts";
import { followToEnd, steadyReply } from "./parts/follow.ts";
import { openRoute, routes } from "./parts/routes.ts";
import type { Measurement, Scenario } from "./parts/scenario.ts";

const plain: NginxSettings = { ...routes.off.nginx, deflate: false };
const compressed: NginxSettings = { ...routes.gzip.nginx, deflate: true };

/** The headers and the first event are through before the text begins. */
const THINKING_MS = 20;

interface Answer {
  readonly tokens: number;
  readonly perSecond: number;
  readonly nginx: NginxSettings;
}

const answers = [
  { id: "paced", label: "200 tokens/s", tokens: 24, perSecond: 200 },
  { id: "fast", label: "2,000 tokens as fast as they come", tokens: 2_000, perSecond: 1_000_000 },
];
const kinds = [
  { id: "plain", label: "not compressed", compressed: "no", nginx: plain },
  { id: "compressed", label: "compressed", compressed: "yes", nginx: compressed },
];

export const compression: Scenario = defineScenario({
  name: "compression",
  title: "Compression in transit",
  question: "What does compression save on the wire, and what does it cost: gzip of an event stream, permessage-deflate of a WebSocket?",
  claims: [],
  method:
    "All through nginx with buffering off. Compressed: nginx's gzip for the event stream, flushed at each event (it hides the Agent's Content-Encoding: identity, which keeps nginx from it), and permessage-deflate between Node's WebSocket " +
    "and a Worker with COMPRESS_WEBSOCKETS=on. Not compressed: the same Worker, gzip off, and nginx takes the offer from the handshake. Bytes are of the stream from its first event on, CPU of the whole answer. Scripted words repeat more than people's: real text is compressed less.",
  arms: [SSE_ARM, WS_ARM],
  metrics: [
    {
      id: "wire",
      label: "bytes down for 1,000 bytes of text",
      unit: "bytes",
      better: "lower",
      kind: "traffic",
      perAnswer: 4.5,
      quantiles: [0.5],
      description:
        "What the proxy carried towards the client after the first event, which comes before the text, over the text's own UTF-8 bytes, times 1,000.",
    },
    {
      id: "serverCpu",
      label: "CPU of workerd and nginx, 1,000 tokens",
      unit: "ms",
      better: "lower",
      kind: "cpu",
      quantiles: [0.5],
      description: "Run time of all their threads in the scheduler's account, over the tokens of the answer, times 1,000.",
    },
    {
      id: "clientCpu",
      label: "CPU of the client's process, 1,000 tokens",
      unit: "ms",
      better: "lower",
      kind: "cpu",
      quantiles: [0.5],
      description: "User and system time of the process that holds the client, and with it the scripted provider and the fault proxy.",
    },
  ],
  settings: answers.flatMap(({ id, label, tokens, perSecond }) =>
    kinds.map((kind) => ({
      id: `${id}-${kind.id}`,
      label: `${label}, ${kind.label}`,
      factors: { tokens, compressed: kind.compressed },
      groups: { quick: 0, standard: 6, full: 60 },
      value: { tokens, perSecond, nginx: kind.nginx },
      missing: withoutNginx,
    })),
  ),
  notRemote: "nginx stands before the embedded Worker, and bytes are counted by the proxy beside it.",
  measure: measureAnswer,
});

async function measureAnswer(lab: LocalLab, arm: OurArm, { tokens, perSecond, nginx }: Answer): Promise<Measurement> {
  const agent = `compression-${lab.id()}`;
  const host = await lab.compressing();
  await wakeAgent(host.url, agent);
  const pids = [...host.pids, (await lab.nginx(nginx, "compressing")).pid];
  using open = await openRoute(lab, arm, { label: "", nginx, worker: "compressing" }, agent);
  // Opens the connection and warms the agent, which are not the question here.
  const opening = await followToEnd(lab, open.client.start(contextOf(lab.script(steadyReply(lab, 1, 1)).prompt)), 1, () => undefined);
  const reply = steadyReply(lab, tokens, perSecond, THINKING_MS);
  const script = lab.script(reply);
  const serverBefore = await runTimeMs(pids);
  const clientBefore = process.cpuUsage();
  let bytesBefore: number | undefined;
  const integrity = await followToEnd(lab, open.client.start(contextOf(script.prompt)), tokens, () => {
    bytesBefore ??= bytesDown(open.proxy);
  });
  const client = process.cpuUsage(clientBefore);
  const serverAfter = await runTimeMs(pids);
  lab.provider.removeReply(script.id);
  const text = reply.tokens.reduce((sum, token) => sum + Buffer.byteLength(token), 0);
  const per1000 = 1000 / tokens;
  return {
    samples: {
      wire: bytesBefore === undefined ? [] : [((bytesDown(open.proxy) - bytesBefore) / text) * 1000],
      serverCpu: serverBefore === undefined || serverAfter === undefined ? [] : [(serverAfter - serverBefore) * per1000],
      clientCpu: [((client.user + client.system) / 1000) * per1000],
    },
    integrity: addUp([opening, integrity]),
  };
}

function bytesDown({ connections }: FaultProxy): number {
  return connections.reduce((sum, connection) => sum + connection.bytesDown, 0);
}
