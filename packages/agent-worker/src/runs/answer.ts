import { applyChunkToParts, type MessageParts } from "agents/chat";
import type { UIMessage, UIMessageChunk } from "ai";
import { withoutItemIds } from "../recovery/context.ts";

/** Assembles the assistant's message from the chunks that went into the log. */
export class Answer {
  readonly #parts: MessageParts;
  #id: string;
  readonly #continues: UIMessage | undefined;

  constructor(context: readonly UIMessage[]) {
    const last = context.at(-1);
    this.#continues = last?.role === "assistant" ? last : undefined;
    this.#parts = this.#continues === undefined ? [] : structuredClone(this.#continues.parts);
    this.#id = this.#continues?.id ?? crypto.randomUUID();
  }

  apply(chunk: UIMessageChunk): void {
    if (chunk.type === "start" && chunk.messageId !== undefined && this.#continues === undefined) this.#id = chunk.messageId;
    applyChunkToParts(this.#parts, chunk);
  }

  /** Takes out what the model is not to be shown again. */
  drop(unwanted: (part: UIMessage["parts"][number]) => boolean): void {
    for (let at = this.#parts.length - 1; at >= 0; at--) if (unwanted(this.#parts[at]!)) this.#parts.splice(at, 1);
  }

  /** Its last step was interrupted: no provider has what it said in it by a name. */
  interrupted(): void {
    const from = this.#parts.findLastIndex(({ type }) => type === "step-start") + 1;
    for (let at = from; at < this.#parts.length; at++) this.#parts[at] = withoutItemIds(this.#parts[at]!);
  }

  /** `undefined` where the model said nothing. */
  message(): UIMessage | undefined {
    return this.#parts.length === 0 ? undefined : { ...this.#continues, id: this.#id, role: "assistant", parts: this.#parts };
  }
}
