import type { LanguageModelV4StreamPart } from "@ai-sdk/provider";
import type { UIMessageChunk } from "ai";
import { Throttle } from "../pacing/throttle.ts";
import { WAITING_MAX } from "../pacing/windows.ts";
import type { FastPath } from "./coalesce.ts";

type Kind = "text" | "reasoning";

/** One text of the answer, from its start on until something else comes between. */
interface Entry {
  readonly kind: Kind;
  /** The model's. */
  readonly id: string;
  /** What the AI SDK calls it once it is out of the chain: an id that a model uses twice gets another name. */
  name: string | undefined;
  /** What came before the AI SDK said that the text has begun. */
  early: string;
  /** What went out here and has not come out of the AI SDK's chain yet. */
  ahead: string;
}

/**
 * Carries a model's text past the AI SDK's chain of streams.
 *
 * A token costs an agent most on its way through that chain: a dozen streams, one behind the other. What they make of a text's delta is the
 * same delta. So it goes to the run at once, and the AI SDK, which keeps the answer for its steps, is given the text in one piece when
 * it ends. When that piece comes out of the chain it must be what went out before, to the letter, and is dropped. All else goes through the
 * chain alone: starts, ends, tools, sources, files, errors, and a delta with a provider's metadata.
 *
 * The order is the model's own. Text takes this path only between its start, once that is out of the chain, and the next part that is not its
 * delta; whatever comes later, of this text too, goes behind that part.
 */
export class TextFastPath implements AsyncIterable<UIMessageChunk>, FastPath {
  readonly #throttle: Throttle;
  /** The text that the model is writing. */
  #current: Entry | undefined;
  /** Begun by the model, in order, but not yet out of the chain. */
  #begun: Entry[] = [];
  /** Out of the chain and not ended, by kind and the AI SDK's name. */
  readonly #open: Map<string, Entry> = new Map();
  #pending: { type: "text-delta" | "reasoning-delta"; id: string; delta: string } | undefined;
  #wakeRun: (() => void) | undefined;
  #wakeModel: (() => void) | undefined;
  #chain: ReadableStream<UIMessageChunk> | undefined;

  /** @param windowMs how long, after some text has gone out, what follows is collected */
  constructor(windowMs: () => number) {
    this.#throttle = new Throttle(windowMs, () => this.#wake());
  }

  /** What the AI SDK makes of the model's parts. Set once, before the answer is read. */
  behind(chain: ReadableStream<UIMessageChunk>): this {
    this.#chain = chain;
    return this;
  }

  /** Called with each of the model's parts, in order. @returns whether the run has it: then the AI SDK may have it at any later time */
  take(part: LanguageModelV4StreamPart): boolean {
    switch (part.type) {
      case "text-start":
      case "reasoning-start":
        this.#current = { kind: kindOf(part.type), id: part.id, name: undefined, early: "", ahead: "" };
        this.#begun.push(this.#current);
        return false;
      case "text-delta":
      case "reasoning-delta": {
        const entry = this.#current;
        if (entry?.id === part.id && entry.kind === kindOf(part.type) && part.providerMetadata === undefined) {
          if (entry.name === undefined) entry.early += part.delta;
          else this.#emit(entry, entry.name, part.delta);
          return true;
        }
        break;
      }
      // These say nothing that has a place among the words.
      case "raw":
        return false;
    }
    this.#current = undefined;
    return false;
  }

  /** Settles when the run has read what waits for it; `undefined` where that is little. */
  room(): Promise<void> | undefined {
    const chars = (this.#pending?.delta.length ?? 0) + (this.#current?.early.length ?? 0);
    if (chars <= WAITING_MAX) return undefined;
    return new Promise((resolve) => (this.#wakeModel = resolve));
  }

  /** The answer: the chain's chunks, with the text in its place. Read once. */
  async *[Symbol.asyncIterator](): AsyncGenerator<UIMessageChunk, void, undefined> {
    if (this.#chain === undefined) throw new Error("A fast path is read behind a chain.");
    const reader = this.#chain.getReader();
    let came: { readonly done: boolean; readonly value?: UIMessageChunk | undefined } | undefined;
    let failure: { readonly error: unknown } | undefined;
    const read = async (): Promise<void> => {
      try {
        came = await reader.read();
      } catch (error) {
        failure = { error };
      }
      this.#wake();
    };
    let over = false;
    try {
      void read();
      while (!over) {
        if (came !== undefined || failure !== undefined) {
          // What waits was said before it. What the model says meanwhile was not: it waits for its own time, however fast it comes.
          if (this.#pending !== undefined) yield this.#takePending();
          if (failure !== undefined) {
            over = true;
            throw failure.error;
          }
          const { done, value } = came ?? { done: true };
          came = undefined;
          over = done;
          const chunk = value === undefined ? undefined : this.#fromChain(value);
          if (chunk !== undefined) yield chunk;
          if (!over) void read();
        } else if (this.#pending !== undefined && this.#throttle.due()) {
          yield this.#takePending();
        } else {
          await new Promise<void>((resolve) => (this.#wakeRun = resolve));
        }
      }
    } finally {
      this.#throttle.stop();
      this.#letModel();
      if (!over) await reader.cancel();
    }
  }

  #emit(entry: Entry, id: string, delta: string): void {
    if (delta === "") return;
    entry.ahead += delta;
    // One text at a time is written, and what waits of the one before goes out with the next chunk of the chain, which comes first.
    if (this.#pending === undefined) this.#pending = { type: `${entry.kind}-delta`, id, delta };
    else this.#pending.delta += delta;
    if (this.#throttle.due()) this.#wake();
  }

  #takePending(): UIMessageChunk {
    const chunk = this.#pending;
    if (chunk === undefined) throw new Error("Nothing waits.");
    this.#pending = undefined;
    this.#throttle.passed();
    this.#letModel();
    return chunk;
  }

  /** What is left of a chunk of the chain when what went out before is taken from it. */
  #fromChain(chunk: UIMessageChunk): UIMessageChunk | undefined {
    switch (chunk.type) {
      case "text-start":
      case "reasoning-start": {
        const kind = kindOf(chunk.type);
        // They come out in the order in which they went in.
        const at = this.#begun.findIndex((one) => one.kind === kind);
        const [entry] = at === -1 ? [] : this.#begun.splice(at, 1);
        if (entry === undefined) return chunk;
        this.#open.set(keyOf(kind, chunk.id), entry);
        entry.name = chunk.id;
        // It goes out behind this chunk: nothing is yielded between.
        this.#emit(entry, chunk.id, entry.early);
        entry.early = "";
        return chunk;
      }
      case "text-delta":
      case "reasoning-delta": {
        const entry = this.#open.get(keyOf(kindOf(chunk.type), chunk.id));
        if (entry === undefined || entry.ahead === "") return chunk;
        if (entry.ahead.startsWith(chunk.delta)) {
          entry.ahead = entry.ahead.slice(chunk.delta.length);
          return chunk.providerMetadata === undefined ? undefined : { ...chunk, delta: "" };
        }
        if (!chunk.delta.startsWith(entry.ahead)) throw new Error("The AI SDK's text differs from the model's.");
        const delta = chunk.delta.slice(entry.ahead.length);
        entry.ahead = "";
        return { ...chunk, delta };
      }
      case "text-end":
      case "reasoning-end": {
        const key = keyOf(kindOf(chunk.type), chunk.id);
        const entry = this.#open.get(key);
        if (entry !== undefined && entry.ahead !== "") throw new Error("The AI SDK ended a text before it had passed on all of it.");
        this.#open.delete(key);
        return chunk;
      }
      default:
        return chunk;
    }
  }

  #wake(): void {
    this.#wakeRun?.();
    this.#wakeRun = undefined;
  }

  #letModel(): void {
    this.#wakeModel?.();
    this.#wakeModel = undefined;
  }
}

function kindOf(type: `${Kind}-${"start" | "delta" | "end"}`): Kind {
  return type.startsWith("text") ? "text" : "reasoning";
}

function keyOf(kind: Kind, id: string): string {
  return `${kind} ${id}`;
}
