import type { ClientTool, RunFailure } from "@agent-transports/protocol";
import {
  APICallError,
  convertToModelMessages,
  getChunkTimeoutMs,
  jsonSchema,
  RetryError,
  streamText,
  tool,
  toUIMessageStream,
  wrapLanguageModel,
  type LanguageModel,
  type ToolSet,
  type UIMessageChunk,
} from "ai";
import { reportFault, tellDeveloper } from "../observability/observe.ts";
import { textWindowMs } from "../pacing/windows.ts";
import type { Generation } from "../runs/generation.ts";
import { EventTooLargeError } from "../runs/live-run.ts";
import { InvalidBytesError } from "../wire/bytes.ts";
import { RequestError, toErrorBody } from "../wire/errors.ts";
import { failedBeforeAnswer, coalesceDeltas } from "./coalesce.ts";
import { MODEL_SILENCE_MS, SilenceTimeout } from "./silence-timeout.ts";
import { TextFastPath } from "./text-fast-path.ts";

/** What an agent sets of the AI SDK's `streamText`; the rest is the run's. */
export type GenerateSettings = Partial<
  Pick<
    Parameters<typeof streamText<ToolSet>>[0],
    | "instructions"
    | "stopWhen"
    | "toolChoice"
    | "providerOptions"
    | "temperature"
    | "maxOutputTokens"
    | "maxRetries"
    | "timeout"
    | "headers"
  >
> & {
  /** Ends the run as `model_timeout` when the model has said nothing for so long, in ms. Default 600,000: ten minutes. */
  readonly modelSilenceMs?: number;
  /** Tools that run in the agent. A client's tool of the same name does not take its place. */
  readonly tools?: ToolSet;
};

/** Answers with the AI SDK's `streamText`: the agent's tools and the client's, its inputs at each step, and errors as typed failures. */
export async function generateWith(
  model: LanguageModel,
  generation: Generation,
  { modelSilenceMs = MODEL_SILENCE_MS, ...settings }: GenerateSettings = {},
): Promise<AsyncIterable<UIMessageChunk>> {
  const messages = [...generation.messages];
  const tools = { ...toToolSet(generation.clientTools), ...settings.tools };
  const fastPath = new TextFastPath(textWindowMs);
  const silence = new SilenceTimeout(modelSilenceMs);
  const result = streamText({
    ...settings,
    // A limit between two chunks is kept by the AI SDK, which must then see each.
    model: coalesced(model, getChunkTimeoutMs(settings.timeout) === undefined ? fastPath : undefined, silence),
    messages: await convertToModelMessages(messages, { tools }),
    tools,
    abortSignal: AbortSignal.any([generation.signal, silence.signal]),
    prepareStep: ({ messages: context }) => {
      const said = generation
        .takeInputs()
        .map(textOf)
        .filter((text) => text !== undefined);
      return said.length === 0 ? {} : { messages: [...context, ...said.map((content) => ({ role: "user" as const, content }))] };
    },
    onError: ({ error }) => void generation.fail(describeFailure(error)),
    onEnd: ({ finishReason, rawFinishReason }) => {
      // The provider's stream stopped without saying why: the answer is cut, however cleanly the socket was closed.
      if (finishReason === "interrupted" || (finishReason === "other" && rawFinishReason === undefined)) {
        generation.fail({ code: "model_stream_broken", message: "The model's answer broke off." });
      }
    },
    // Where nobody cancelled the run, it was `timeout`.
    onAbort: () => {
      if (!generation.signal.aborted) generation.fail({ code: "model_timeout", message: "The model did not answer in time." });
    },
  });
  const answer = fastPath.behind(
    toUIMessageStream({
      stream: result.stream,
      tools,
      originalMessages: messages,
      generateMessageId: () => crypto.randomUUID(),
      // Also of a tool that failed, which the model hears of and may make good: only its words are asked for here.
      onError: (error) => describeFailure(error).message,
    }),
  );
  return untilEnd(answer, () => silence.stop());
}

async function* untilEnd(answer: AsyncIterable<UIMessageChunk>, onEnd: () => void): AsyncGenerator<UIMessageChunk, void, undefined> {
  try {
    yield* answer;
  } finally {
    onEnd();
  }
}

/** A model that is named by a string is the AI SDK's gateway's to resolve. */
function coalesced(model: LanguageModel, fastPath: TextFastPath | undefined, silence: SilenceTimeout): LanguageModel {
  return typeof model === "object" && model.specificationVersion === "v4"
    ? wrapLanguageModel({ model, middleware: coalesceDeltas(fastPath, silence) })
    : model;
}

const UNREACHABLE: RunFailure = { code: "model_unreachable", message: "The model provider could not be reached." };

/** What may leave the agent about an error: never a stack, a prompt or a key. Of one that is not foreseen, the log gets kind and place. */
export function describeFailure(error: unknown): RunFailure {
  const cause = RetryError.isInstance(error) ? error.lastError : error;
  if (APICallError.isInstance(cause)) {
    tellDeveloper(cause);
    // It had answered well, and what it said then stopped.
    if (cause.statusCode !== undefined && cause.statusCode < 400)
      return { code: "model_stream_broken", message: "The model's answer broke off." };
    if (cause.statusCode === undefined) return UNREACHABLE;
    return { code: "model_error", message: `The model provider answered ${cause.statusCode}.`, status: cause.statusCode };
  }
  if (cause instanceof EventTooLargeError || cause instanceof InvalidBytesError) return { code: "internal", message: cause.message };
  if (cause instanceof Error && cause.name === "TimeoutError")
    return { code: "model_timeout", message: "The model did not answer in time." };
  // What an author or an operator set wrong, or a typed refusal of the author's own.
  if (cause instanceof RequestError) return { code: toErrorBody(cause).code, message: cause.message };
  reportFault(cause);
  if (cause instanceof Error && /network|connection|terminated|socket|stream/i.test(cause.message)) {
    if (failedBeforeAnswer(cause)) return UNREACHABLE;
    return { code: "model_stream_broken", message: "The model's answer broke off." };
  }
  return { code: "internal", message: "Something failed in the agent. Its log names the kind of error and the place." };
}

function toToolSet(tools: Readonly<Record<string, ClientTool>>): ToolSet {
  return Object.fromEntries(
    Object.entries(tools).map(([name, { description, inputSchema }]) => [
      name,
      // No `execute`: the client runs it, and starts the next run with what came out.
      tool({ inputSchema: jsonSchema(inputSchema), ...(description === undefined ? {} : { description }) }),
    ]),
  );
}

/** An input that a person wrote; other inputs are the application's own, in the log for whoever follows. */
function textOf(data: unknown): string | undefined {
  if (typeof data === "string") return data;
  if (typeof data === "object" && data !== null && "text" in data && typeof data.text === "string") return data.text;
  return undefined;
}
