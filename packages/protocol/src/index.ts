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
  RunEnd,
  RunEndChunk,
  RunEndState,
  RunFailure,
  RunState,
  TextDeltaChunk,
  ToolInputAvailableChunk,
  UIMessageLike,
} from "./chunks.ts";
export { isAgentName, isKey, isRunId, RESERVED_AGENT_NAMES } from "./grammar.ts";
export { JsonText, withMember } from "./json-text.ts";
export { weightOf } from "./accept.ts";
export { heartbeatPeriodMs } from "./heartbeat.ts";
export { mediaType } from "./media-type.ts";
export { isRunInfo } from "./run.ts";
export type { ClientTool, MessageLike, RunInfo, RunInput, StartBody, ToolOutput } from "./run.ts";
export { isErrorBody, statusOf } from "./errors.ts";
export type { CannotResumeReason, ErrorBody, ServerErrorCode } from "./errors.ts";
export { isRetryableClose, isRetryableStatus } from "./retryable.ts";
export { decodeServerFrame, encodeFrame } from "./frames.ts";
export type { AckFrame, CancelFrame, ClientFrame, InputFrame, ResumeFrame, ServerFrame, StartFrame, UnsubscribeFrame } from "./frames.ts";
