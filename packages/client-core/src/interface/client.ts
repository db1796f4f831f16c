// Symbol.dispose, for whoever compiles with a library older than that.
/// <reference lib="esnext.disposable" preserve="true" />

import type { ChunkLike, RunChunk, RunEnd, RunInput } from "@agent-transports/protocol";
import type { TransportError } from "../errors/transport-error.ts";
import type { DataSchemas } from "./standard-schema.ts";

/** One event of a run, as the application receives it: once, in order. */
export interface RunEvent<Chunk extends ChunkLike = RunChunk> {
  /** Opaque; give it to `resume({ after })` to go on behind this event. */
  readonly id: string;
  readonly data: Chunk;
}

/** What a followed run's connection is doing. `ended` and `failed` are final. */
export type ConnectionState = "connecting" | "open" | "waiting" | "ended" | "failed";

/** Why a connection changed its state, for a log or a spinner. */
export interface StateChange {
  readonly from: ConnectionState;
  readonly to: ConnectionState;
  /** What went wrong where something did. */
  readonly error?: TransportError;
  /** For `waiting`: which try comes next, counted from 1, and in how many milliseconds; without `delayMs` when the page is looked at again. */
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
  /** Asked anew on every try, so that a token is always fresh; where it throws, that try is lost, and `StateChange.error` says so. Added to the URL's query; secrets belong into `headers` where the transport has them. */
  readonly query?: Query | (() => Query | Promise<Query>);
  readonly retry?: RetryOptions;
  /** How long a connection may take to open, and an agent to answer what it is asked, in milliseconds; what is large has a second more for each 16 KiB. Default 10,000. */
  readonly connectTimeoutMs?: number;
  /**
   * Heartbeat period to ask for, 1 to 60,000 milliseconds; silence of two periods counts as a dead peer. An agent agrees to no less than
   * 1,000. A WebSocket on which nothing is awaited has three times that, up to 60,000, and asks the agent for it. Default 5,000.
   */
  readonly heartbeatMs?: number;
  /** Inputs of one run that may wait for their answer, those sent while offline included; one more fails with `queue_full`. Default 100. */
  readonly maxPendingInputs?: number;
  /** Checks `data-*` parts as they come; the application gets what its schema made of them. One that does not fit ends the run with `invalid_event`. */
  readonly dataSchemas?: DataSchemas;
  /** Where runs with `saveAs` are remembered. One that does not answer within five seconds has failed. Default: `sessionStorage` where the page may use one, else memory. */
  readonly storage?: ItemStorage;
  /**
   * Told what has no other way to the application: a storage that failed, a browser's connections that are used up, a client that no agent
   * has ever answered. Default: `console.error`.
   */
  readonly onError?: (error: TransportError) => void;
  /** Ends everything that this client does. */
  readonly signal?: AbortSignal;
}

/** PROTOCOL.md §6. */
export interface RetryOptions {
  /** The base of the exponential, in milliseconds. Default 500. */
  readonly baseMs?: number;
  /** No wait is longer than this (before what the server asked for), in milliseconds. Default 30,000. */
  readonly capMs?: number;
  /** Failed tries in a row after which the client ends with `retries_exhausted`. Default: no limit. */
  readonly maxTries?: number;
  /**
   * Milliseconds without a connection that proves itself, after which the client ends with `retries_exhausted`; judged when a try fails or a
   * connection is lost. Default: no limit.
   */
  readonly maxElapsedMs?: number;
}

/** Where an unfinished run is remembered. `sessionStorage`, `localStorage` and React Native's `AsyncStorage` are such. */
export interface ItemStorage {
  getItem(key: string): string | null | Promise<string | null>;
  setItem(key: string, value: string): unknown;
  removeItem(key: string): unknown;
}

export type Query = Readonly<Record<string, string>>;

export interface StartOptions {
  /** Idempotency key; a random one if absent. A start with a key that the agent has seen joins that run. */
  readonly key?: string;
  /**
   * Remembers the run, and the last event that the application was done with, under this name: see {@link TransportClient.restore}. A later run under the same name
   * takes it over.
   */
  readonly saveAs?: string;
  /** Stops following (the run goes on); iteration ends with the error `aborted`. */
  readonly signal?: AbortSignal;
}

export interface ResumeOptions {
  /** The id of the last event that the application has; from the first event if absent. */
  readonly after?: string | undefined;
  /** As in {@link StartOptions}. */
  readonly saveAs?: string;
  readonly signal?: AbortSignal;
}

export interface RestoreOptions {
  /** From the run's first event, for an application that has kept nothing of what it was given. Default: where it left off. */
  readonly fromStart?: boolean;
  readonly signal?: AbortSignal;
}

export interface ConnectOptions {
  /** Stops waiting, with the error `aborted`. */
  readonly signal?: AbortSignal;
}

export interface SendOptions {
  /** Idempotency key; a random one if absent. */
  readonly key?: string;
  /** Stops waiting for the answer, with the error `aborted`; the agent may have the input, or still get it. */
  readonly signal?: AbortSignal;
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
  /**
   * When the agent was last heard, heartbeats included, as `Date.now()` counts; `undefined` before. It tells a long think, in which heartbeats
   * come, from a line that is dead. While the application is slow to take events nothing is read, and nothing heard. Runs of one `ws-client`
   * share a socket, and this with it.
   */
  readonly lastHeardAt: number | undefined;
  /** How the run ended; `undefined` until its terminal event was received. */
  readonly end: RunEnd | undefined;
  /**
   * Sends an input into the live run: any JSON, or bytes (a `Uint8Array`, an `ArrayBuffer`, or another view of one). Both are copied by the call: JSON as
   * `JSON.stringify` makes it, so that NaN is `null`, and what it leaves out is left out.
   *
   * Resolves with the id of its event once it is in the log. Inputs are accepted in the order of the calls. Rejects with `invalid_input` where JSON cannot
   * hold it, and with `run_ended` where the run has ended and the agent has not said that it took it.
   */
  send(data: unknown, options?: SendOptions): Promise<string>;
  /** Cancels the run for every reader; harmless once it has ended. */
  cancel(): Promise<void>;
  /** Stops following; the run goes on at the agent. */
  close(): void;
  /**
   * Calls the listener at each change of the connection's state; gives back what stops that. What a listener throws or rejects with changes nothing: it is shown by
   * `reportError` in a page, by `console.error` elsewhere. So is what `onError` throws.
   */
  onStateChange(listener: (change: StateChange) => void): () => void;
  /**
   * The same events, several at a time: for an application that does something once for many of them, such as to render. A batch is all that waits when the
   * loop asks: the events of one network read or of one frame, or of several where the loop was slow. It is never empty, and is the application's to keep.
   *
   * Errors, the end and leaving the loop early are as in `for await (const event of run)`. Instead of that, not besides: the second iteration of a run throws
   * `invalid_option`. The cursor is at the last event of a batch from when the batch is handed over; `saveAs` remembers it when the loop asks for the next batch.
   */
  batches(): AsyncIterable<readonly RunEvent<Chunk>[]>;
  /** The same events as a stream of chunks, for the AI SDK. Instead of iterating, not besides. */
  toReadableStream(): ReadableStream<Chunk>;
}

/** What a run can do with either of the small clients (the entries `./core`): it is followed, and nothing goes up. Iterate it once. */
export type CoreRun<Chunk extends ChunkLike = RunChunk> = Pick<
  Run<Chunk>,
  "id" | "started" | "lastEventId" | "connection" | "end" | "close" | typeof Symbol.asyncIterator
>;

/** What the small clients are made with: as {@link ClientOptions}, without what is for inputs, storage and schemas. */
export type CoreOptions = Pick<ClientOptions, "url" | "agent" | "name" | "query" | "retry" | "connectTimeoutMs" | "heartbeatMs">;

export interface CoreRunOptions {
  /** Stops following (the run goes on); iteration ends with the error `aborted`. */
  readonly signal?: AbortSignal;
  /** Called at each change of the connection's state. What it throws changes nothing: see {@link Run.onStateChange}. */
  readonly onStateChange?: (change: StateChange) => void;
}

export interface CoreStartOptions extends CoreRunOptions, Pick<StartOptions, "key"> {}
export interface CoreResumeOptions extends CoreRunOptions, Pick<ResumeOptions, "after"> {}

/** What both small clients are. */
export interface CoreClient<Default extends ChunkLike = RunChunk> {
  /** As {@link TransportClient.start}. */
  start<Chunk extends ChunkLike = Default>(input: RunInput, options?: CoreStartOptions): CoreRun<Chunk>;
  /** As {@link TransportClient.resume}. */
  resume<Chunk extends ChunkLike = Default>(runId: string, options?: CoreResumeOptions): CoreRun<Chunk>;
  /** Closes every connection; what is still iterated ends with the error `aborted`. */
  close(): void;
  [Symbol.dispose](): void;
}

/** What both clients are. `Default` is what the application's agent sends: see `ChunkOf`. */
export interface TransportClient<Default extends ChunkLike = RunChunk> {
  readonly transport: "sse" | "ws";
  /** Throws nothing, as `resume`: what is wrong with its input or its options fails the run, in `started` and in its iteration. */
  start<Chunk extends ChunkLike = Default>(input: RunInput, options?: StartOptions): Run<Chunk>;
  resume<Chunk extends ChunkLike = Default>(runId: string, options?: ResumeOptions): Run<Chunk>;
  /**
   * The run that was followed under this name and not read to its end, as after a reload of the page; `undefined` where there is none.
   * A start that was not answered yet is sent again, under its key.
   */
  restore<Chunk extends ChunkLike = Default>(saveAs: string, options?: RestoreOptions): Promise<Run<Chunk> | undefined>;
  /**
   * Opens a connection before there is anything to ask, so that the first question need not wait for it: when the page loads, and when its input gets the
   * focus. Nobody has to call it, and nothing is wrong with calling it often.
   *
   * Resolves once the connection is open and the agent's Worker has accepted the credentials. It is tried again by the retry policy, as a run's is. Rejects with
   * a `TransportError` where a run's connection would end for good, and with `aborted`. A rejection that nobody looks at is not reported: the run that comes next
   * says the same.
   */
  connect(options?: ConnectOptions): Promise<void>;
  /** Closes every connection; what is still iterated ends with the error `aborted`. */
  close(): void;
  [Symbol.dispose](): void;
}
