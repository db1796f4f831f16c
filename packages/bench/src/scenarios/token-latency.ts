import type { LocalLab } from "../lab/lab.ts";
import { tokenLatencyPeers } from "../peer-blocks/token-latency-peers.ts";
import { FLOOR_ARM, SSE_ARM, WS_ARM, type OurArm } from "./parts/arms.ts";
import { converse, type Conversed, type Load } from "./parts/conversations.ts";
import { defineScenario } from "./parts/define-scenario.ts";
import type { Groups, Measurement, Scenario } from "./parts/scenario.ts";

interface LoadSetting {
  readonly id: string;
  readonly label: string;
  readonly groups: Groups;
  readonly value: Load;
}

const settings: readonly LoadSetting[] = [
  {
    id: "one",
    label: "1 conversation, 50 tokens/s",
    groups: { quick: 5, standard: 15, full: 100 },
    value: { conversations: 1, tokensPerSecond: 50, length: 35 },
  },
  {
    id: "eight",
    label: "8 conversations, 40 tokens/s each",
    groups: { quick: 0, standard: 5, full: 100 },
    value: { conversations: 8, tokensPerSecond: 40, length: 24 },
  },
  {
    // One socket follows 50 runs.
    id: "many",
    label: "48 conversations, 6 tokens/s each",
    groups: { quick: 0, standard: 5, full: 100 },
    value: { conversations: 48, tokensPerSecond: 6, length: 10 },
  },
  {
    id: "traffic",
    label: "lengths and arrivals of real traffic, 300 tokens/s each",
    groups: { quick: 5, standard: 5, full: 100 },
    value: { conversations: 3, tokensPerSecond: 300, length: "traffic" },
  },
];

export const tokenLatency: Scenario = defineScenario({
  name: "token-latency",
  title: "Latency of each token",
  question: "While an answer streams, how much later than the model sends it does each token reach the application?",
  claims: [8],
  method:
    "The provider sends tokens on a schedule that waits for nobody, and stamps each one; the application stamps it as its loop receives it. " +
    "Between the two lie the agent, its durable log, and the transport. The floor reads the provider with no agent between.",
  arms: [SSE_ARM, WS_ARM, FLOOR_ARM],
  metrics: [
    {
      id: "latency",
      label: "token latency",
      unit: "ms",
      better: "lower",
      kind: "token",
      quantiles: [0.5, 0.9, 0.99],
      description: "From the provider's write of a token to its event in the application.",
    },
    {
      id: "firstToken",
      label: "start to first token, all conversations beginning",
      unit: "ms",
      better: "lower",
      kind: "wait",
      quantiles: [0.5, 0.9],
      description:
        "From the start of each conversation, on connections that are not open yet, to its first token in the application; the model's own 5 ms are in it. On a connection that is open: first-token.",
    },
    {
      id: "gap",
      label: "time between tokens",
      unit: "ms",
      better: "lower",
      kind: "token",
      quantiles: [0.5, 0.99],
      description: "Between two tokens of one run as they reach the application: what coalescing or jitter distorts.",
      scheduled: true,
    },
  ],
  settings: settings.map((setting) => {
    const { conversations, tokensPerSecond } = setting.value;
    return { ...setting, factors: { conversations, tokensPerSecond } };
  }),
  notRemote: "A token's sending is stamped by the scripted provider, which a deployment does not use.",
  measure: measureLoad,
  peers: tokenLatencyPeers(measured),
});

async function measureLoad(lab: LocalLab, arm: OurArm | typeof FLOOR_ARM, load: Load): Promise<Measurement> {
  const agent = `token-latency-${lab.id()}`;
  if (arm.transport === null) return measured(await converse(lab, load, undefined));
  await lab.wake(agent);
  using client = lab.client(arm, { name: agent });
  return measured(await converse(lab, load, client));
}

function measured({ conversations, integrity, values }: Conversed): Measurement {
  const latency: number[] = [];
  const firstToken: number[] = [];
  const gap: number[] = [];
  for (const { startedAt, sentAt, receivedAt } of conversations) {
    const [first] = receivedAt;
    if (first !== undefined) firstToken.push(first - startedAt);
    for (const [index, at] of receivedAt.entries()) {
      latency.push(at - (sentAt[index] ?? Number.NaN));
      if (index > 0) gap.push(at - (receivedAt[index - 1] ?? Number.NaN));
    }
  }
  return { samples: { latency, firstToken, gap }, values, integrity };
}
