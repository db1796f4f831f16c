import type { ClientTool, RunFailure } from "@agent-transports/protocol";
import type { UIMessage, UIMessageChunk } from "ai";

/** What a generation is given. */
export interface Generation {
  readonly runId: string;
  /** The whole context, the new message included. Bytes in a `data-*` part are a `Uint8Array`. */
  readonly messages: readonly UIMessage[];
  /** Tools that the client executes, as it declared them. */
  readonly clientTools: Readonly<Record<string, ClientTool>>;
  /** Aborts when the run is cancelled. */
  readonly signal: AbortSignal;
  /** Inputs that clients sent into the run since the last call, in order; bytes as `Uint8Array`. */
  takeInputs(): unknown[];
  /** Ends the run as failed, with this reason instead of what an `error` chunk says. For `onError` of the AI SDK: gives back the text that goes out. */
  fail(failure: RunFailure): string;
}

export type Generate = (generation: Generation) => AsyncIterable<UIMessageChunk> | Promise<AsyncIterable<UIMessageChunk>>;
