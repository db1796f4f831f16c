import { decodeBinaryFrame, encodeBinaryFrame, isBytes, reviveBytes } from "./bytes.ts";
import { isChunk, type RunChunk } from "./chunks.ts";
import { parseEventId } from "./event-id.ts";
import { isErrorBody, type ErrorBody } from "./errors.ts";
import { JsonText, withMember } from "./json-text.ts";
import { isRunInfo, type RunInfo, type RunInput } from "./run.ts";
import { readTokenFrame } from "./token-frame.ts";

/** WebSocket frames, PROTOCOL.md §4. */

export interface StartFrame {
  readonly type: "start";
  readonly key: string;
  readonly input: RunInput | JsonText;
  readonly acks?: true;
}
export interface ResumeFrame {
  readonly type: "resume";
  readonly run: string;
  readonly after?: string;
  readonly acks?: true;
}
export interface InputFrame {
  readonly type: "input";
  readonly run: string;
  readonly key: string;
  /** Any JSON, or bytes: then it is a binary frame, §4.6. */
  readonly data: unknown;
}
export interface CancelFrame {
  readonly type: "cancel";
  readonly run: string;
}
export interface UnsubscribeFrame {
  readonly type: "unsubscribe";
  readonly run: string;
}
export interface AckFrame {
  readonly type: "ack";
  readonly run: string;
  readonly id: string;
}
/** §4.5: the next frame is large, and for so many milliseconds nothing else may be heard. */
export interface BusyFrame {
  readonly type: "busy";
  readonly ms: number;
}
/** §4.1, up. */
export type ClientFrame =
  | StartFrame
  | ResumeFrame
  | InputFrame
  | CancelFrame
  | UnsubscribeFrame
  | AckFrame
  | BusyFrame
  | { readonly type: "ping" };

/** §4.2, down. */
export type ServerFrame =
  /** What is no number above 0 counts as not said, §6. */
  | { readonly type: "hello"; readonly heartbeat?: unknown }
  | { readonly type: "started"; readonly key: string; readonly run: RunInfo; readonly joined: boolean }
  | { readonly type: "resumed"; readonly run: RunInfo; readonly after: string | null }
  | { readonly type: "events"; readonly run: string; readonly id: string; readonly events: readonly RunChunk[]; readonly ack?: true }
  | { readonly type: "accepted"; readonly run: string; readonly key: string; readonly id: string }
  | { readonly type: "cancelled"; readonly run: RunInfo }
  | { readonly type: "error"; readonly error: ErrorBody; readonly run?: string; readonly key?: string; readonly frame?: string }
  | { readonly type: "pong" };

/** @returns a text frame; the binary frame of an input that is bytes */
export function encodeFrame(frame: ClientFrame | ServerFrame): string | Uint8Array<ArrayBuffer> {
  if (frame.type === "input") {
    const { data, ...header } = frame;
    if (isBytes(data)) return encodeBinaryFrame(JSON.stringify(header), data);
    if (data instanceof JsonText) return withMember(JSON.stringify(header), "data", data);
  } else if (frame.type === "start" && frame.input instanceof JsonText) {
    const { input, ...rest } = frame;
    return withMember(JSON.stringify(rest), "input", input);
  }
  return JSON.stringify(frame);
}

type Json = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Reads a frame that a server sent, text or binary, with bytes as `Uint8Array`.
 *
 * @returns the frame; `"unknown"` for a type that this version does not know (a receiver ignores it, §4.2); `undefined` for
 * what is not this protocol: not JSON, not base64, shorter than its header, or a known type with a member that is missing or wrong.
 */
export function decodeServerFrame(data: string | ArrayBuffer): ServerFrame | "unknown" | undefined {
  let frame: unknown;
  try {
    if (typeof data === "string") {
      const tokens = readTokenFrame(data);
      if (tokens !== undefined) return tokens;
      frame = JSON.parse(data);
      if (isObject(frame) && Array.isArray(frame["events"])) frame["events"].forEach(reviveBytes);
    } else {
      const { header, payload } = decodeBinaryFrame(data);
      const { event, ...rest } = JSON.parse(header);
      frame = { ...rest, events: [{ ...event, data: payload }] };
    }
  } catch {
    return undefined; // The caller answers "not this protocol"; what the decoders have to say of it adds nothing.
  }
  if (!isObject(frame) || typeof frame["type"] !== "string") return undefined;
  return isServerFrame(frame) ? frame : known.has(frame["type"]) ? undefined : "unknown";
}

const known = new Set(["hello", "started", "resumed", "events", "accepted", "cancelled", "error", "pong"]);

/** By which an `error` says to which request it belongs. */
const names = ["run", "key", "frame"];

function isId(value: unknown): boolean {
  return typeof value === "string" && parseEventId(value) !== undefined;
}

function isServerFrame(frame: unknown): frame is ServerFrame {
  if (!isObject(frame)) return false;
  switch (frame["type"]) {
    case "events":
      return (
        typeof frame["run"] === "string" &&
        isId(frame["id"]) &&
        Array.isArray(frame["events"]) &&
        frame["events"].length > 0 &&
        frame["events"].every((event) => isChunk(event))
      );
    case "started":
      return typeof frame["key"] === "string" && isRunInfo(frame["run"]);
    case "resumed":
      return isRunInfo(frame["run"]) && (frame["after"] === null || isId(frame["after"]));
    case "cancelled":
      return isRunInfo(frame["run"]);
    case "accepted":
      return typeof frame["run"] === "string" && typeof frame["key"] === "string" && isId(frame["id"]);
    case "error":
      return isErrorBody(frame["error"]) && names.every((name) => !(name in frame) || typeof frame[name] === "string");
    case "hello":
    case "pong":
      return true;
    default:
      return false;
  }
}
