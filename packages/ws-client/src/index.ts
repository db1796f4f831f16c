export { createWsClient } from "./client.ts";
export type { WsClientOptions } from "./options.ts";
export { TransportError } from "@agent-transports/client-core";
export type {
  ConnectionState,
  ConnectOptions,
  DataSchemas,
  ItemStorage,
  RestoreOptions,
  ResumeOptions,
  RetryOptions,
  Run,
  RunEvent,
  SendOptions,
  StandardSchema,
  StartOptions,
  StateChange,
  TransportClient,
} from "@agent-transports/client-core";
export { isRunEnd } from "@agent-transports/protocol";
export type { ChunkLike, ChunkOf, RunChunk, RunEnd, RunInput } from "@agent-transports/protocol";
