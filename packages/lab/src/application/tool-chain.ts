import type { RunEvent, TransportClient } from "@agent-transports/client-core";
import type { MessageLike, RunInput } from "@agent-transports/protocol";
import { readRun, type ReadRun } from "./read-run.ts";
import { wait } from "./wait.ts";

/** A chain of turns: the model calls a tool at the end of each answer but the last, and the application runs it. */
export interface ToolChain {
  /** Asks for the first answer. */
  readonly prompt: string;
  /** By further turn, what the tool's output must hold so that its answer comes. */
  readonly nexts: readonly string[];
  readonly tools: Exclude<RunInput["tools"], undefined>;
  /** Of a tool's output. */
  readonly outputBytes: number;
  /** How long a tool takes. */
  readonly toolMs: number;
  /** What goes up: only what is new, or the whole conversation. */
  readonly input: "new" | "whole";
}

interface TextPart {
  readonly type: "text";
  readonly text: string;
}

interface ToolPart {
  readonly type: `tool-${string}`;
  readonly toolCallId: string;
  readonly state: "output-available";
  readonly input: unknown;
  readonly output: unknown;
}

interface ToolCall {
  readonly toolName: string;
  readonly toolCallId: string;
  readonly input: unknown;
}

/** @returns a run for each turn @throws Error where an answer ends without its tool call */
export async function runChain(
  client: TransportClient,
  { prompt, nexts, tools, outputBytes, toolMs, input }: ToolChain,
): Promise<ReadRun[]> {
  const text: TextPart = { type: "text", text: prompt };
  const asked: MessageLike = { id: "u", role: "user", parts: [text] };
  const parts: ToolPart[] = [];
  const whole = (): RunInput => ({ messages: parts.length === 0 ? [asked] : [asked, { id: "a", role: "assistant", parts }], tools });
  const runs = [await readRun(client.start(input === "whole" ? whole() : { prompt, tools }))];
  for (const next of nexts) {
    const { toolName, toolCallId, input: given } = callIn(runs.at(-1)?.events ?? []);
    await wait(toolMs);
    const output = { page: "x".repeat(outputBytes), next };
    parts.push({ type: `tool-${toolName}`, toolCallId, state: "output-available", input: given, output });
    runs.push(await readRun(client.start(input === "whole" ? whole() : { toolOutputs: [{ toolCallId, output }], tools })));
  }
  return runs;
}

function callIn(events: readonly RunEvent[]): ToolCall {
  for (const { data } of events) {
    if (data.type === "tool-input-available" && typeof data.toolCallId === "string" && typeof data.toolName === "string")
      return { toolName: data.toolName, toolCallId: data.toolCallId, input: data.input };
  }
  throw new Error("A turn of a chain ended without its tool call.");
}
