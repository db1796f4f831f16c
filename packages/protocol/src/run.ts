import type { RunFailure, RunState } from "./chunks.ts";

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

export function isRunInfo(value: unknown): value is RunInfo {
  return (
    typeof value === "object" &&
    value !== null &&
    "id" in value &&
    typeof value.id === "string" &&
    "state" in value &&
    typeof value.state === "string" &&
    "epoch" in value &&
    typeof value.epoch === "string"
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
