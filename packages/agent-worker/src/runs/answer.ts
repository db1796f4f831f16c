import { applyChunkToParts, type MessageParts } from "agents/chat";
import { isToolUIPart, type UIMessage, type UIMessageChunk } from "ai";
import { withoutItemIds } from "../recovery/context.ts";
import { DROPPED_CALL } from "../recovery/partial-answer.ts";
import { isOwn } from "./own-chunks.ts";

type Part = UIMessage["parts"][number];

/** Assembles the assistant's message from the chunks that went into the log. */
export class Answer {
  readonly #parts: MessageParts;
  #id: string;
  readonly #continues: UIMessage | undefined;
  /** Where the step begins that has not ended. */
  #open: number;

  constructor(context: readonly UIMessage[]) {
    const last = context.at(-1);
    this.#continues = last?.role === "assistant" ? last : undefined;
    this.#parts = this.#continues === undefined ? [] : structuredClone(this.#continues.parts);
    this.#id = this.#continues?.id ?? crypto.randomUUID();
    this.#open = this.#parts.length;
  }

  apply(chunk: UIMessageChunk): void {
    if (chunk.type === "start" && chunk.messageId !== undefined && this.#continues === undefined) this.#id = chunk.messageId;
    applyChunkToParts(this.#parts, chunk);
    if (chunk.type === "reset-step") this.#reset();
    if (chunk.type === "finish-step") this.#open = this.#parts.length;
  }

  /** Takes up what a log has of it, which may have been interrupted and gone on. */
  restore(logged: Iterable<UIMessageChunk>): void {
    for (const chunk of logged) {
      if (hasGoneOn(chunk)) this.interrupted();
      if (!isOwn(chunk)) this.apply(chunk);
      if (chunk.type === "tool-input-error" && chunk.errorText === DROPPED_CALL)
        this.#drop((part) => isToolUIPart(part) && part.toolCallId === chunk.toolCallId);
    }
  }

  /** The model is asked for the step again, and readers take back what was said in it. */
  #reset(): void {
    const begins = this.#parts.findLastIndex(({ type }) => type === "step-start") + 1;
    this.#parts.length = Math.max(this.#open, begins);
  }

  /** Takes out the calls that were half written: the model is asked for them anew. */
  dropHalfCalls(): void {
    this.#drop((part) => isToolUIPart(part) && part.state === "input-streaming");
  }

  #drop(unwanted: (part: Part) => boolean): void {
    for (let at = this.#parts.length - 1; at >= this.#open; at--) if (unwanted(this.#parts[at]!)) this.#parts.splice(at, 1);
  }

  /** The step that has not ended does not end as its provider began it: the provider has nothing of it by a name. */
  interrupted(): void {
    for (let at = this.#open; at < this.#parts.length; at++) this.#parts[at] = withoutItemIds(this.#parts[at]!);
  }

  /** `undefined` where it says no word more than there was before. */
  message(): UIMessage | undefined {
    const before = (this.#continues?.parts ?? []).filter(saysSomething);
    const now = this.#parts.filter(saysSomething);
    if (now.length === before.length && JSON.stringify(now) === JSON.stringify(before)) return undefined;
    return { ...this.#continues, id: this.#id, role: "assistant", parts: this.#parts };
  }

  /** The same of an answer that did not finish. */
  unfinished(): UIMessage | undefined {
    this.interrupted();
    return this.message();
  }
}

function hasGoneOn(chunk: UIMessageChunk): boolean {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- Only the agent itself writes this type, PROTOCOL.md §1.2.
  return chunk.type === "data-resumed" && (chunk.data as { readonly way: unknown }).way === "continued";
}

function saysSomething(part: Part): boolean {
  if (part.type === "text" || part.type === "reasoning") return part.text.trim() !== "";
  return part.type !== "step-start";
}
