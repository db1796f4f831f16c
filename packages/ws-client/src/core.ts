export { createWsClient } from "./core-client.ts";
export type { WsCoreOptions } from "./options.ts";
export { TransportError } from "@agent-transports/client-core";
export type {
  ConnectionState,
  CoreClient,
  CoreResumeOptions,
  CoreRun,
  CoreRunOptions,
  CoreStartOptions,
  RetryOptions,
  RunEvent,
  StateChange,
} from "@agent-transports/client-core";
export { isRunEnd } from "@agent-transports/protocol";
export type { ChunkLike, ChunkOf, RunChunk, RunEnd, RunInput } from "@agent-transports/protocol";
