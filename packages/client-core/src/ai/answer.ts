import { isRunEnd, type ChunkLike, type RunEndChunk } from "@agent-transports/protocol";
import type { UIMessage, UIMessageChunk } from "ai";
import { TransportError } from "../errors/transport-error.ts";
import type { Run } from "../interface/client.ts";
import { chunksOf } from "./message-chunks.ts";

export interface AnswerOptions {
  /** The message that the run goes on with. */
  readonly continues: UIMessage | undefined;
  /** Whether the message is built from nothing: what it had before the run is then put before it. */
  readonly replay: boolean;
  /** Each chunk of the run but its terminal event, before it is given on. */
  onChunk(chunk: UIMessageChunk): void;
  /** The terminal event was received; awaited before the application hears of it. */
  onEnd(): Promise<void>;
}

/**
 * A run's events as the AI SDK takes them.
 *
 * The message's id is the same each time, also where the agent gives none: the AI SDK puts a message in the place of the one that has its
 * id, so that an application which restored part of an answer does not show it twice.
 *
 * @throws TransportError where the run failed, with the code of its failure; or with which the client gave it up
 */
export async function* readAnswer(run: Run<UIMessageChunk>, options: AnswerOptions): AsyncGenerator<UIMessageChunk, undefined> {
  const { continues, replay } = options;
  let begun = false;
  /** An `error` chunk ends useChat's reading; what comes next says whether the run ended with it. */
  let error: Extract<UIMessageChunk, { readonly type: "error" }> | undefined;
  for await (const { data: chunk } of run) {
    // Without this annotation the guard would narrow to an intersection with the AI SDK's type.
    const event: ChunkLike = chunk;
    if (isRunEnd(event)) {
      await options.onEnd();
      const { state } = event.data;
      if (state === "failed" || state === "interrupted") throw failureOf(event, error?.errorText);
      if (error !== undefined) yield error;
      return undefined;
    }
    options.onChunk(chunk);
    if (error !== undefined) {
      yield error;
      error = undefined;
    }
    if (!begun) {
      begun = true;
      if (continues !== undefined && replay) {
        yield* chunksOf(continues);
        // A stream has one start: some versions of the AI SDK begin the message anew at each.
        if (chunk.type === "start") {
          if (chunk.messageMetadata !== undefined) yield { type: "message-metadata", messageMetadata: chunk.messageMetadata };
          continue;
        }
      } else if (chunk.type !== "start") yield { type: "start", messageId: continues?.id ?? (await run.started) };
    }
    if (chunk.type === "error") {
      error = chunk;
      continue;
    }
    yield chunk.type === "start" ? { ...chunk, messageId: continues?.id ?? chunk.messageId ?? (await run.started) } : chunk;
  }
  await options.onEnd();
  return undefined;
}

function failureOf({ data: { state, error } }: RunEndChunk, errorText: string | undefined): TransportError {
  const message = error?.message ?? errorText ?? `The run was ${state}.`;
  return new TransportError({ code: error?.code ?? state, message }, { status: error?.status });
}
