import type {
  LanguageModelUsage,
  ModelMessage,
  StepResult,
  StopCondition,
  ToolExecutionOptions,
  ToolSet,
  UIMessage,
  UIMessageChunk,
} from "ai";
import { withOutcomes } from "../recovery/outcomes.ts";
import { hasCalls, type SaidStep } from "../recovery/partial-answer.ts";
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
    calls.map(async ({ toolCallId, toolName, input, asked }): Promise<UIMessageChunk | undefined> => {
      const called = Object.hasOwn(tools, toolName) ? tools[toolName] : undefined;
      if (asked) return undefined;
      if (called === undefined) return { type: "tool-output-error", toolCallId, errorText: "There is no such tool any more." };
      if (called.execute === undefined) return undefined;
      const given = { ...options, toolCallId, context: {} };
      try {
        if (await needsApproval(called, input, given))
          return { type: "tool-approval-request", approvalId: crypto.randomUUID(), toolCallId };
        return { type: "tool-output-available", toolCallId, output: await lastOf(called.execute(input, given)) };
      } catch (error) {
        return { type: "tool-output-error", toolCallId, errorText: describe(error) };
      }
    }),
  );
  const chunks = outcomes.filter((chunk) => chunk !== undefined);
  return {
    chunks,
    messages: withOutcomes(messages, chunks),
    forClient: calls.filter((_, index) => outcomes[index] === undefined || outcomes[index].type === "tool-approval-request"),
  };
}

/** Whether a person must say first that a tool may run, as the AI SDK asks. */
async function needsApproval(called: ToolSet[string], input: unknown, options: ToolExecutionOptions<unknown>): Promise<boolean> {
  const needed: unknown = called.needsApproval;
  if (typeof needed !== "function") return needed === true;
  const answer: unknown = await needed(input, options);
  return answer === true;
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

const NO_USAGE: LanguageModelUsage = {
  inputTokens: 0,
  inputTokenDetails: { noCacheTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 },
  outputTokens: 0,
  outputTokenDetails: { textTokens: 0, reasoningTokens: 0 },
  totalTokens: 0,
};

/** A step as far as the log tells it: its texts and its calls. What the log has not, its usage and the provider's own, is empty. */
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
    rawFinishReason: undefined,
    reasoningText: undefined,
    model: { provider: "", modelId: "" },
    usage: NO_USAGE,
    warnings: [],
    request: {},
    response: { id: "", modelId: "", timestamp: new Date(0), messages: [] },
    providerMetadata: undefined,
  };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- The rest is not in the log.
  return known as StepResult<ToolSet>;
}

/** The steps that are behind a generation that goes on: the one that it goes on within is its own. */
export function earlierSteps({ steps }: InterruptedAnswer, within: boolean): readonly SaidStep[] {
  return within ? steps.filter(({ finished }) => finished) : steps;
}
