import type { ChunkLike, RunChunk, RunEndState, RunFailure } from "./chunks.ts";
import type { TransportError } from "./errors.ts";
import type { RetryOptions } from "./retry.ts";
import type { RunInput } from "./run.ts";

/** One event of a run, as the application receives it: once, in order. */
export interface RunEvent<Chunk extends ChunkLike = RunChunk> {
  /** Opaque; give it to `resume({ after })` to go on behind this event. */
  readonly id: string;
  readonly data: Chunk;
}

/** How a run ended. */
export interface RunEnd {
  readonly state: RunEndState;
  readonly error?: RunFailure;
}

/** What a followed run's connection is doing. `ended` and `failed` are final. */
export type ConnectionState = "connecting" | "open" | "waiting" | "ended" | "failed";

/** Why a connection changed its state, for a log or a spinner. */
export interface StateChange {
  readonly from: ConnectionState;
  readonly to: ConnectionState;
  /** What went wrong where something did. */
  readonly error?: TransportError;
  /** For `waiting`: which try comes next, counted from 1, and in how many milliseconds. */
  readonly attempt?: number;
  readonly delayMs?: number;
}

export interface ClientOptions {
  /** Where the Worker is: an absolute `http(s)` URL (for the WebSocket client `ws(s)` too), path prefix included. In a browser it may be relative. */
  readonly url: string | URL;
  /** The agent's URL segment. Default `transport-agent`. */
  readonly agent?: string;
  /** The agent's name. Default `default`. */
  readonly name?: string;
  /** Asked anew on every try, so that a token is always fresh. Added to the URL's query; secrets belong into `headers` where the transport has them. */
  readonly query?: Query | (() => Query | Promise<Query>);
  readonly retry?: RetryOptions;
  /** How long a connection may take to open, in milliseconds. Default 10,000. */
  readonly connectTimeoutMs?: number;
  /** Heartbeat period in milliseconds; silence of two periods counts as a dead peer. Default 15,000. */
  readonly heartbeatMs?: number;
  /** Ends everything that this client does. */
  readonly signal?: AbortSignal;
}

export type Query = Readonly<Record<string, string>>;

export interface StartOptions {
  /** Idempotency key; a random one if absent. A start with a key that the agent has seen joins that run. */
  readonly key?: string;
  /** Stops following (the run goes on); iteration ends with the error `aborted`. */
  readonly signal?: AbortSignal;
}

export interface ResumeOptions {
  /** The id of the last event that the application has; from the first event if absent. */
  readonly after?: string | undefined;
  readonly signal?: AbortSignal;
}

export interface SendOptions {
  /** Idempotency key; a random one if absent. */
  readonly key?: string;
}

/** A run as a client follows it. Iterate it once. */
export interface Run<Chunk extends ChunkLike = RunChunk> extends AsyncIterable<RunEvent<Chunk>> {
  /** The run's id: `undefined` until the server has answered the start. */
  readonly id: string | undefined;
  /** Resolves with the run's id once the server has answered; rejects with a `TransportError` if it never will. */
  readonly started: Promise<string>;
  /** The cursor: the id of the last event that the application has received. */
  readonly lastEventId: string | undefined;
  readonly connection: ConnectionState;
  /** How the run ended; `undefined` until its terminal event was received. */
  readonly end: RunEnd | undefined;
  /**
   * Sends an input into the live run: any JSON, or bytes (a `Uint8Array`, an `ArrayBuffer`, or another view of one), which are copied.
   *
   * Resolves with the id of its event once it is in the log. Inputs are accepted in the order of the calls.
   */
  send(data: unknown, options?: SendOptions): Promise<string>;
  /** Cancels the run for every reader; harmless once it has ended. */
  cancel(): Promise<void>;
  /** Stops following; the run goes on at the agent. */
  close(): void;
  /** Calls the listener at each change of the connection's state; gives back what stops that. */
  onStateChange(listener: (change: StateChange) => void): () => void;
  /** The same events as a stream of chunks, for the AI SDK. Instead of iterating, not besides. */
  toReadableStream(): ReadableStream<Chunk>;
}

/** What both clients are. */
export interface TransportClient {
  readonly transport: "sse" | "ws";
  start<Chunk extends ChunkLike = RunChunk>(input: RunInput, options?: StartOptions): Run<Chunk>;
  resume<Chunk extends ChunkLike = RunChunk>(runId: string, options?: ResumeOptions): Run<Chunk>;
  /** Closes every connection; what is still iterated ends with the error `aborted`. */
  close(): void;
  [Symbol.dispose](): void;
}
