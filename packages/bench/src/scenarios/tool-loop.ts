import type { MessageLike, RunInput, TransportClient } from "@agent-transports/protocol";
import { addUp } from "../integrity.ts";
import { replyMarker } from "../provider/provider.ts";
import type { Reply } from "../provider/reply.ts";
import { contextOf, textPart, type Lab } from "../lab.ts";
import type { Condition, Integrity } from "../results/schema.ts";
import { followToEnd, steadyReply } from "./follow.ts";
import { COLD_ARM, SSE_ARM, WS_ARM, type Measurement, type Scenario } from "./types.ts";

const TURNS = 6;
const CHAINS = 3;
const ANSWER_TOKENS = 8;
/** What a tool gives back: a page of search results, say. */
const OUTPUT_BYTES = 4_096;
const tools = { lookup: { description: "Looks something up.", inputSchema: { type: "object", properties: { page: { type: "number" } } } } };

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

export const toolLoop: Scenario = {
  name: "tool-loop",
  title: "Chains of tool calls",
  question: "An agent calls tools that the client runs: is a chain of turns faster on one socket, or is it only that less is sent?",
  claims: [7, 8],
  method:
    "Chains of six turns: each tool result goes up, the next answer streams down. A 2×2: the transport, and whether only what is new goes up (the agent holds the rest) or the whole " +
    "context each time, which grows by 4 KB a turn. Replies are due at once, and tools take no time, so that what is left is the transports' share.",
  arms: [SSE_ARM, WS_ARM, COLD_ARM],
  metrics: [
    {
      id: "turn",
      label: "one turn",
      unit: "ms",
      better: "lower",
      quantiles: [0.5, 0.9],
      description: "From the tool's result to the end of the next answer in the application.",
    },
    {
      id: "chain",
      label: "the whole chain",
      unit: "ms",
      better: "lower",
      quantiles: [0.5],
      description: "From the prompt to the end of the sixth answer.",
    },
  ],
  conditions: [
    { id: "new", label: "only what is new goes up", factors: { input: "new", turns: TURNS } },
    { id: "whole", label: "the whole context goes up", factors: { input: "whole", turns: TURNS } },
  ],
  groups: { quick: 6, standard: 25, full: 100 },
  notRemote: "The chain of tool calls is scripted, and a deployment's model is not.",
  runBlock,
};

async function runBlock(lab: Lab, arm: string, condition: Condition): Promise<Measurement> {
  const turn: number[] = [];
  const chain: number[] = [];
  const integrity: Integrity[] = [];
  for (let i = 0; i < CHAINS; i++) {
    const agent = `tool-loop-${lab.id()}`;
    await lab.wake(agent);
    using client = lab.client(arm, { name: agent });
    // Opens the connection; what it costs to open one is another scenario's question.
    await followToEnd(lab, client.start(contextOf(lab.script(steadyReply(lab, 1, 1)).prompt)), undefined, () => undefined);
    const startedAt = performance.now();
    const result = await runChain(lab, arm, client, condition.id === "whole");
    chain.push(performance.now() - startedAt);
    turn.push(...result.turns);
    integrity.push(...result.integrity);
  }
  return { samples: { turn, chain }, integrity: addUp(integrity) };
}

async function runChain(
  lab: Lab,
  arm: string,
  client: TransportClient,
  whole: boolean,
): Promise<{ turns: number[]; integrity: Integrity[] }> {
  const turns: number[] = [];
  const integrity: Integrity[] = [];
  const ids = Array.from({ length: TURNS }, (_, index) => scriptTurn(lab, index));
  const prompt = `Find it. ${replyMarker(ids[0]!)}`;
  const parts: ToolPart[] = [];
  const context = (): RunInput => {
    const asked: MessageLike = { id: "u", role: "user", parts: [textPart(prompt)] };
    return { messages: parts.length === 0 ? [asked] : [asked, { id: "a", role: "assistant", parts }], tools };
  };
  let input: RunInput = whole ? context() : { prompt, tools };
  for (let index = 0; index < TURNS; index++) {
    if (arm === "sse-cold") await lab.forgetConnections(arm);
    const sentAt = performance.now();
    let call: ToolCall | undefined;
    const run = client.start(input);
    integrity.push(
      await followToEnd(lab, run, ANSWER_TOKENS, ({ data }) => {
        if (data.type === "tool-input-available" && typeof data.toolCallId === "string")
          call = { toolCallId: data.toolCallId, input: data.input };
      }),
    );
    turns.push(performance.now() - sentAt);
    if (index === TURNS - 1) break;
    if (call === undefined) throw new Error(`Turn ${index + 1} of a chain ended without its tool call.`);
    const output = { page: "x".repeat(OUTPUT_BYTES), next: replyMarker(ids[index + 1]!) };
    parts.push({ type: "tool-lookup", state: "output-available", output, ...call });
    input = whole ? context() : { toolOutputs: [{ toolCallId: call.toolCallId, output }], tools };
  }
  return { turns, integrity };
}

function scriptTurn(lab: Lab, index: number): string {
  const reply: Reply = steadyReply(lab, ANSWER_TOKENS, 100_000);
  return lab.script(index === TURNS - 1 ? reply : { ...reply, toolCall: { name: "lookup", arguments: { page: index } } }).id;
}
