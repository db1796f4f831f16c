import { addUp } from "@agent-transports/lab/integrity";
import { runTimeMs } from "@agent-transports/lab/machine";
import type { NginxSettings } from "@agent-transports/lab/nginx";
import type { FaultProxy } from "@agent-transports/lab/proxy";
import { withoutNginx } from "@agent-transports/lab/tools";
import { contextOf, type Lab } from "../lab/lab.ts";
import type { Condition } from "../results/schema.ts";
import { followToEnd, steadyReply } from "./parts/follow.ts";
import { openWay, ways } from "./parts/routes.ts";
import { SSE_ARM, WS_ARM, type Measurement, type Scenario } from "./parts/scenario.ts";

const plain: NginxSettings = { ...ways.off.nginx, deflate: false };
const compressed: NginxSettings = { ...ways.gzip.nginx, deflate: true };

/** The headers and the first event are through before the text begins. */
const THINKING_MS = 20;

interface Load {
  readonly label: string;
  readonly tokens: number;
  readonly perSecond: number;
}

const loads = {
  paced: { label: "200 tokens/s", tokens: 24, perSecond: 200 },
  fast: { label: "2,000 tokens as fast as they come", tokens: 2_000, perSecond: 1_000_000 },
} as const satisfies Readonly<Record<string, Load>>;

const settings = (["paced", "fast"] as const).flatMap((load) =>
  (["plain", "compressed"] as const).map((kind) => ({ id: `${load}-${kind}`, load, kind })),
);

export const compression: Scenario = {
  name: "compression",
  title: "Compressed on the way",
  question: "What does compression save on the wire, and what does it cost: gzip of an event stream, permessage-deflate of a WebSocket?",
  claims: [],
  method:
    "All through nginx with buffering off. Compressed: nginx's gzip for the event stream, flushed at each event (it hides the Agent's Content-Encoding: identity, which keeps nginx from it), and permessage-deflate between Node's WebSocket " +
    "and workerd, which both offer. Not compressed: gzip off, and nginx takes the offer from the handshake. Bytes are of the stream from its first event on, CPU of the whole answer. Scripted words repeat more than people's: real text is compressed less.",
  arms: [SSE_ARM, WS_ARM],
  metrics: [
    {
      id: "wire",
      label: "bytes down for 1,000 bytes of text",
      unit: "bytes",
      better: "lower",
      quantiles: [0.5],
      description:
        "What the proxy carried towards the client after the first event, which comes before the text, over the text's own UTF-8 bytes, times 1,000.",
    },
    {
      id: "serverCpu",
      label: "CPU of workerd and nginx, 1,000 tokens",
      unit: "ms",
      better: "lower",
      quantiles: [0.5],
      description: "Run time of all their threads in the scheduler's account, over the tokens of the answer, times 1,000.",
    },
    {
      id: "clientCpu",
      label: "CPU of the client's process, 1,000 tokens",
      unit: "ms",
      better: "lower",
      quantiles: [0.5],
      description: "User and system time of the process that holds the client, and with it the scripted provider and the fault proxy.",
    },
  ],
  conditions: settings.map(({ id, load, kind }): Condition => ({
    id,
    label: `${loads[load].label}, ${kind === "plain" ? "not compressed" : "compressed"}`,
    factors: { tokens: loads[load].tokens, compressed: kind === "compressed" ? "yes" : "no" },
  })),
  groups: { quick: 0, standard: 15, full: 60 },
  notRemote: "nginx stands before the embedded Worker, and bytes are counted by the proxy beside it.",
  missing: withoutNginx,
  runBlock,
};

async function runBlock(lab: Lab, arm: string, condition: Condition): Promise<Measurement> {
  const { load, kind } = settings.find(({ id }) => id === condition.id)!;
  const nginx = kind === "plain" ? plain : compressed;
  const agent = `compression-${lab.id()}`;
  await lab.wake(agent);
  const pids = [...(lab.host?.pids ?? []), (await lab.nginx(nginx)).pid];
  using open = await openWay(lab, arm, { label: "", nginx }, agent);
  // Opens the connection and warms the agent, which are not the question here.
  const opening = await followToEnd(lab, open.client.start(contextOf(lab.script(steadyReply(lab, 1, 1)).prompt)), 1, () => undefined);
  const { tokens, perSecond } = loads[load];
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
  lab.provider?.removeReply(script.id);
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
