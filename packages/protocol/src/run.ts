import { isRunEndState, isRunFailure, type RunFailure, type RunState } from "./chunks.ts";
import { parseEventId } from "./event-id.ts";
import { isRunId } from "./grammar.ts";

/** The run resource, PROTOCOL.md §2. */
export interface RunInfo {
  readonly id: string;
  readonly state: RunState;
  /** The log's epoch: the part before the dot in this run's event ids. */
  readonly epoch: string;
  /** The id of the newest event; `null` while there is none. */
  readonly lastEventId: string | null;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly endedAt: string | null;
  readonly error: RunFailure | null;
  /** Path of the event stream. */
  readonly events: string;
}

/** Whether a value from the wire is a run, as far as a client acts on it. */
export function isRunInfo(value: unknown): value is RunInfo {
  if (typeof value !== "object" || value === null) return false;
  const { id, state, epoch, lastEventId, error }: { readonly [Member in keyof RunInfo]?: unknown } = value;
  return (
    isRunId(id) &&
    (state === "running" || isRunEndState(state)) &&
    typeof epoch === "string" &&
    (lastEventId === null || (typeof lastEventId === "string" && parseEventId(lastEventId)?.epoch === epoch)) &&
    (error === null || isRunFailure(error))
  );
}

/** A tool that the client executes, offered to the model for one run. */
export interface ClientTool {
  readonly description?: string;
  /** A JSON Schema of type `object`. */
  readonly inputSchema: Readonly<Record<string, unknown>>;
}

/** What a client-side tool gave back, or why it failed. */
export type ToolOutput =
  | { readonly toolCallId: string; readonly output: unknown }
  | { readonly toolCallId: string; readonly errorText: string };

/** Structurally an AI SDK `UIMessage`. */
export interface MessageLike {
  readonly id: string;
  readonly role: "system" | "user" | "assistant";
  readonly parts: readonly { readonly type: string }[];
  readonly metadata?: unknown;
}

interface InputOptions {
  readonly tools?: Readonly<Record<string, ClientTool>>;
}

/** What starts a run: exactly one of four inputs, PROTOCOL.md §2. */
export type RunInput =
  | (InputOptions & { readonly prompt: string })
  | (InputOptions & { readonly message: MessageLike })
  | (InputOptions & { readonly toolOutputs: readonly ToolOutput[] })
  | (InputOptions & { readonly messages: readonly MessageLike[] });

/** The body of `POST <base>/runs`. */
export type StartBody = RunInput & { readonly key?: string };
