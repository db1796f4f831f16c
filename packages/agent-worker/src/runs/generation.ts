import type { ClientTool, RunFailure } from "@agent-transports/protocol";
import type { UIMessage, UIMessageChunk } from "ai";
import type { SaidStep } from "../recovery/partial-answer.ts";
import type { Way } from "../recovery/rejoin.ts";
import type { ToolCalls } from "./tool-calls.ts";

/** What a generation is given. */
export interface Generation {
  readonly runId: string;
  /**
   * The whole context, the new message included. Bytes in a `data-*` part are a `Uint8Array`.
   *
   * Where an answer goes on that was interrupted, the answer as far as it came is behind it, and behind that what the model is asked to go on from. A
   * generation that answers its messages goes on by that alone.
   */
  readonly messages: readonly UIMessage[];
  /** Tools that the client executes, as it declared them. */
  readonly clientTools: Readonly<Record<string, ClientTool>>;
  /** Aborts when the run is cancelled. */
  readonly signal: AbortSignal;
  /** What outlives the agent of the tools that run in it. An agent gives it; a test may leave it out, and then each call runs. */
  readonly toolCalls?: ToolCalls;
  /** Set where this goes on with an answer that was interrupted. */
  readonly interrupted?: InterruptedAnswer;
  /** Inputs that clients sent into the run since the last call, in order; bytes as `Uint8Array`. */
  takeInputs(): unknown[];
  /**
   * Ends the run as failed, with this reason instead of what an `error` chunk says. For `onError` of the AI SDK: gives back the text that goes out.
   *
   * A stream that broke is taken up again, see `RunAgent.recovery`; not where it is `final`.
   */
  fail(failure: RunFailure, options?: { readonly final?: boolean }): string;
  /**
   * Keeps some JSON with the run until its next `finish-step`. Where the answer is interrupted before that, the next generation has it as `interrupted.kept`, and
   * is asked to stream the step again from its first chunk. Keep what you need to do that: a response's id at the provider, say. `null` keeps nothing. An agent gives it; a test may leave it out.
   */
  keep?(value: unknown): void;
}

/** An answer that was interrupted, as far as it came. */
export interface InterruptedAnswer {
  /**
   * How it is to go on. `replayed`: with the same chunks, from the first of the step that was interrupted; those that the log has are left out. `continued`: with what
   * comes next; text that repeats the last words is trimmed. `restarted`: from the beginning, because nothing was said.
   */
  readonly way: Way;
  /** Which try this is since something was last added to the answer, from 1. */
  readonly attempt: number;
  /** What {@link Generation.keep} kept, where it is `replayed`. */
  readonly kept: unknown;
  /** All steps, of which the last may be unfinished. */
  readonly steps: readonly SaidStep[];
  /**
   * Tool calls of the last step that have no output. Whoever takes them settles them: gives a `tool-output-available` or a `tool-output-error` for each. Where nobody
   * does, each is told as an error, of an outcome that is not known.
   */
  takeCalls(): readonly WaitingCall[];
}

/** A tool call without an output. */
export interface WaitingCall {
  readonly toolCallId: string;
  readonly toolName: string;
  readonly input: unknown;
  /** A person was asked whether it may run, and has not answered. */
  readonly asked: boolean;
}

/**
 * Makes an answer. Where it cannot do so in the way that {@link InterruptedAnswer} names, it throws a {@link NotReplayableError}, and is called for the next way.
 */
export type Generate = (generation: Generation) => AsyncIterable<UIMessageChunk> | Promise<AsyncIterable<UIMessageChunk>>;

/** What was kept is of no use any more: the answer is not replayed, but continued. */
export class NotReplayableError extends Error {
  override readonly name = "NotReplayableError";
}
