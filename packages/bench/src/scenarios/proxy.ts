import { withoutNginx, withoutOpenssl } from "@agent-transports/lab/tools";
import type { Lab } from "../lab/lab.ts";
import type { Condition } from "../results/schema.ts";
import { converse, type Load } from "./parts/conversations.ts";
import { openWay, ways, withoutTrust } from "./parts/routes.ts";
import { SSE_ARM, WS_ARM, type Measurement, type Scenario } from "./parts/scenario.ts";

type WayId = keyof typeof ways;

/** One conversation: where several stream, the Agent itself joins tokens (packages/bench/peers/README.md, "Where the time goes"). */
const steady: Load = { conversations: 1, tokensPerSecond: 50, length: 9 };
const traffic: Load = { conversations: 1, tokensPerSecond: 150, length: "traffic" };

interface Setting {
  readonly way: WayId;
  readonly load: Load;
}

const settings: Readonly<Record<string, Setting>> = {
  off: { way: "off", load: steady },
  held: { way: "held", load: steady },
  direct: { way: "direct", load: steady },
  heeded: { way: "heeded", load: steady },
  chunked: { way: "chunked", load: steady },
  gzip: { way: "gzip", load: steady },
  gzipHeld: { way: "gzipHeld", load: steady },
  http2: { way: "http2", load: steady },
  "off-traffic": { way: "off", load: traffic },
  "held-traffic": { way: "held", load: traffic },
};

export const proxy: Scenario = {
  name: "proxy",
  title: "Behind a proxy",
  question: "With nginx between, do tokens still reach the application as the model sends them, or in bursts?",
  claims: [5, 8],
  method:
    "A real nginx stands before the Worker. One answer streams at 50 tokens/s, or, as long as real ones, at 150; the provider stamps each token as it leaves, the application as it receives it. " +
    "The headline is how many tokens come at once; beside it, by how much the time between two differs from what it was at the provider. nginx never buffers an upgraded connection, so that its settings are about SSE alone.",
  arms: [SSE_ARM, WS_ARM],
  metrics: [
    {
      id: "burst",
      label: "tokens at once",
      unit: "count",
      better: "lower",
      quantiles: [0.5, 0.9],
      description: "By token: how many of its run the application received in the same turn of its event loop, itself included.",
    },
    {
      id: "distortion",
      label: "distortion of the time between tokens",
      unit: "ms",
      better: "lower",
      quantiles: [0.5, 0.9],
      description: "Between two tokens of one run: the time in the application less the time at the provider, without its sign.",
    },
    {
      id: "latency",
      label: "token latency",
      unit: "ms",
      better: "lower",
      quantiles: [0.5, 0.9, 0.99],
      description: "From the provider's write of a token to its event in the application.",
    },
  ],
  conditions: Object.entries(settings).map(([id, { way, load }]): Condition => ({
    id,
    label: load.length === "traffic" ? `${ways[way].label}; answers as long as real ones` : ways[way].label,
    factors: { way, tokensPerSecond: load.tokensPerSecond, length: load.length },
  })),
  groups: { quick: 0, standard: 10, full: 50 },
  // Replies of real traffic last for seconds.
  groupsAt: ({ id }) => ({ quick: 0, standard: id.endsWith("-traffic") ? 0 : 10, full: 50 }),
  notRemote: "nginx stands before the embedded Worker, and tokens are stamped by the scripted provider.",
  missing,
  runBlock,
};

function missing({ id }: Condition): string | null {
  return withoutNginx() ?? (settings[id]?.way === "http2" ? (withoutTrust() ?? withoutOpenssl()) : null);
}

async function runBlock(lab: Lab, arm: string, condition: Condition): Promise<Measurement> {
  const { way, load } = settings[condition.id]!;
  const agent = `proxy-${lab.id()}`;
  await lab.wake(agent);
  using open = await openWay(lab, arm, ways[way], agent);
  const turns = new Turns();
  const bursts: Map<number, number>[] = [];
  const { conversations, integrity, values } = await converse(lab, load, open.client, (conversation) => {
    const counts = (bursts[conversation] ??= new Map<number, number>());
    counts.set(turns.now, (counts.get(turns.now) ?? 0) + 1);
  });
  const samples = {
    distortion: conversations.flatMap(({ sentAt, receivedAt }) =>
      receivedAt.slice(1).map((at, index) => Math.abs(at - receivedAt[index]! - (sentAt[index + 1]! - sentAt[index]!))),
    ),
    latency: conversations.flatMap(({ sentAt, receivedAt }) => receivedAt.map((at, index) => at - sentAt[index]!)),
    burst: bursts.flatMap((counts) => [...counts.values()].flatMap((count) => Array.from({ length: count }, () => count))),
  };
  return { samples, values, integrity };
}

/** Numbers the turns of the event loop: whatever one read of a socket brings, the application has within one. */
class Turns {
  #now = 0;
  #counting = false;

  get now(): number {
    if (!this.#counting) {
      this.#counting = true;
      setImmediate(() => {
        this.#counting = false;
        this.#now += 1;
      });
    }
    return this.#now;
  }
}
