import type { LanguageModelV4, LanguageModelV4StreamPart, LanguageModelV4Usage } from "@ai-sdk/provider";

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
 * It calls no tools.
 */
export function createScriptedModel({ tokensPerSecond, seed }: ScriptedModelOptions): LanguageModelV4 {
  return {
    specificationVersion: "v4",
    provider: "scripted",
    modelId: "scripted-prose",
    supportedUrls: {},
    async doGenerate({ prompt }) {
      return {
        content: [{ type: "text", text: tokensFor(seed, JSON.stringify(prompt)).join("") }],
        finishReason: { unified: "stop", raw: "stop" },
        usage: USAGE,
        warnings: [],
      };
    },
    async doStream({ prompt, abortSignal }) {
      const tokens = tokensFor(seed, JSON.stringify(prompt));
      return { stream: paced(tokens, 1000 / tokensPerSecond, abortSignal) };
    },
  };
}

/** 6 to 12 sentences, each word with its space a token. */
function tokensFor(seed: number, prompt: string): string[] {
  let state = seed >>> 0;
  for (let index = 0; index < prompt.length; index++) state = (Math.imul(state, 31) + prompt.charCodeAt(index)) >>> 0;
  const next = (below: number): number => {
    // Numerical Recipes' linear congruential generator: enough to choose sentences by.
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const chosen = Array.from({ length: 6 + next(7) }, () => sentences[next(sentences.length)]!);
  return chosen.join(" ").match(/\S+\s*/g) ?? [];
}

/** One token each `everyMs` from the start on: a late timer does not shift what comes after it. */
function paced(tokens: readonly string[], everyMs: number, signal: AbortSignal | undefined): ReadableStream<LanguageModelV4StreamPart> {
  let sent = 0;
  let startedAt = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  return new ReadableStream<LanguageModelV4StreamPart>({
    start(controller) {
      controller.enqueue({ type: "stream-start", warnings: [] });
      controller.enqueue({ type: "text-start", id: "0" });
      startedAt = Date.now();
      signal?.addEventListener("abort", () => {
        clearTimeout(timer);
        controller.error(signal.reason);
      });
    },
    async pull(controller) {
      const token = tokens[sent];
      if (token === undefined) {
        controller.enqueue({ type: "text-end", id: "0" });
        controller.enqueue({ type: "finish", finishReason: { unified: "stop", raw: "stop" }, usage: USAGE });
        controller.close();
        return;
      }
      const dueMs = startedAt + sent * everyMs - Date.now();
      if (dueMs > 0) {
        await new Promise<void>((resolve) => {
          timer = setTimeout(resolve, dueMs);
        });
      }
      sent++;
      controller.enqueue({ type: "text-delta", id: "0", delta: token });
    },
    cancel() {
      clearTimeout(timer);
    },
  });
}
