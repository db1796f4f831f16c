import { withoutNginx, withoutOpenssl } from "@agent-transports/lab/tools";
import type { LocalLab } from "../lab/lab.ts";
import { SSE_ARM, WS_ARM, type OurArm } from "./parts/arms.ts";
import { converse, type Load } from "./parts/conversations.ts";
import { defineScenario } from "./parts/define-scenario.ts";
import { openRoute, routes, withoutTrust } from "./parts/routes.ts";
import type { Groups, Measurement, Scenario } from "./parts/scenario.ts";

/** One conversation: where several stream, the Agent itself joins tokens (packages/peers/README.md, "Where the time goes"). */
const steady: Load = { conversations: 1, tokensPerSecond: 50, length: 9 };
const traffic: Load = { conversations: 1, tokensPerSecond: 150, length: "traffic" };

interface Answer {
  readonly route: keyof typeof routes;
  readonly load: Load;
}

const groups: Groups = { quick: 0, standard: 3, full: 50 };
/** Replies of real traffic last for seconds. */
const onlyFull: Groups = { quick: 0, standard: 0, full: 50 };

const settings: readonly { readonly id: string; readonly groups: Groups; readonly value: Answer }[] = [
  { id: "off", groups, value: { route: "off", load: steady } },
  { id: "held", groups, value: { route: "held", load: steady } },
  { id: "direct", groups, value: { route: "direct", load: steady } },
  { id: "heeded", groups, value: { route: "heeded", load: steady } },
  { id: "chunked", groups, value: { route: "chunked", load: steady } },
  { id: "gzip", groups, value: { route: "gzip", load: steady } },
  { id: "gzipHeld", groups, value: { route: "gzipHeld", load: steady } },
  { id: "http2", groups, value: { route: "http2", load: steady } },
  { id: "off-traffic", groups: onlyFull, value: { route: "off", load: traffic } },
  { id: "held-traffic", groups: onlyFull, value: { route: "held", load: traffic } },
];

export const proxy: Scenario = defineScenario({
  name: "proxy",
  title: "Token delivery through a proxy",
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
      kind: "burst",
      quantiles: [0.5, 0.9],
      description: "By token: how many of its run the application received in the same turn of its event loop, itself included.",
    },
    {
      id: "distortion",
      label: "distortion of the time between tokens",
      unit: "ms",
      better: "lower",
      kind: "token",
      quantiles: [0.5, 0.9],
      description: "Between two tokens of one run: the time in the application less the time at the provider, without its sign.",
    },
    {
      id: "latency",
      label: "token latency",
      unit: "ms",
      better: "lower",
      kind: "token",
      quantiles: [0.5, 0.9, 0.99],
      description: "From the provider's write of a token to its event in the application.",
    },
  ],
  settings: settings.map((setting) => {
    const { route, load } = setting.value;
    return {
      ...setting,
      label: load.length === "traffic" ? `${routes[route].label}; answers as long as real ones` : routes[route].label,
      factors: { way: route, tokensPerSecond: load.tokensPerSecond, length: load.length },
      missing: () => withoutNginx() ?? (route === "http2" ? (withoutTrust() ?? withoutOpenssl()) : null),
    };
  }),
  notRemote: "nginx stands before the embedded Worker, and tokens are stamped by the scripted provider.",
  measure: measureBursts,
});

async function measureBursts(lab: LocalLab, arm: OurArm, { route, load }: Answer): Promise<Measurement> {
  const agent = `proxy-${lab.id()}`;
  await lab.wake(agent);
  using open = await openRoute(lab, arm, routes[route], agent);
  const turns = new Turns();
  const bursts: Map<number, number>[] = [];
  const { conversations, integrity, values } = await converse(lab, load, open.client, (conversation) => {
    const counts = (bursts[conversation] ??= new Map<number, number>());
    counts.set(turns.now, (counts.get(turns.now) ?? 0) + 1);
  });
  const samples = {
    distortion: conversations.flatMap(({ sentAt, receivedAt }) => {
      const sent = gaps(sentAt);
      return gaps(receivedAt).map((gap, index) => Math.abs(gap - (sent[index] ?? Number.NaN)));
    }),
    latency: conversations.flatMap(({ sentAt, receivedAt }) => receivedAt.map((at, index) => at - (sentAt[index] ?? Number.NaN))),
    burst: bursts.flatMap((counts) => [...counts.values()].flatMap((count) => Array.from({ length: count }, () => count))),
  };
  return { samples, values, integrity };
}

/** The time between each and the one before it. */
function gaps(moments: readonly number[]): number[] {
  return moments.slice(1).map((at, index) => at - (moments[index] ?? Number.NaN));
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
