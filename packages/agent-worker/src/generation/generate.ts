import type { ClientTool, RunFailure } from "@agent-transports/protocol";
import {
  APICallError,
  convertToModelMessages,
  DownloadError,
  getChunkTimeoutMs,
  jsonSchema,
  RetryError,
  stepCountIs,
  streamText,
  tool,
  toUIMessageStream,
  wrapLanguageModel,
  type LanguageModel,
  type StopCondition,
  type TextStreamPart,
  type ToolSet,
  type UIMessage,
  type UIMessageChunk,
} from "ai";
import { reportFault, tellDeveloper } from "../observability/observe.ts";
import { textWindowMs } from "../pacing/windows.ts";
import { NotReplayableError, type Generation } from "../runs/generation.ts";
import { BEFORE_STEPS } from "../runs/tool-calls.ts";
import { EventTooLargeError, LogFullError } from "../runs/live-run.ts";
import { InvalidBytesError } from "../wire/bytes.ts";
import { RequestError, toErrorBody } from "../wire/errors.ts";
import { textOfInput } from "../wire/input-text.ts";
import { coalesceDeltas } from "./coalesce.ts";
import { asksToGoOn } from "../recovery/context.ts";
import { hasCalls, type SaidStep } from "../recovery/partial-answer.ts";
import { durableTools, tellModel, type DecideUnknownCall } from "./durable-tools.ts";
import { messagesForModel } from "./messages-for-model.ts";
import { OlderFiles } from "./older-files.ts";
import { resumeResponses } from "./resume-response.ts";
import { MODEL_SILENCE_MS, SilenceTimeout } from "./silence-timeout.ts";
import { countingFrom, earlierSteps, isOver, settleCalls } from "./take-up.ts";
import { TextFastPath } from "./text-fast-path.ts";
import { failedBeforeAnswer } from "./unreached.ts";

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
  /**
   * A model that has said nothing for so long has failed with `model_timeout`, in ms. In the middle of an answer it is then asked to go on; before the first word, and
   * where recovery is off or at its bounds, that ends the run. Default 600,000: ten minutes.
   */
  readonly modelSilenceMs?: number;
  /** Tools that run in the agent. A client's tool of the same name does not take its place. */
  readonly tools?: ToolSet;
  /** Asked where a tool had begun when the agent died, and nobody knows whether it took effect. Default: the model is told just that. */
  readonly onUnknownCall?: DecideUnknownCall;
};

/**
 * Answers with the AI SDK's `streamText`: the agent's tools and the client's, its inputs at each step, and errors as typed failures. An answer that was interrupted
 * goes on: its tools are not run again, and its steps count.
 */
export async function generateWith(
  model: LanguageModel,
  generation: Generation,
  settings: GenerateSettings = {},
): Promise<AsyncIterable<UIMessageChunk>> {
  const { interrupted, toolCalls, signal } = generation;
  const { onUnknownCall = tellModel, stopWhen = stepCountIs(1) } = settings;
  const given = settings.tools ?? {};
  // Of the answer, whichever generation makes it: a tool call has the same step in each life of the agent.
  let step = BEFORE_STEPS;
  const own = toolCalls === undefined ? given : durableTools(given, () => toolCalls.at(step), onUnknownCall, wordsFor);
  const tools = { ...toToolSet(generation.clientTools), ...own };
  const conditions = Array.isArray(stopWhen) ? stopWhen : [stopWhen];
  const stream = (context: readonly UIMessage[], earlier: readonly SaidStep[]): Promise<AsyncIterable<UIMessageChunk>> =>
    streamWith(model, generation, settings, tools, context, countingFrom(earlier, conditions), (nth) => (step = earlier.length + nth));
  if (interrupted?.way !== "continued")
    return stream(generation.messages, interrupted === undefined ? [] : earlierSteps(interrupted, true));

  const messages = [...generation.messages];
  const last = interrupted.steps.at(-1);
  const calls = interrupted.takeCalls();
  const called = last !== undefined && hasCalls(last);
  // Text goes on where it broke off, in the step in which it did. A step whose calls are whole is over, whatever else the model would have said in it.
  if (last === undefined || (!last.finished && !called)) return stream(messages, earlierSteps(interrupted, true));
  step = interrupted.steps.length - 1;
  const options = {
    messages: await convertToModelMessages(await messagesForModel(messages, model, tools), { tools }),
    abortSignal: signal,
  };
  const settled = await settleCalls(calls, tools, messages, options, wordsFor);
  return goOn();

  async function* goOn(): AsyncGenerator<UIMessageChunk, void, undefined> {
    yield* settled.chunks;
    if (last?.finished === false) yield { type: "finish-step" };
    if (settled.forClient.length > 0) return yield { type: "finish", finishReason: "tool-calls" };
    const steps = interrupted?.steps ?? [];
    if (await isOver(steps, conditions)) return yield { type: "finish", finishReason: called ? "tool-calls" : "stop" };
    yield* await stream(settled.messages, steps);
  }
}

async function streamWith(
  model: LanguageModel,
  generation: Generation,
  { modelSilenceMs = MODEL_SILENCE_MS, ...given }: GenerateSettings,
  tools: ToolSet,
  context: readonly UIMessage[],
  stopWhen: StopCondition<ToolSet>[],
  onStep: (stepNumber: number) => void,
): Promise<AsyncIterable<UIMessageChunk>> {
  const { onUnknownCall: _hook, ...settings } = given;
  const messages = [...context];
  const fastPath = new TextFastPath(textWindowMs);
  const silence = new SilenceTimeout(modelSilenceMs);
  // The step that it goes on within had its inputs.
  let within = generation.interrupted?.way === "replayed" || asksToGoOn(messages.at(-1));
  let notReplayable: NotReplayableError | undefined;
  const steps = new Steps();
  const files = new OlderFiles(messages);
  const result = streamText({
    ...settings,
    stopWhen,
    // A limit between two chunks is kept by the AI SDK, which must then see each.
    model: coalesced(model, getChunkTimeoutMs(settings.timeout) === undefined ? fastPath : undefined, silence, generation, files),
    experimental_download: files.download,
    messages: await convertToModelMessages(await messagesForModel(messages, model, tools), { tools }),
    tools,
    abortSignal: AbortSignal.any([generation.signal, silence.signal]),
    prepareStep: ({ messages: before, stepNumber }) => {
      onStep(stepNumber);
      const first = within;
      within = false;
      const said = first
        ? []
        : generation
            .takeInputs()
            .map(textOfInput)
            .filter((text) => text !== undefined);
      return said.length === 0 ? {} : { messages: [...before, ...said.map((content) => ({ role: "user" as const, content }))] };
    },
    onError: ({ error }) => {
      if (generation.signal.aborted) return; // Nobody listens any more.
      const cause = RetryError.isInstance(error) ? error.lastError : error;
      if (cause instanceof NotReplayableError) notReplayable = cause;
      else generation.fail(describeFailure(error), { final: isTimeout(cause) && !silence.signal.aborted });
    },
    // Where nobody cancelled the run, it was `timeout`, or the model's silence: only that is worth another try.
    onAbort: () => {
      if (generation.signal.aborted) return;
      generation.fail({ code: "model_timeout", message: "The model did not answer in time." }, { final: !silence.signal.aborted });
    },
  });
  const answer = fastPath.behind(
    toUIMessageStream({
      stream: result.stream,
      tools,
      originalMessages: messages,
      generateMessageId: () => crypto.randomUUID(),
      // Also of a tool that failed, which the model hears of and may make good: only its words are asked for here.
      onError: wordsFor,
      // Called with each part: the only one to say how a step ended before its `finish-step` is out.
      messageMetadata: ({ part }) => steps.see(part),
    }),
  );
  return untilEnd(answer, steps, generation, () => {
    silence.stop();
    return notReplayable;
  });
}

function wordsFor(error: unknown): string {
  return describeFailure(error).message;
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.name === "TimeoutError";
}

/** Which steps the provider's stream stopped in, without saying why: there the answer is cut, however cleanly the socket was closed. */
class Steps {
  #seen = 0;
  #passed = 0;
  #cut: number | undefined;

  /** Each part of the AI SDK's. */
  see(part: TextStreamPart<ToolSet>): undefined {
    if (part.type !== "finish-step") return;
    const { finishReason, rawFinishReason } = part;
    if (finishReason === "interrupted" || (finishReason === "other" && rawFinishReason === undefined)) this.#cut ??= this.#seen;
    this.#seen += 1;
  }

  /** Its `finish-step` is out. @returns whether it was cut */
  pass(): boolean {
    return this.#passed++ === this.#cut;
  }
}

/** @param onEnd gives back what the answer's error was, where the AI SDK only tells that there was one */
async function* untilEnd(
  answer: AsyncIterable<UIMessageChunk>,
  steps: Steps,
  generation: Generation,
  onEnd: () => Error | undefined,
): AsyncGenerator<UIMessageChunk, void, undefined> {
  // A text that was cut is ended by the AI SDK, too.
  let held: UIMessageChunk | undefined;
  try {
    for await (const chunk of answer) {
      if (chunk.type === "finish-step" && steps.pass()) {
        // Neither its text nor the step is finished: whoever takes the answer up again goes on within them.
        generation.fail({ code: "model_stream_broken", message: "The model's answer broke off." });
        return;
      }
      if (held !== undefined) yield held;
      held = chunk.type === "text-end" ? chunk : undefined;
      if (held !== undefined) continue;
      const error = chunk.type === "error" ? onEnd() : undefined;
      if (error !== undefined) throw error;
      yield chunk;
    }
  } finally {
    onEnd();
  }
}

/** A model that is named by a string is the AI SDK's gateway's to resolve. */
function coalesced(
  model: LanguageModel,
  fastPath: TextFastPath | undefined,
  silence: SilenceTimeout,
  generation: Generation,
  files: OlderFiles,
): LanguageModel {
  return typeof model === "object" && model.specificationVersion === "v4"
    ? wrapLanguageModel({
        model,
        middleware: [
          coalesceDeltas(fastPath, silence, generation.interrupted === undefined),
          resumeResponses(generation),
          files.middleware,
        ],
      })
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
    if (cause.statusCode === undefined) {
      if (failedBeforeAnswer(cause.cause)) reportFault(cause.cause);
      return UNREACHABLE;
    }
    return { code: "model_error", message: `The model provider answered ${cause.statusCode}.`, status: cause.statusCode };
  }
  if (cause instanceof LogFullError) return { code: cause.unsaid?.body.code ?? "payload_too_large", message: cause.message };
  if (cause instanceof EventTooLargeError || cause instanceof InvalidBytesError) return { code: "internal", message: cause.message };
  if (cause instanceof Error && cause.name === "TimeoutError")
    return { code: "model_timeout", message: "The model did not answer in time." };
  if (DownloadError.isInstance(cause)) {
    tellDeveloper(cause);
    return { code: "invalid_request", message: "A file that the model is to be shown could not be fetched." };
  }
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
