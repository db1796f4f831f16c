import { isErrorBody } from "./errors.ts";

/**
 * What a run's log holds: chunks of the AI SDK's UI message stream, and four of our own (PROTOCOL.md §1).
 *
 * The types are structural, so that this package needs no dependency; that every `UIMessageChunk` of `ai` is assignable to
 * {@link RunChunk} is checked where `ai` is installed, in agent-worker.
 */

export type RunState = "running" | "finished" | "failed" | "cancelled" | "interrupted";
export type RunEndState = Exclude<RunState, "running">;

/** Why a run failed; `status` is the model provider's HTTP status where it answered one. */
export interface RunFailure {
  readonly code:
    | "model_error"
    | "model_unreachable"
    | "model_timeout"
    | "model_stream_broken"
    | "invalid_request"
    | "interrupted"
    | "misconfigured"
    | "payload_too_large"
    | "internal"
    | (string & {});
  readonly message: string;
  readonly status?: number;
}

/** How a run ended. */
export interface RunEnd {
  readonly state: RunEndState;
  readonly error?: RunFailure;
}

/** The terminal event's chunk: every run's log ends with exactly one. */
export interface RunEndChunk {
  readonly type: "data-run-end";
  readonly data: RunEnd;
  readonly transient: true;
}

/** An input that a client sent into the live run, at its place in the order. `id` is the input's key; `data` is any JSON, or a `Uint8Array`. */
export interface InputChunk {
  readonly type: "data-input";
  readonly id: string;
  readonly data: unknown;
  readonly transient: true;
}

/**
 * An event that the log did not keep, because its agent died before it was stored, PROTOCOL.md §1.1. Only an agent that sends events before it stores them has
 * such. Whoever has events after `after` has seen what no other reader will see.
 */
export interface LostChunk {
  readonly type: "data-lost";
  /** Ids: of the last event that was kept, and of the last that may be missing. */
  readonly data: { readonly after: string; readonly through: string };
  readonly transient: true;
}

/**
 * The answer goes on that was interrupted after the event `after` (`null`: before the first), PROTOCOL.md §1.2: streamed again by its provider, continued by the
 * model, or begun again because nothing was said. `attempt` counts from 1 since something was last added.
 */
export interface ResumedChunk {
  readonly type: "data-resumed";
  readonly data: { readonly way: "replayed" | "continued" | "restarted"; readonly after: string | null; readonly attempt: number };
  readonly transient: true;
}

/** A piece of the answer's text. */
export interface TextDeltaChunk {
  readonly type: "text-delta";
  readonly id: string;
  readonly delta: string;
}

/** A tool call whose input is complete; a client-side tool waits for a run with `toolOutputs`. */
export interface ToolInputAvailableChunk {
  readonly type: "tool-input-available";
  readonly toolCallId: string;
  readonly toolName: string;
  readonly input: unknown;
}

/** The AI SDK's `error` chunk. */
export interface ErrorChunk {
  readonly type: "error";
  readonly errorText: string;
}

/** The chunk types that this project's own code looks into. */
export type KnownChunk = RunEndChunk | InputChunk | LostChunk | ResumedChunk | TextDeltaChunk | ToolInputAvailableChunk | ErrorChunk;

type OtherType =
  | "start"
  | "start-step"
  | "finish-step"
  | "finish"
  | "abort"
  | "message-metadata"
  | "text-start"
  | "text-end"
  | "reasoning"
  | `reasoning-${string}`
  | `source-${string}`
  | "file"
  | "tool-input-start"
  | "tool-input-delta"
  | "tool-input-error"
  | `tool-output-${string}`
  | `tool-approval-${string}`
  | "custom"
  | "reset-step"
  | "steering-message";

/** Every other chunk of the AI SDK's UI message stream; narrow by `type`. */
export interface OtherChunk {
  readonly type: OtherType;
  readonly [member: string]: unknown;
}

/** A `data-*` part of an application. `data` is any JSON, or a `Uint8Array`. */
export interface DataChunk {
  readonly type: `data-${string}`;
  readonly id?: string;
  readonly data: unknown;
  readonly transient?: boolean;
}

/** One event's payload. Narrowing on `chunk.type === "text-delta"` gives `delta`. */
export type RunChunk = KnownChunk | OtherChunk | DataChunk;

/** As far as it is looked at here, the AI SDK's `UIMessage`. */
export interface UIMessageLike {
  readonly metadata?: unknown;
  readonly parts: readonly { readonly type: string }[];
}

/**
 * The chunks of an application's `UIMessage<Metadata, DataParts>`: those of {@link RunChunk}, with its own `data-*` parts and metadata in the
 * place of the general ones.
 */
export type ChunkOf<Message extends UIMessageLike> = UIMessageLike extends Message
  ? RunChunk
  : | KnownChunk
    | (OtherChunk & { readonly type: Exclude<OtherType, MetadataType> })
    | MetadataChunk<Message["metadata"]>
    | DataChunkOf<Message["parts"][number]>;

type MetadataType = "start" | "finish" | "message-metadata";

interface MetadataChunk<Metadata> {
  readonly type: MetadataType;
  readonly messageMetadata?: Metadata;
  readonly [member: string]: unknown;
}

type DataChunkOf<Part> = Part extends { readonly type: `data-${string}`; readonly data: unknown }
  ? { readonly type: Part["type"]; readonly id?: string; readonly data: Part["data"]; readonly transient?: boolean }
  : never;

/** What every chunk is; an application's own chunk types extend it. */
export interface ChunkLike {
  readonly type: string;
}

const endStates: readonly unknown[] = ["finished", "failed", "cancelled", "interrupted"] satisfies RunEndState[];

/** Whether a value from the wire is one of the states in which a run ends. */
export function isRunEndState(value: unknown): value is RunEndState {
  return endStates.includes(value);
}

export function isRunFailure(value: unknown): value is RunFailure {
  const { status }: { readonly status?: unknown } = Object(value);
  return isErrorBody(value) && (status === undefined || typeof status === "number");
}

/**
 * Whether a value from the wire is a chunk at all. Which chunks an agent sends is its contract with the application, but for the terminal event: a client acts
 * on it, so it must be whole.
 */
export function isChunk<Chunk extends ChunkLike = RunChunk>(value: unknown): value is Chunk {
  const { type, data }: { readonly type?: unknown; readonly data?: unknown } = Object(value);
  return typeof type === "string" && (type !== "data-run-end" || isEndData(data));
}

function isEndData(data: unknown): boolean {
  const { state, error }: { readonly state?: unknown; readonly error?: unknown } = Object(data);
  return isRunEndState(state) && (error === undefined || isRunFailure(error));
}

/** Whether this is the event with which a run's log ends. */
export function isRunEnd(chunk: { readonly type: string }): chunk is RunEndChunk {
  return chunk.type === "data-run-end";
}
