export { createSseClient } from "./client.ts";
export type { SseClientOptions } from "./options.ts";
export { isRunEnd, TransportError } from "@agent-transports/protocol";
export type {
  ChunkLike,
  ChunkOf,
  ConnectionState,
  DataSchemas,
  ItemStorage,
  RestoreOptions,
  ResumeOptions,
  RetryOptions,
  Run,
  RunChunk,
  RunEnd,
  RunEvent,
  RunInput,
  SendOptions,
  StandardSchema,
  StartOptions,
  StateChange,
  TransportClient,
} from "@agent-transports/protocol";
