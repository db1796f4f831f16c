import type { LanguageModelV4Middleware, LanguageModelV4StreamPart } from "@ai-sdk/provider";
import { coalescedStream, type Coalescer } from "../pacing/coalesced-stream.ts";
import { CHAIN_WINDOW_MS, WAITING_MAX } from "../pacing/windows.ts";
import type { SilenceTimeout } from "./silence-timeout.ts";
import { unlessUnreached } from "./unreached.ts";

type DeltaPart = Extract<LanguageModelV4StreamPart, { type: "text-delta" | "reasoning-delta" | "tool-input-delta" }>;

/** A way past the AI SDK for some of a model's parts. */
export interface FastPath {
  /** Called with each part, in order. @returns whether it went that way: then the AI SDK can wait for it */
  take(part: LanguageModelV4StreamPart): boolean;
  /** Settles when more may be taken; `undefined` where it may be at once. */
  room(): Promise<void> | undefined;
}

/**
 * Joins a model's deltas that come within two milliseconds, before the AI SDK sees them.
 *
 * Most of what a token costs an agent is its way through the AI SDK's chain of streams, so that a model (or a backlog) that is faster than
 * the chain is held up by it. The first delta after a quiet moment goes on at once. What went by the fast path is joined until a part
 * comes that did not.
 *
 * @param asksAgain whether the AI SDK is to ask again where the network fails before the model has begun to answer
 */
export function coalesceDeltas(fastPath?: FastPath, silence?: SilenceTimeout, asksAgain = false): LanguageModelV4Middleware {
  return {
    specificationVersion: "v4",
    async wrapStream({ doStream }) {
      silence?.start();
      const { stream, ...rest } = await unlessUnreached(doStream(), asksAgain).catch((error: unknown) => {
        // What the AI SDK waits before it asks again is not the model's silence.
        silence?.stop();
        throw error;
      });
      return { ...rest, stream: joinDeltas(stream, fastPath, silence) };
    },
  };
}

export function joinDeltas(
  source: ReadableStream<LanguageModelV4StreamPart>,
  fastPath?: FastPath,
  silence?: SilenceTimeout,
): ReadableStream<LanguageModelV4StreamPart> {
  return coalescedStream(source, new PartCoalescer(fastPath, silence), () => CHAIN_WINDOW_MS);
}

class PartCoalescer implements Coalescer<LanguageModelV4StreamPart, LanguageModelV4StreamPart> {
  readonly #fastPath: FastPath | undefined;
  readonly #silence: SilenceTimeout | undefined;
  #waiting: LanguageModelV4StreamPart[] = [];
  #chars = 0;
  #spoke = false;
  /** Whether the AI SDK is to have what waits. */
  ready = false;

  constructor(fastPath: FastPath | undefined, silence: SilenceTimeout | undefined) {
    this.#fastPath = fastPath;
    this.#silence = silence;
  }

  get full(): boolean {
    return this.#chars > WAITING_MAX;
  }

  add(part: LanguageModelV4StreamPart): Promise<void> | undefined {
    this.#silence?.restart();
    const last = this.#waiting.at(-1);
    const joined = last === undefined ? undefined : join(last, part);
    if (joined === undefined) this.#waiting.push(part);
    else this.#waiting[this.#waiting.length - 1] = joined;
    if (this.#fastPath?.take(part) === true) {
      // That the model has begun to speak is what the AI SDK times.
      if (!this.#spoke) this.ready = true;
      this.#spoke = true;
      return this.#fastPath.room();
    }
    this.ready = true;
    if (isDelta(part)) this.#chars += part.delta.length;
    return undefined;
  }

  take(end: boolean): readonly LanguageModelV4StreamPart[] {
    if (end) this.#silence?.stop();
    const parts = this.#waiting;
    this.#waiting = [];
    this.#chars = 0;
    this.ready = false;
    return parts;
  }
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
