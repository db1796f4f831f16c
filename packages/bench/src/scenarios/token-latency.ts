import { addUp } from "../integrity.ts";
import { contextOf, type Lab } from "../lab.ts";
import { readReply } from "../floor/read-provider.ts";
import type { Condition, Integrity } from "../results/schema.ts";
import type { Reply } from "../provider/reply.ts";
import { followToEnd, latenessOf, steadyReply, tokensOf } from "./follow.ts";
import { FLOOR_ARM, SSE_ARM, WS_ARM, type Measurement, type Scenario } from "./types.ts";

interface Load {
  readonly conversations: number;
  readonly tokensPerSecond: number;
  /** Tokens of a reply, or `traffic`: the lengths and arrivals of real traffic. */
  readonly length: number | "traffic";
}

const loads: Readonly<Record<string, Load>> = {
  one: { conversations: 1, tokensPerSecond: 50, length: 35 },
  eight: { conversations: 8, tokensPerSecond: 40, length: 24 },
  traffic: { conversations: 3, tokensPerSecond: 300, length: "traffic" },
};

/** Real arrivals are minutes long; a block is not. */
const LONGEST_GAP_MS = 100;

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
      id: "traffic",
      label: "lengths and arrivals of real traffic, 300 tokens/s each",
      factors: { conversations: 3, tokensPerSecond: 300 },
    },
  ],
  groups: { quick: 5, standard: 25, full: 100 },
  notRemote: "A token's sending is stamped by the scripted provider, which a deployment does not use.",
  runBlock,
};

async function runBlock(lab: Lab, arm: string, condition: Condition): Promise<Measurement> {
  const load = loads[condition.id]!;
  const agent = `token-latency-${lab.id()}`;
  const latency: number[] = [];
  const gap: number[] = [];
  const lateness: number[] = [];
  const integrity: Integrity[] = [];
  if (arm !== "floor") await lab.wake(agent);
  using client = arm === "floor" ? undefined : lab.client(arm, { name: agent });

  let startMs = 0;
  const conversations = Array.from({ length: load.conversations }, () => {
    const length = load.length === "traffic" ? lab.traffic.replyLength(lab.random) : load.length;
    // Conversations do not begin together: their tokens would be due together for as long as they last.
    startMs +=
      load.length === "traffic"
        ? Math.min(LONGEST_GAP_MS, lab.traffic.arrivalGapMs(lab.random))
        : 1000 / load.tokensPerSecond / load.conversations;
    return { reply: steadyReply(lab, length, load.tokensPerSecond, 5), startMs };
  });
  let firstAt = Infinity;
  let lastAt = 0;
  await Promise.all(
    conversations.map(async ({ reply, startMs }) => {
      await new Promise((resolve) => setTimeout(resolve, startMs));
      const script = lab.script(reply);
      const receivedAt: number[] = [];
      if (client === undefined) await readReply(lab.floor!.provider, script.id, (index, at) => (receivedAt[index] = at));
      else {
        const run = client.start(contextOf(script.prompt));
        integrity.push(
          await followToEnd(lab, run, reply.tokens.length, (event, at) => {
            for (const index of tokensOf(event)) receivedAt[index] ??= at;
          }),
        );
      }
      const sent = lab.provider?.sent(script.id);
      for (const [index, at] of receivedAt.entries()) {
        latency.push(at - (sent?.sentAt[index] ?? Number.NaN));
        if (index > 0) gap.push(at - (receivedAt[index - 1] ?? Number.NaN));
      }
      lateness.push(...latenessOf(sent));
      firstAt = Math.min(firstAt, sent?.sentAt[0] ?? Infinity);
      lastAt = Math.max(lastAt, sent?.sentAt.at(-1) ?? 0);
      lab.provider?.removeReply(script.id);
    }),
  );
  return {
    samples: { latency, gap },
    values: {
      ...rates(conversations, firstAt, lastAt),
      providerLatenessP99Ms: [...lateness].sort((a, b) => a - b)[Math.floor(lateness.length * 0.99)] ?? 0,
    },
    integrity: arm === "floor" ? null : addUp(integrity),
  };
}

/** Tokens per second that were due and that went out. */
function rates(
  conversations: readonly { readonly reply: Reply; readonly startMs: number }[],
  firstAt: number,
  lastAt: number,
): Record<string, number> {
  const tokens = conversations.reduce((sum, { reply }) => sum + reply.tokens.length, 0);
  const dueFrom = Math.min(...conversations.map(({ reply, startMs }) => startMs + (reply.dueMs[0] ?? 0)));
  const dueTo = Math.max(...conversations.map(({ reply, startMs }) => startMs + (reply.dueMs.at(-1) ?? 0)));
  return { targetRate: (tokens * 1000) / Math.max(1, dueTo - dueFrom), achievedRate: (tokens * 1000) / Math.max(1, lastAt - firstAt) };
}
