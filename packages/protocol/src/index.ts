export * from "./constants.ts";
export {
  bytesFromJson,
  bytesToJson,
  decodeBinaryFrame,
  encodeBinaryFrame,
  fromBase64,
  isBytes,
  reviveBytes,
  toBase64,
  toBytes,
  type BytesInJson,
} from "./bytes.ts";
export { formatEventId, parseEventId, type EventId } from "./event-id.ts";
export { isChunk, isRunEnd } from "./chunks.ts";
export type {
  ChunkLike,
  ChunkOf,
  DataChunk,
  ErrorChunk,
  InputChunk,
  KnownChunk,
  OtherChunk,
  RunChunk,
  RunEndChunk,
  RunEndState,
  RunFailure,
  RunState,
  TextDeltaChunk,
  ToolInputAvailableChunk,
  UIMessageLike,
} from "./chunks.ts";
export { isKey, isRunId } from "./grammar.ts";
export { JsonText, withMember } from "./json-text.ts";
export { mediaType } from "./media-type.ts";
export { isRunInfo } from "./run.ts";
export type { ClientTool, MessageLike, RunInfo, RunInput, StartBody, ToolOutput } from "./run.ts";
export { isErrorBody, statusOf, TransportError } from "./errors.ts";
export type { CannotResumeReason, ClientErrorCode, ErrorBody, ServerErrorCode, TransportErrorCode } from "./errors.ts";
export { isRetryableClose, isRetryableStatus, RETRY_BASE_MS, RETRY_CAP_MS, retryDelayMs, type RetryOptions } from "./retry.ts";
export { decodeServerFrame, encodeFrame } from "./frames.ts";
export type { AckFrame, CancelFrame, ClientFrame, InputFrame, ResumeFrame, ServerFrame, StartFrame, UnsubscribeFrame } from "./frames.ts";
export type {
  ClientOptions,
  ConnectionState,
  ItemStorage,
  Query,
  RestoreOptions,
  ResumeOptions,
  Run,
  RunEnd,
  RunEvent,
  SendOptions,
  StartOptions,
  StateChange,
  TransportClient,
} from "./client.ts";
export type { DataSchemas, StandardSchema } from "./standard-schema.ts";
