import type { TransportClient } from "@agent-transports/client-core";
import type { MessageLike, RunInput } from "@agent-transports/protocol";
import { addUp } from "@agent-transports/lab/integrity";
import { replyMarker } from "@agent-transports/lab/provider";
import { startProxy, type FaultProxy } from "@agent-transports/lab/proxy";
import type { LocalLab } from "../lab/lab.ts";
import { contextOf, textPart } from "../lab/run-input.ts";
import type { Integrity } from "../results/schema.ts";
import { COLD_ARM, SSE_ARM, WS_ARM, type OurArm } from "./parts/arms.ts";
import { defineScenario } from "./parts/define-scenario.ts";
import { followToEnd, steadyReply, until } from "./parts/follow.ts";
import type { Groups, Measurement, Scenario } from "./parts/scenario.ts";
import { chainMetric, OUTPUT_BYTES, REAL_PACE, scriptChain, TOOLS as tools } from "./parts/tool-chains.ts";

/** Chains that are long enough to be looked at by their first and their last fifth. */
const LONG_TURNS = 20;

interface Chain {
  readonly turns: number;
  readonly input: "new" | "whole";
  /** Of a block, one after another. */
  readonly chains: number;
  /** The model and the tools take their time; else all is due at once. */
  readonly realPace: boolean;
}

/** At each length, only what is new goes up, or the whole context. By length, but for the ids: `new` and `whole` are those of the quick depth. */
const lengths: readonly (Omit<Chain, "input"> & { readonly prefix: string; readonly groups: Groups })[] = [
  { prefix: "1-", turns: 1, chains: 5, realPace: false, groups: { quick: 0, standard: 6, full: 60 } },
  { prefix: "5-", turns: 5, chains: 3, realPace: false, groups: { quick: 0, standard: 6, full: 60 } },
  { prefix: "", turns: 20, chains: 2, realPace: false, groups: { quick: 5, standard: 10, full: 100 } },
  { prefix: "50-", turns: 50, chains: 1, realPace: false, groups: { quick: 0, standard: 6, full: 60 } },
  { prefix: "real-", turns: 20, chains: 1, realPace: true, groups: { quick: 0, standard: 3, full: 15 } },
];

export const toolLoop: Scenario = defineScenario({
  name: "tool-loop",
  title: "Chains of tool calls",
  question: "An agent calls tools that the client runs: is a chain of turns faster on one socket, or is it only that less is sent?",
  claims: [7, 8],
  method:
    "Chains of 1, 5, 20 and 50 turns: each tool result, of 4 KB, goes up, the next answer streams down. A 2×2 at each length: the transport, and whether only what is new goes up (the agent holds the rest) or the whole " +
    "context each time, which grows by each result. Replies are due at once, and tools take no time, so that what is left is the transports' share, and the agent's. Then chains at a real pace, to see what that share is of what people wait for: " +
    `answers as long in time as those of real traffic, the same in every chain, at ${REAL_PACE.tokensPerSecond} tokens/s in pieces each ${REAL_PACE.pieceMs} ms, a first token after ${REAL_PACE.firstTokenMs} ms and tools of ${REAL_PACE.toolMs} ms (these three are assumed, on the fast side).`,
  arms: [SSE_ARM, WS_ARM, COLD_ARM],
  metrics: [
    {
      ...chainMetric,
      description:
        "From the prompt to the end of the last answer, the tools' own time included; without that of ending connections, where each request has a new one.",
    },
    {
      id: "turn",
      label: "one turn",
      unit: "ms",
      better: "lower",
      kind: "wait",
      quantiles: [0.5, 0.9],
      description: "From the tool's result to the end of the next answer in the application.",
    },
    {
      id: "toModel",
      label: "until the model is asked",
      unit: "ms",
      better: "lower",
      kind: "wait",
      quantiles: [0.5],
      description:
        "From the tool's result to the model's having read the agent's request, with the whole context in either case: going up, and the agent's work on the messages that it holds or was sent.",
    },
    {
      id: "early",
      label: "a turn in the first fifth",
      unit: "ms",
      better: "lower",
      kind: "wait",
      quantiles: [0.5],
      description: `Of chains of ${LONG_TURNS} turns and more that are due at once.`,
    },
    {
      id: "late",
      label: "a turn in the last fifth",
      unit: "ms",
      better: "lower",
      kind: "wait",
      quantiles: [0.5],
      description: "The same: how far a turn grows with the chain behind it.",
    },
    {
      id: "bytesUp",
      label: "bytes up, the whole chain",
      unit: "bytes",
      better: "lower",
      kind: "traffic",
      quantiles: [0.5],
      description: "What the proxy carried towards the agent.",
    },
  ],
  settings: lengths.flatMap(({ prefix, groups, ...length }) =>
    (["new", "whole"] as const).map((input) => ({
      id: `${prefix}${input}`,
      label: labelOf({ ...length, input }),
      factors: { input, turns: length.turns, ...(length.realPace ? { pace: "real" } : {}) },
      groups,
      value: { ...length, input },
      furtherArmsAtQuick: false,
      // Whole chains of more than a minute, in which a core is busy for less than a second: all of --standard, two settings with three groups of four.
      ...(length.realPace ? { furtherArms: [], blocksAtOnce: 24 } : {}),
    })),
  ),
  blockLimitMs: 240_000,
  notRemote: "The chain of tool calls is scripted, and a deployment's model is not.",
  measure: measureChains,
});

function labelOf({ turns, input, realPace }: Chain): string {
  const length = `${turns} ${turns === 1 ? "turn" : "turns"}${realPace ? " at a real pace" : ""}`;
  return `${length} (${input === "new" ? "only what is new" : "the whole context"} goes up)`;
}

async function measureChains(lab: LocalLab, arm: OurArm, chain: Chain): Promise<Measurement> {
  if (!chain.realPace) return runChains(lab, arm, chain, lab.proxy(arm.id));
  // Of its own: other blocks run at the same time.
  const proxy = await startProxy(lab.host.url);
  try {
    return await runChains(lab, arm, chain, proxy);
  } finally {
    await proxy.close();
  }
}

async function runChains(lab: LocalLab, arm: OurArm, chain: Chain, proxy: FaultProxy): Promise<Measurement> {
  const samples = { chain: [] as number[], turn: [] as number[], toModel: [] as number[], early: [] as number[], late: [] as number[] };
  const bytesUp: number[] = [];
  const integrity: Integrity[] = [];
  const carried = (): number => proxy.connections.reduce((sum, connection) => sum + connection.bytesUp, 0);
  for (let i = 0; i < chain.chains; i++) {
    const agent = `tool-loop-${lab.id()}`;
    await lab.wake(agent);
    using client = lab.client(arm, { name: agent, url: proxy.url });
    // Opens the connection; what it costs to open one is another scenario's question.
    await followToEnd(lab, client.start(contextOf(lab.script(steadyReply(lab, 1, 1)).prompt)), undefined, () => undefined);
    const before = carried();
    const ran = await runChain(lab, arm, client, chain);
    bytesUp.push(carried() - before);
    samples.chain.push(ran.ms);
    samples.turn.push(...ran.turns);
    samples.toModel.push(...ran.toModel);
    if (chain.turns >= LONG_TURNS && !chain.realPace) {
      samples.early.push(...ran.turns.slice(0, chain.turns / 5));
      samples.late.push(...ran.turns.slice(-chain.turns / 5));
    }
    integrity.push(...ran.integrity);
  }
  return { samples: { ...samples, bytesUp }, integrity: addUp(integrity) };
}

interface ToolCall {
  readonly toolCallId: string;
  readonly input: unknown;
}

interface ToolPart {
  readonly type: "tool-lookup";
  readonly toolCallId: string;
  readonly state: "output-available";
  readonly input: unknown;
  readonly output: unknown;
}

/** What one chain took, in ms. */
interface Ran {
  readonly ms: number;
  readonly turns: readonly number[];
  readonly toModel: readonly number[];
  readonly integrity: readonly Integrity[];
}

async function runChain(lab: LocalLab, arm: OurArm, client: TransportClient, chain: Chain): Promise<Ran> {
  const turns: number[] = [];
  const toModel: number[] = [];
  const integrity: Integrity[] = [];
  const replies = scriptChain(lab, chain, (reply) => lab.script(reply));
  const [first] = replies;
  if (first === undefined) throw new Error("A chain has at least one turn.");
  const prompt = `Find it. ${replyMarker(first.id)}`;
  const parts: ToolPart[] = [];
  const context = (): RunInput => {
    const asked: MessageLike = { id: "u", role: "user", parts: [textPart(prompt)] };
    return { messages: parts.length === 0 ? [asked] : [asked, { id: "a", role: "assistant", parts }], tools };
  };
  let input: RunInput = chain.input === "whole" ? context() : { prompt, tools };
  const startedAt = performance.now();
  let asideMs = 0;
  for (const [index, { id, tokens }] of replies.entries()) {
    if (arm.id === COLD_ARM.id) {
      const before = performance.now();
      await lab.forgetConnections(arm.id);
      asideMs += performance.now() - before;
    }
    const sentAt = performance.now();
    let call: ToolCall | undefined;
    const run = client.start(input);
    integrity.push(
      await followToEnd(lab, run, tokens, ({ data }) => {
        if (data.type === "tool-input-available" && typeof data.toolCallId === "string")
          call = { toolCallId: data.toolCallId, input: data.input };
      }),
    );
    turns.push(performance.now() - sentAt);
    toModel.push((lab.provider.sent(id)?.requestAt ?? Number.NaN) - sentAt);
    lab.provider.removeReply(id);
    const next = replies[index + 1];
    if (next === undefined) break;
    if (call === undefined) throw new Error(`Turn ${index + 1} of a chain ended without its tool call.`);
    if (chain.realPace) await until(performance.now() + REAL_PACE.toolMs);
    const output = { page: "x".repeat(OUTPUT_BYTES), next: replyMarker(next.id) };
    parts.push({ type: "tool-lookup", state: "output-available", output, ...call });
    input = chain.input === "whole" ? context() : { toolOutputs: [{ toolCallId: call.toolCallId, output }], tools };
  }
  return { ms: performance.now() - startedAt - asideMs, turns, toModel, integrity };
}
