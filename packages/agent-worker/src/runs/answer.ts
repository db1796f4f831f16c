import type { MessageParts } from "agents/chat";
import { isToolUIPart, type DynamicToolUIPart, type ToolUIPart, type UIMessage, type UIMessageChunk } from "ai";
import { applyChunk } from "../recovery/apply-chunk.ts";
import { UNKNOWN_OUTCOME } from "../recovery/context.ts";
import { withoutItemIds } from "../recovery/item-ids.ts";
import { DROPPED_CALL, hasGoneOn } from "../recovery/partial-answer.ts";
import { isOwn } from "./own-chunks.ts";
import { BEFORE_STEPS, type ToolCalls } from "./tool-calls.ts";

type Part = UIMessage["parts"][number];
type ToolPart = ToolUIPart | DynamicToolUIPart;

/** Assembles the assistant's message from the chunks that went into the log. */
export class Answer {
  readonly #parts: MessageParts;
  #id: string;
  readonly #continues: UIMessage | undefined;
  /** Where the step begins that has not ended. */
  #open: number;
  /** Where each step that has ended does. */
  readonly #ends: number[] = [];
  /** How many parts the message has that it goes on with. */
  readonly #before: number;

  constructor(context: readonly UIMessage[]) {
    const last = context.at(-1);
    this.#continues = last?.role === "assistant" ? last : undefined;
    this.#parts = this.#continues === undefined ? [] : structuredClone(this.#continues.parts);
    this.#id = this.#continues?.id ?? crypto.randomUUID();
    this.#open = this.#parts.length;
    this.#before = this.#parts.length;
  }

  apply(chunk: UIMessageChunk): void {
    if (chunk.type === "start" && chunk.messageId !== undefined && this.#continues === undefined) this.#id = chunk.messageId;
    applyChunk(this.#parts, chunk);
    if (chunk.type === "reset-step") this.#reset();
    if (chunk.type !== "finish-step") return;
    this.#open = this.#parts.length;
    this.#ends.push(this.#open);
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

  /**
   * The step that has not ended does not end as its provider began it: the provider has nothing of it by a name. What its own tools gave has no other: OpenAI looks
   * that up by the call's id.
   */
  interrupted(): void {
    this.#drop((part) => isToolUIPart(part) && part.providerExecuted === true);
    for (let at = this.#open; at < this.#parts.length; at++) this.#parts[at] = withoutItemIds(this.#parts[at]!);
  }

  /** `undefined` where it says no word more than there was before. */
  message(): UIMessage | undefined {
    const before = (this.#continues?.parts ?? []).filter(saysSomething);
    const now = this.#parts.filter(saysSomething);
    if (now.length === before.length && JSON.stringify(now) === JSON.stringify(before)) return undefined;
    return { ...this.#continues, id: this.#id, role: "assistant", parts: this.#parts };
  }

  /** The same of an answer that did not finish. @param calls those of its run */
  unfinished(calls: ToolCalls): UIMessage | undefined {
    this.interrupted();
    for (const [index, part] of this.#parts.entries()) {
      if (!isToolUIPart(part)) continue;
      if (isOpen(part)) settle(part, calls.at(this.#stepOf(index)));
      else if (index < this.#open && index >= this.#before) calls.endedEarlier(part.toolCallId);
    }
    return this.message();
  }

  #stepOf(index: number): number {
    return index < this.#before ? BEFORE_STEPS : this.#ends.filter((end) => end <= index).length;
  }
}

/** What is known of a call that was begun. A model that was not told would make it again. */
function settle(part: ToolPart, calls: ToolCalls): void {
  const { toolCallId } = part;
  const known = calls.of(toolCallId);
  if (known.state === "new") return;
  const outcome: UIMessageChunk =
    known.state === "done"
      ? { type: "tool-output-available", toolCallId, output: known.output }
      : { type: "tool-output-error", toolCallId, errorText: known.state === "failed" ? known.errorText : UNKNOWN_OUTCOME };
  applyChunk([part], outcome);
}

/** Whether a call may have been begun, and has no output of which nothing more comes. */
function isOpen(part: ToolPart): boolean {
  if (part.state === "output-available") return part.preliminary === true;
  return part.state === "input-available" || (part.state === "approval-responded" && part.approval.approved);
}

function saysSomething(part: Part): boolean {
  if (part.type === "text" || part.type === "reasoning") return part.text.trim() !== "";
  return part.type !== "step-start";
}
