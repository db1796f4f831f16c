import type { UIMessageChunk } from "ai";

const NONE: ReadonlySet<string> = new Set();

/**
 * By chat, the tool calls of its last step whose outputs the agent sent itself. Of that step alone: some providers number their calls anew in each step and each
 * answer, and what the application gives for a call is not to be taken for the agent's of the same id.
 */
export class AnsweredCalls {
  readonly #calls = new Map<string, Set<string>>();

  of(chatId: string): ReadonlySet<string> {
    return this.#calls.get(chatId) ?? NONE;
  }

  /** Its next answer is a message of its own. */
  forget(chatId: string): void {
    this.#calls.delete(chatId);
  }

  /** What an answer says. The outputs of approved calls come before its first step, and are of the step before. */
  see(chatId: string, chunk: UIMessageChunk): void {
    if (chunk.type === "start-step" || chunk.type === "reset-step") this.forget(chatId);
    if (chunk.type !== "tool-output-available" && chunk.type !== "tool-output-error") return;
    const calls = this.#calls.get(chatId) ?? new Set();
    this.#calls.set(chatId, calls.add(chunk.toolCallId));
  }
}
