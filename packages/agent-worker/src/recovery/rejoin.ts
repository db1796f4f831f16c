import type { UIMessageChunk } from "ai";
import { DROPPED_CALL, kindOf, likenessOf, type PartialAnswer, type SaidCall, type SaidStep, type SaidText } from "./partial-answer.ts";
import { TextJoin } from "./text-join.ts";

/** How an answer goes on, PROTOCOL.md §1.2. */
export type Way = "replayed" | "continued" | "restarted";

/** What was streamed again is not what the log has. */
export class ReplayDiffersError extends Error {
  override readonly name = "ReplayDiffersError";

  constructor(what: string) {
    super(`The answer that was streamed again differs from the one in the log: ${what}.`);
  }
}

/** Takes out of a new generation's chunks what the log has already. */
export interface Rejoin {
  /** What is new of this chunk, in order. @throws ReplayDiffersError, StartedOverError */
  take(chunk: UIMessageChunk): readonly UIMessageChunk[];
}

/** @param joined the text that a model was asked to go on with, where there is one */
export function rejoin(way: Way, answer: PartialAnswer, joined: SaidText | undefined): Rejoin {
  const step = answer.replayed;
  if (way === "replayed" && step !== undefined) return new Replayed(answer, step);
  return new Continued(answer, joined);
}

/** What must be told of an open step before anything new of it comes: what was only half said is over, but for the text that goes on. */
export function closingChunks(step: SaidStep | undefined, joined: SaidText | undefined): readonly UIMessageChunk[] {
  if (step === undefined) return [];
  const open = step.texts.filter((text) => !text.ended && text !== joined);
  const calls = [...step.calls.values()];
  return [
    // Its provider has not kept what it did not end, and must not be asked for it by name.
    ...open.map(({ kind, id, named }): UIMessageChunk => ({ type: `${kind}-end`, id, ...(named && UNNAMED) })),
    ...calls.filter(({ state }) => state === "writing").map((call) => ({ ...dropped(call), type: "tool-input-error" as const })),
    ...calls
      .filter(({ state, byProvider }) => byProvider && state === "waiting")
      .map(({ toolCallId }): UIMessageChunk => ({
        type: "tool-output-error",
        toolCallId,
        errorText: DROPPED_CALL,
        providerExecuted: true,
      })),
  ];
}

function dropped({ toolCallId, toolName, inputText, byProvider }: SaidCall): {
  toolCallId: string;
  toolName: string;
  input: unknown;
  errorText: string;
  providerExecuted?: boolean;
} {
  return { toolCallId, toolName, input: inputText, errorText: DROPPED_CALL, ...(byProvider && { providerExecuted: true }) };
}

/** Takes from a part the name that its provider gave it. */
const UNNAMED = { providerMetadata: {} };

/** What may come before a text that goes on, and does not end it. */
const ASIDE: ReadonlySet<string> = new Set([
  "reasoning-start",
  "reasoning-delta",
  "reasoning-end",
  "message-metadata",
  "source-url",
  "source-document",
  "file",
]);

/** A new answer of the model's: what begins the message and the step is there already, and its first text may go on with the last one. */
class Continued implements Rejoin {
  #start: boolean;
  #startStep: boolean;
  /** The text that goes on. */
  readonly #said: SaidText | undefined;
  /** Its end is out: what goes on with it is a text of its own. */
  #closed: boolean;
  #join: TextJoin | undefined;
  /** The model's name for it. */
  #id: string | undefined;
  /** Its start, where the text of before had ended: it is told once something follows. */
  #held: UIMessageChunk | undefined;

  constructor(answer: PartialAnswer, joined: SaidText | undefined) {
    this.#start = answer.started;
    this.#startStep = answer.open?.begun === true;
    this.#said = joined;
    this.#closed = joined?.ended === true;
    this.#join = joined === undefined ? undefined : new TextJoin(joined.text);
  }

  take(chunk: UIMessageChunk): readonly UIMessageChunk[] {
    if (ASIDE.has(chunk.type) || chunk.type.startsWith("data-")) return [chunk];
    switch (chunk.type) {
      case "start":
        return this.#once("start", chunk);
      case "start-step":
        return this.#once("startStep", chunk);
      case "finish-step":
        this.#startStep = false;
        return [...this.#leave(), chunk];
      case "text-start":
        return this.#begin(chunk);
      case "text-delta":
        return chunk.id === this.#id ? this.#more(chunk.id, this.#join?.add(chunk.delta) ?? chunk.delta) : [chunk];
      case "text-end":
        return chunk.id === this.#id ? this.#end(chunk.id, chunk) : [chunk];
      default:
        return [...this.#close(), chunk];
    }
  }

  #once(what: "start" | "startStep", chunk: UIMessageChunk): readonly UIMessageChunk[] {
    const there = what === "start" ? this.#start : this.#startStep;
    if (what === "start") this.#start = false;
    else this.#startStep = false;
    return there ? [] : [chunk];
  }

  #begin(chunk: UIMessageChunk & { type: "text-start" }): readonly UIMessageChunk[] {
    if (this.#join === undefined || this.#id !== undefined) return [...this.#leave(), chunk];
    this.#id = chunk.id;
    if (this.#closed) this.#held = chunk;
    return [];
  }

  #more(id: string, delta: string): readonly UIMessageChunk[] {
    if (delta === "") return [];
    const held = this.#held;
    this.#held = undefined;
    return [...(held === undefined ? [] : [held]), { type: "text-delta", id: this.#name(id), delta }];
  }

  #end(id: string, chunk: UIMessageChunk & { type: "text-end" }): readonly UIMessageChunk[] {
    const last = this.#more(id, this.#join?.end() ?? "");
    const name = this.#name(id);
    const nothing = this.#held !== undefined;
    const joined = !this.#closed;
    this.#forget();
    if (nothing) return last;
    // It is the text of two responses. Neither has it as a whole, and none must be asked for it by name.
    if (!joined) return [...last, chunk];
    const { providerMetadata, ...end } = chunk;
    return [...last, { ...end, id: name, ...(providerMetadata !== undefined || this.#said?.named === true ? UNNAMED : {}) }];
  }

  /** Something comes that ends a text. What the model says again of it may come behind that, all the same. */
  #close(): readonly UIMessageChunk[] {
    if (this.#join === undefined || this.#said === undefined || this.#id !== undefined || this.#closed) return [];
    this.#closed = true;
    return [{ type: "text-end", id: this.#said.id, ...(this.#said.named && UNNAMED) }];
  }

  /** The step is over: nothing goes on with its text any more. */
  #leave(): readonly UIMessageChunk[] {
    const end = this.#close();
    if (this.#id === undefined) this.#forget();
    return end;
  }

  #name(id: string): string {
    return this.#said === undefined || this.#closed ? id : this.#said.id;
  }

  #forget(): void {
    this.#join = undefined;
    this.#held = undefined;
    this.#id = undefined;
  }
}

/** The same answer from its step's beginning: what the log has of the step comes again, to the letter, and is left out. */
class Replayed implements Rejoin {
  #start: boolean;
  #startStep: boolean;
  #step: SaidStep | undefined;
  #nextText = 0;
  readonly #texts: Map<string, { readonly text: SaidText; at: number }> = new Map();
  readonly #calls: Map<string, number> = new Map();
  /** Calls of the log that came again. */
  readonly #came: Set<string> = new Set();
  readonly #others: Map<string, number>;

  constructor(answer: PartialAnswer, step: SaidStep) {
    this.#start = answer.started;
    this.#startStep = step.begun;
    this.#step = step;
    this.#others = new Map(step.others);
  }

  take(chunk: UIMessageChunk): readonly UIMessageChunk[] {
    const step = this.#step;
    if (chunk.type === "start") return this.#start ? [] : [chunk];
    if (step === undefined) return [chunk];
    switch (chunk.type) {
      case "start-step": {
        const there = this.#startStep;
        this.#startStep = false;
        return there ? [] : [chunk];
      }
      case "finish-step":
        this.#checkWhole(step);
        this.#step = undefined;
        return [chunk];
      case "text-start":
      case "reasoning-start": {
        const text = step.texts[this.#nextText];
        if (text === undefined) return [chunk];
        this.#nextText += 1;
        if (text.kind !== kindOf(chunk.type)) throw new ReplayDiffersError(`a ${kindOf(chunk.type)} where it had ${text.kind}`);
        this.#texts.set(`${text.kind} ${chunk.id}`, { text, at: 0 });
        return [];
      }
      case "text-delta":
      case "reasoning-delta":
        return this.#delta(chunk);
      case "text-end":
      case "reasoning-end": {
        const key = `${kindOf(chunk.type)} ${chunk.id}`;
        const known = this.#texts.get(key);
        if (known === undefined) return [chunk];
        if (known.at < known.text.text.length) throw new ReplayDiffersError("a text is shorter");
        this.#texts.delete(key);
        return known.text.ended ? [] : [{ ...chunk, id: known.text.id }];
      }
      default:
        return this.#call(step, chunk);
    }
  }

  #delta(chunk: UIMessageChunk & { type: "text-delta" | "reasoning-delta" }): readonly UIMessageChunk[] {
    const known = this.#texts.get(`${kindOf(chunk.type)} ${chunk.id}`);
    if (known === undefined) return [chunk];
    const { text, at } = known;
    const again = chunk.delta.slice(0, text.text.length - at);
    if (!text.text.startsWith(again, at)) throw new ReplayDiffersError("a text has other words");
    known.at += again.length;
    const delta = chunk.delta.slice(again.length);
    return delta === "" ? [] : [{ ...chunk, id: text.id, delta }];
  }

  #call(step: SaidStep, chunk: UIMessageChunk): readonly UIMessageChunk[] {
    if (!("toolCallId" in chunk) || chunk.type === "tool-approval-request") return this.#other(chunk);
    const known = step.calls.get(chunk.toolCallId);
    if (known === undefined) return [chunk];
    switch (chunk.type) {
      case "tool-input-start":
        return [];
      case "tool-input-delta": {
        if (known.state !== "writing") return [];
        const at = this.#calls.get(chunk.toolCallId) ?? 0;
        const again = chunk.inputTextDelta.slice(0, known.inputText.length - at);
        if (!known.inputText.startsWith(again, at)) throw new ReplayDiffersError("a call has another input");
        this.#calls.set(chunk.toolCallId, at + again.length);
        const inputTextDelta = chunk.inputTextDelta.slice(again.length);
        return inputTextDelta === "" ? [] : [{ ...chunk, inputTextDelta }];
      }
      case "tool-input-available":
      case "tool-input-error":
        this.#came.add(chunk.toolCallId);
        if (known.state === "writing") return [chunk];
        if (JSON.stringify(chunk.input) !== JSON.stringify(known.input)) throw new ReplayDiffersError("a call has another input");
        return [];
      default:
        return known.state === "done" ? [] : [chunk];
    }
  }

  #other(chunk: UIMessageChunk): readonly UIMessageChunk[] {
    const likeness = likenessOf(chunk);
    const left = this.#others.get(likeness) ?? 0;
    if (left === 0) return [chunk];
    this.#others.set(likeness, left - 1);
    return [];
  }

  #checkWhole({ texts, calls }: SaidStep): void {
    if (this.#nextText < texts.length) throw new ReplayDiffersError("it has fewer texts");
    if ([...calls.keys()].some((id) => !this.#came.has(id))) throw new ReplayDiffersError("a call is not there");
  }
}
