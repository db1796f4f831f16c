import type { UIMessageChunk } from "ai";
import type { ChatEntry } from "./chat-entries.ts";

const NONE: ReadonlySet<string> = new Set();

/** What was read of the run that a chat has read last. */
interface Reading {
  readonly run: string;
  /** By the reader that is furthest. */
  chunks: number;
  readonly calls: Set<string>;
}

/**
 * By chat, the tool calls of its last step whose outputs the agent sent itself. Of that step alone: some providers number their calls anew in each step and each
 * answer, and what the application gives for a call is not to be taken for the agent's of the same id.
 */
export class AnsweredCalls {
  readonly #readings = new Map<string, Reading>();

  of(chatId: string): ReadonlySet<string> {
    return this.#readings.get(chatId)?.calls ?? NONE;
  }

  /**
   * An answer is read from its first chunk. All who read one are given the same: what one of them was given counts, and not when another is given it too.
   *
   * Where it goes on with the message of the answer before, the outputs of approved calls come before its first step, and are of the step before.
   *
   * @returns what sees each chunk
   */
  read(chatId: string, { run, continues }: ChatEntry): (chunk: UIMessageChunk) => void {
    const known = this.#readings.get(chatId);
    const reading = known?.run === run ? known : { run, chunks: 0, calls: new Set(continues ? known?.calls : NONE) };
    this.#readings.set(chatId, reading);
    const { calls } = reading;
    let chunks = 0;
    return (chunk) => {
      if ((chunks += 1) <= reading.chunks) return;
      reading.chunks = chunks;
      if (chunk.type === "start-step" || chunk.type === "reset-step") calls.clear();
      if (chunk.type === "tool-output-available" || chunk.type === "tool-output-error") calls.add(chunk.toolCallId);
    };
  }
}
