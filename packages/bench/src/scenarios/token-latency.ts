import type { Lab } from "../lab/lab.ts";
import type { Condition } from "../results/schema.ts";
import { tokenLatencyPeers } from "../peer-blocks/token-latency-peers.ts";
import { converse, type Conversed, type Load } from "./parts/conversations.ts";
import { FLOOR_ARM, SSE_ARM, WS_ARM, type Depth, type Measurement, type Scenario } from "./parts/scenario.ts";

const loads: Readonly<Record<string, Load>> = {
  one: { conversations: 1, tokensPerSecond: 50, length: 35 },
  eight: { conversations: 8, tokensPerSecond: 40, length: 24 },
  // One socket follows 50 runs.
  many: { conversations: 48, tokensPerSecond: 6, length: 10 },
  traffic: { conversations: 3, tokensPerSecond: 300, length: "traffic" },
};

const groupsAt: Readonly<Record<string, Readonly<Record<Depth, number>>>> = {
  one: { quick: 5, standard: 15, full: 100 },
  eight: { quick: 5, standard: 15, full: 100 },
  many: { quick: 0, standard: 10, full: 100 },
  traffic: { quick: 5, standard: 8, full: 100 },
};

export const tokenLatency: Scenario = {
  name: "token-latency",
  title: "From the model to the screen",
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
      quantiles: [0.5, 0.9, 0.99],
      description: "From the provider's write of a token to its event in the application.",
    },
    {
      id: "firstToken",
      label: "start to first token, all conversations beginning",
      unit: "ms",
      better: "lower",
      quantiles: [0.5, 0.9],
      description:
        "From the start of each conversation, on connections that are not open yet, to its first token in the application; the model's own 5 ms are in it. On a connection that is open: first-token.",
    },
    {
      id: "gap",
      label: "time between tokens",
      unit: "ms",
      better: "lower",
      quantiles: [0.5, 0.99],
      description: "Between two tokens of one run as they reach the application: what coalescing or jitter distorts.",
      scheduled: true,
    },
  ],
  conditions: [
    { id: "one", label: "1 conversation, 50 tokens/s", factors: { conversations: 1, tokensPerSecond: 50 } },
    { id: "eight", label: "8 conversations, 40 tokens/s each", factors: { conversations: 8, tokensPerSecond: 40 } },
    {
      id: "many",
      label: "48 conversations, 6 tokens/s each",
      factors: { conversations: 48, tokensPerSecond: 6 },
    },
    {
      id: "traffic",
      label: "lengths and arrivals of real traffic, 300 tokens/s each",
      factors: { conversations: 3, tokensPerSecond: 300 },
    },
  ],
  groups: { quick: 5, standard: 25, full: 100 },
  groupsAt: ({ id }) => groupsAt[id]!,
  notRemote: "A token's sending is stamped by the scripted provider, which a deployment does not use.",
  runBlock,
  peers: tokenLatencyPeers(loads, measured),
};

async function runBlock(lab: Lab, arm: string, condition: Condition): Promise<Measurement> {
  const agent = `token-latency-${lab.id()}`;
  if (arm !== "floor") await lab.wake(agent);
  using client = arm === "floor" ? undefined : lab.client(arm, { name: agent });
  return measured(await converse(lab, loads[condition.id]!, client));
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
