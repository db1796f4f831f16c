import {
  bytesFromJson,
  decodeBinaryFrame,
  encodeBinaryFrame,
  encodeFrame,
  isBytes,
  type ClientFrame,
  type ErrorBody,
  type ServerFrame,
} from "@agent-transports/protocol";
import type { RawData } from "ws";
import { chunkToJson } from "./script.ts";

type EventsFrame = Extract<ServerFrame, { readonly type: "events" }>;

/** @param binary whether the socket asked for binary frames (PROTOCOL.md §4.6) */
export function encodeServerFrame(frame: ServerFrame, binary: boolean): string | Uint8Array {
  return frame.type === "events" ? encodeEvents(frame, binary) : encodeFrame(frame);
}

function encodeEvents({ events, ...frame }: EventsFrame, binary: boolean): string | Uint8Array {
  const [event] = events;
  if (!binary || event === undefined || !("data" in event) || !isBytes(event.data)) {
    return encodeFrame({ ...frame, events: events.map(chunkToJson) });
  }
  const { data, ...rest } = event;
  return encodeBinaryFrame(JSON.stringify({ ...frame, event: rest }), data);
}

/** @returns the frame, or what an agent answers in its place (PROTOCOL.md §4.6, §5) */
export function decodeClientFrame(
  data: RawData,
  isBinary: boolean,
  binary: boolean,
): { readonly frame: ClientFrame } | { readonly error: ErrorBody } {
  if (isBinary && !binary) {
    return { error: { code: "unsupported_frame", message: "This socket did not ask for binary frames. Open it with binary=1." } };
  }
  const bytes = Uint8Array.from(Array.isArray(data) ? Buffer.concat(data) : new Uint8Array(data));
  try {
    if (isBinary) {
      const { header, payload } = decodeBinaryFrame(bytes.buffer);
      return { frame: { ...JSON.parse(header), data: payload } };
    }
    const frame: ClientFrame = { ...JSON.parse(Buffer.from(bytes).toString()) };
    return { frame: frame.type === "input" ? { ...frame, data: bytesFromJson(frame.data) } : frame };
  } catch (error) {
    return { error: { code: "invalid_json", message: `The frame cannot be read: ${String(error)}` } };
  }
}
