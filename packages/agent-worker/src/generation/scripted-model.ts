import type {
  LanguageModelV4,
  LanguageModelV4FinishReason,
  LanguageModelV4Prompt,
  LanguageModelV4StreamPart,
  LanguageModelV4ToolCall,
  LanguageModelV4Usage,
} from "@ai-sdk/provider";
import { isGoOn } from "../recovery/context.ts";
import { anchorOf } from "../recovery/text-join.ts";
import { chooseCall, sayOutputs, userText, type ScriptedCall } from "./scripted-tools.ts";

export interface ScriptedModelOptions {
  readonly tokensPerSecond: number;
  readonly seed: number;
}

const sentences: readonly string[] = [
  "A Worker is a function that answers a request close to whoever asked.",
  "It starts in a few milliseconds, because there is no container to boot.",
  "State lives in a Durable Object, which is one place in the world at a time.",
  "Whatever must survive a restart goes into its SQLite, in the same turn in which it happens.",
  "A stream is only a promise that more will come, so say clearly when it has ended.",
  "When the connection drops, the reader comes back with the last id that it saw.",
  "The log is read from there on, and nothing is lost, repeated or out of order.",
  "Send each token as it is written; people read faster than they wait.",
  "Measure the tail as well as the middle, for it is the tail that people remember.",
  "Keep the first version small enough to understand, and the second one too.",
  "An honest error is worth more than a retry that hides it.",
  "Test it by pulling the plug, since that is what the world will do.",
];

const USAGE: LanguageModelV4Usage = {
  inputTokens: { total: undefined, noCache: undefined, cacheRead: undefined, cacheWrite: undefined },
  outputTokens: { total: undefined, text: undefined, reasoning: undefined },
};

/**
 * A model with no key: writes real prose at a set rate. The same seed and prompt give the same words.
 *
 * The user's words may set the length and the rate of one answer, as in "Write 600 words at 200 tokens/s.".
 *
 * It calls a tool where the user's words name one (a word of its name, description or parameters, or "tool"), once, with an input made from its schema;
 * then it writes what the tool gave.
 */
export function createScriptedModel({ tokensPerSecond, seed }: ScriptedModelOptions): LanguageModelV4 {
  return {
    specificationVersion: "v4",
    provider: "scripted",
    modelId: "scripted-prose",
    supportedUrls: {},
    async doGenerate(given) {
      const { prompt, written } = beforeInterruption(given.prompt);
      const options = { ...given, prompt };
      const said = sayOutputs(options.prompt);
      const call = said === undefined ? chooseCall(options) : undefined;
      return {
        content: [
          call === undefined
            ? { type: "text", text: goOn(said === undefined ? tokensFor(seed, options.prompt) : tokensOf(said), written).join("") }
            : toolCall(call, options.prompt),
        ],
        finishReason: call === undefined ? STOP : TOOL_CALLS,
        usage: USAGE,
        warnings: [],
      };
    },
    async doStream(given) {
      const { prompt, written } = beforeInterruption(given.prompt);
      const options = { ...given, prompt };
      const said = sayOutputs(options.prompt);
      const call = said === undefined ? chooseCall(options) : undefined;
      const parts =
        call === undefined
          ? textParts(goOn(said === undefined ? tokensFor(seed, options.prompt) : tokensOf(said), written))
          : callParts(call, options.prompt);
      return { stream: paced(parts, 1000 / (askedFor(RATE, options.prompt) ?? tokensPerSecond), options.abortSignal) };
    },
  };
}

/** The prompt as it was before the answer was interrupted, and what had been written of it by then, where it is to go on. */
function beforeInterruption(prompt: LanguageModelV4Prompt): { readonly prompt: LanguageModelV4Prompt; readonly written: string } {
  const [partial, last] = prompt.slice(-2);
  if (last?.role !== "user" || partial?.role !== "assistant" || !isGoOn(textIn(last))) return { prompt, written: "" };
  return { prompt: prompt.slice(0, -2), written: textIn(partial) };
}

function textIn({ content }: Extract<LanguageModelV4Prompt[number], { role: "user" | "assistant" }>): string {
  return content.map((part) => (part.type === "text" ? part.text : "")).join("");
}

/** What is left of an answer, behind its last words, as it was asked for. */
function goOn(tokens: readonly string[], written: string): readonly string[] {
  const whole = tokens.join("");
  const said = written.trimEnd();
  return said === "" || !whole.startsWith(said) ? tokens : tokensOf(whole.slice(said.length - anchorOf(said).length));
}

const STOP: LanguageModelV4FinishReason = { unified: "stop", raw: "stop" };
const TOOL_CALLS: LanguageModelV4FinishReason = { unified: "tool-calls", raw: "tool_calls" };

/** What a model streams, in the order in which it does: what is `paced` comes at the set rate, the rest at once. */
interface Script {
  readonly before: readonly LanguageModelV4StreamPart[];
  readonly paced: readonly LanguageModelV4StreamPart[];
  readonly after: readonly LanguageModelV4StreamPart[];
}

function textParts(tokens: readonly string[]): Script {
  return {
    before: [{ type: "text-start", id: "0" }],
    paced: tokens.map((delta) => ({ type: "text-delta", id: "0", delta })),
    after: [
      { type: "text-end", id: "0" },
      { type: "finish", finishReason: STOP, usage: USAGE },
    ],
  };
}

/** The input as it would be written: in pieces. */
function callParts(call: ScriptedCall, prompt: LanguageModelV4Prompt): Script {
  const whole = toolCall(call, prompt);
  const { toolCallId: id, toolName, input } = whole;
  return {
    before: [{ type: "tool-input-start", id, toolName }],
    paced: (input.match(/.{1,8}/gsu) ?? []).map((delta) => ({ type: "tool-input-delta", id, delta })),
    after: [{ type: "tool-input-end", id }, whole, { type: "finish", finishReason: TOOL_CALLS, usage: USAGE }],
  };
}

/** Its id is another one for each conversation so far, and the same one for the same. */
function toolCall({ toolName, input }: ScriptedCall, prompt: LanguageModelV4Prompt): LanguageModelV4ToolCall {
  return {
    type: "tool-call",
    toolCallId: `call-${hashOf(0, JSON.stringify(prompt)).toString(36)}`,
    toolName,
    input: JSON.stringify(input),
  };
}

function hashOf(seed: number, text: string): number {
  let state = seed >>> 0;
  for (let index = 0; index < text.length; index++) state = (Math.imul(state, 31) + text.charCodeAt(index)) >>> 0;
  return state;
}

interface Asked {
  readonly words: RegExp;
  readonly max: number;
}

const LENGTH: Asked = { words: /\b(\d{1,6}) words\b/gi, max: 20_000 };
const RATE: Asked = { words: /\b(\d{1,6}) tokens\/s\b/gi, max: 2_000 };

/** The last number that the user's words ask for, which may be the correction of one before it; no more than what a test or a page needs. */
function askedFor({ words, max }: Asked, prompt: LanguageModelV4Prompt): number | undefined {
  const said = [...userText(prompt).matchAll(words)].at(-1)?.[1];
  return said === undefined ? undefined : Math.min(Math.max(Number(said), 1), max);
}

/** 6 to 12 sentences, or as many words as were asked for. Each word with its space is a token. */
function tokensFor(seed: number, prompt: LanguageModelV4Prompt): string[] {
  let state = hashOf(seed, JSON.stringify(prompt));
  const next = (below: number): number => {
    // Numerical Recipes' linear congruential generator: enough to choose sentences by.
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const sentence = (): string => sentences[next(sentences.length)]!;
  const words = askedFor(LENGTH, prompt);
  if (words === undefined) return tokensOf(Array.from({ length: 6 + next(7) }, sentence).join(" "));
  const tokens: string[] = [];
  while (tokens.length < words) tokens.push(...tokensOf(`${sentence()} `));
  return tokens.slice(0, words);
}

function tokensOf(text: string): string[] {
  return text.match(/\S+\s*/g) ?? [];
}

/** One part each `everyMs` from the start on: a late timer does not shift what comes after it. */
function paced(script: Script, everyMs: number, signal: AbortSignal | undefined): ReadableStream<LanguageModelV4StreamPart> {
  let sent = 0;
  let startedAt = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  return new ReadableStream<LanguageModelV4StreamPart>({
    start(controller) {
      controller.enqueue({ type: "stream-start", warnings: [] });
      for (const part of script.before) controller.enqueue(part);
      startedAt = Date.now();
      signal?.addEventListener("abort", () => {
        clearTimeout(timer);
        controller.error(signal.reason);
      });
    },
    async pull(controller) {
      const part = script.paced[sent];
      if (part === undefined) {
        for (const last of script.after) controller.enqueue(last);
        controller.close();
        return;
      }
      // A clock that is set back lengthens no wait.
      const dueMs = Math.min(startedAt + sent * everyMs - Date.now(), everyMs);
      if (dueMs > 0) {
        await new Promise<void>((resolve) => {
          timer = setTimeout(resolve, dueMs);
        });
      }
      sent++;
      controller.enqueue(part);
    },
    cancel() {
      clearTimeout(timer);
    },
  });
}
