import type { LanguageModelV4Middleware, LanguageModelV4StreamPart } from "@ai-sdk/provider";

/** As LiveRun's: a model at 500 tokens/s or less is passed on token by token. */
const COALESCE_MS = 2;
/** So much may wait for a slow run, in UTF-16 units, before no more is read from the provider. */
const HIGH_WATER_CHARS = 65_536;

type DeltaPart = Extract<LanguageModelV4StreamPart, { type: "text-delta" | "reasoning-delta" | "tool-input-delta" }>;

/**
 * Joins a model's deltas that come within two milliseconds, before the AI SDK sees them.
 *
 * Most of what a token costs an agent is its way through the AI SDK's chain of streams, so that a model (or a backlog) that is faster than
 * the chain is held up by it. The first delta after a quiet moment goes on at once.
 */
export const coalesceDeltas: LanguageModelV4Middleware = {
  specificationVersion: "v4",
  async wrapStream({ doStream }) {
    const { stream, ...rest } = await doStream();
    return { ...rest, stream: joinDeltas(stream) };
  },
};

export function joinDeltas(source: ReadableStream<LanguageModelV4StreamPart>): ReadableStream<LanguageModelV4StreamPart> {
  const reader = source.getReader();
  let waiting: LanguageModelV4StreamPart[] = [];
  let chars = 0;
  let over = false;
  let failure: { readonly error: unknown } | undefined;
  let cooling = false;
  let wakeReader: (() => void) | undefined;
  let wakePump: (() => void) | undefined;
  const wake = (): void => {
    wakeReader?.();
    wakeReader = undefined;
  };

  const pump = async (): Promise<void> => {
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        const last = waiting.at(-1);
        const joined = last === undefined ? undefined : join(last, value);
        if (joined === undefined) waiting.push(value);
        else waiting[waiting.length - 1] = joined;
        if (isDelta(value)) chars += value.delta.length;
        if (!cooling) wake();
        if (chars > HIGH_WATER_CHARS && !over) await new Promise<void>((resolve) => (wakePump = resolve));
      }
    } catch (error) {
      failure = { error };
    }
    over = true;
    wake();
  };

  return new ReadableStream<LanguageModelV4StreamPart>(
    {
      start() {
        void pump();
      },
      async pull(controller) {
        if (!over && (cooling || waiting.length === 0)) await new Promise<void>((resolve) => (wakeReader = resolve));
        const parts = waiting;
        waiting = [];
        chars = 0;
        wakePump?.();
        for (const part of parts) controller.enqueue(part);
        if (failure !== undefined) {
          // An error throws away what is queued: it waits for the next pull, when that has been read.
          if (parts.length === 0) controller.error(failure.error);
        } else if (over) controller.close();
        else {
          cooling = true;
          setTimeout(() => {
            cooling = false;
            if (waiting.length > 0) wake();
          }, COALESCE_MS);
        }
      },
      async cancel(reason) {
        over = true;
        wakePump?.();
        await reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
}

function isDelta(part: LanguageModelV4StreamPart): part is DeltaPart {
  return part.type === "text-delta" || part.type === "reasoning-delta" || part.type === "tool-input-delta";
}

/** One delta of two, where nothing is lost by it. */
function join(first: LanguageModelV4StreamPart, second: LanguageModelV4StreamPart): LanguageModelV4StreamPart | undefined {
  if (!isDelta(first) || !isDelta(second) || first.type !== second.type || first.id !== second.id) return undefined;
  if (first.providerMetadata !== undefined || second.providerMetadata !== undefined) return undefined;
  return { ...first, delta: first.delta + second.delta };
}
