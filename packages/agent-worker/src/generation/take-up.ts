import {
  isToolUIPart,
  type ModelMessage,
  type StepResult,
  type StopCondition,
  type ToolSet,
  type UIMessage,
  type UIMessageChunk,
} from "ai";
import type { SaidStep } from "../recovery/partial-answer.ts";
import type { InterruptedAnswer, WaitingCall } from "../runs/generation.ts";
import { lastOf } from "./durable-tools.ts";

/** What became of the tool calls that an interrupted answer waited for. */
export interface Settled {
  readonly chunks: readonly UIMessageChunk[];
  /** The context, with what came of them. */
  readonly messages: readonly UIMessage[];
  /** Calls that the agent cannot run: the client's. */
  readonly forClient: readonly WaitingCall[];
}

/** Runs the tools that an interrupted answer had called, and that have given nothing yet. Those that ran before are not run again. */
export async function settleCalls(
  calls: readonly WaitingCall[],
  tools: ToolSet,
  messages: readonly UIMessage[],
  options: { readonly messages: ModelMessage[]; readonly abortSignal: AbortSignal },
  describe: (error: unknown) => string,
): Promise<Settled> {
  const outcomes = await Promise.all(
    calls.map(async ({ toolCallId, toolName, input }): Promise<UIMessageChunk | undefined> => {
      const execute = Object.hasOwn(tools, toolName) ? tools[toolName]?.execute : undefined;
      if (execute === undefined) return undefined;
      try {
        const output = await lastOf(execute(input, { ...options, toolCallId, context: {} }));
        return { type: "tool-output-available", toolCallId, output };
      } catch (error) {
        return { type: "tool-output-error", toolCallId, errorText: describe(error) };
      }
    }),
  );
  const chunks = outcomes.filter((chunk) => chunk !== undefined);
  return {
    chunks,
    messages: messages.map((message) => withOutcomes(message, chunks)),
    forClient: calls.filter((_, index) => outcomes[index] === undefined),
  };
}

function withOutcomes(message: UIMessage, chunks: readonly UIMessageChunk[]): UIMessage {
  if (message.role !== "assistant") return message;
  const parts = message.parts.map((part): typeof part => {
    if (!isToolUIPart(part)) return part;
    const outcome = chunks.find((chunk) => "toolCallId" in chunk && chunk.toolCallId === part.toolCallId);
    if (outcome?.type === "tool-output-available") {
      const { errorText: _, ...rest } = part;
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- The members of a part in this state, and of no other.
      return { ...rest, state: "output-available", input: part.input, output: outcome.output } as typeof part;
    }
    if (outcome?.type === "tool-output-error") {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- The same.
      return { ...part, state: "output-error", input: part.input, errorText: outcome.errorText } as typeof part;
    }
    return part;
  });
  return { ...message, parts };
}

/** Whether a step has a tool call that is whole. */
export function hasCalls({ calls }: SaidStep): boolean {
  return [...calls.values()].some(({ state }) => state !== "writing");
}

/** Whether an answer, all of whose steps are finished or settled, is over: its model called no tool, or the author's conditions say so. */
export async function isOver(steps: readonly SaidStep[], conditions: readonly StopCondition<ToolSet>[]): Promise<boolean> {
  const last = steps.at(-1);
  if (last === undefined || !hasCalls(last)) return true;
  const results = steps.map(resultOf);
  return (await Promise.all(conditions.map(async (condition) => condition({ steps: results })))).some(Boolean);
}

/** The author's conditions see the steps of before, too. */
export function countingFrom(earlier: readonly SaidStep[], conditions: readonly StopCondition<ToolSet>[]): StopCondition<ToolSet>[] {
  if (earlier.length === 0) return [...conditions];
  const before = earlier.map(resultOf);
  return conditions.map(
    (condition) =>
      ({ steps }) =>
        condition({ steps: [...before, ...steps] }),
  );
}

/** A step as far as the log tells it: its texts and its calls. What a condition seldom asks for, usage and the provider's own, is not in the log. */
function resultOf(step: SaidStep, stepNumber: number): StepResult<ToolSet> {
  const toolCalls = [...step.calls.values()].map(({ toolCallId, toolName, input }) => ({
    type: "tool-call" as const,
    toolCallId,
    toolName,
    input,
    dynamic: true as const,
  }));
  const text = step.texts.flatMap((one) => (one.kind === "text" ? [one.text] : [])).join("");
  const known: Partial<StepResult<ToolSet>> = {
    stepNumber,
    content: [],
    text,
    reasoning: [],
    files: [],
    sources: [],
    toolCalls,
    staticToolCalls: [],
    dynamicToolCalls: toolCalls,
    toolResults: [],
    staticToolResults: [],
    dynamicToolResults: [],
    finishReason: toolCalls.length > 0 ? "tool-calls" : "stop",
    warnings: [],
  };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- The rest is not in the log.
  return known as StepResult<ToolSet>;
}

/** The steps that are behind a generation that goes on: the one that it goes on within is its own. */
export function earlierSteps({ steps }: InterruptedAnswer, within: boolean): readonly SaidStep[] {
  return within ? steps.filter(({ finished }) => finished) : steps;
}
