export { createWsClient } from "./client.ts";
export type { WsClientOptions } from "./options.ts";
export { isRunEnd, TransportError } from "@agent-transports/protocol";
export type {
  ConnectionState,
  ResumeOptions,
  RetryOptions,
  Run,
  RunChunk,
  RunEnd,
  RunEvent,
  RunInput,
  SendOptions,
  StartOptions,
  StateChange,
  TransportClient,
} from "@agent-transports/protocol";
