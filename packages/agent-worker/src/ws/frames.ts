import { decodeBinaryFrame, type ClientFrame, type RunInput } from "@agent-transports/protocol";
import { z } from "zod";
import type { StandingLimits } from "../runs/asked-limits.ts";
import { invalidRequest, RequestError } from "../wire/errors.ts";
import { tooLarge } from "../wire/limits.ts";
import { checkDepth, keySchema } from "../wire/start-request.ts";

const runId = z.string().min(1).max(64);
const acks = z.literal(true).optional();

/** What comes up a socket, PROTOCOL.md §4.1. The start's input is checked like an HTTP body, by `parseStart`. */
const frameSchema = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("start"),
    key: keySchema,
    input: z.custom<RunInput>((value) => typeof value === "object" && value !== null),
    acks,
  }),
  z.object({ type: z.literal("resume"), run: runId, after: z.string().optional(), acks }),
  z.object({ type: z.literal("input"), run: runId, key: keySchema, data: z.unknown().refine((data) => data !== undefined, "is missing") }),
  z.object({ type: z.literal("cancel"), run: runId }),
  z.object({ type: z.literal("unsubscribe"), run: runId }),
  z.object({ type: z.literal("ack"), run: runId, id: z.string() }),
  z.object({ type: z.literal("busy"), ms: z.number().positive() }),
  z.object({ type: z.literal("ping") }),
]);

export type ReceivedFrame = z.infer<typeof frameSchema>;

/** What can be said of a frame even where it is faulty, so that the answer names its request. */
export interface FrameContext {
  readonly frame?: string;
  readonly run?: string;
  readonly key?: string;
}

/** PROTOCOL.md §4.6: what a binary frame begins with says how long its header is, which may have so many bytes. */
const LENGTH_BYTES = 4;
const HEADER_MAX_BYTES = 4_096;

type FrameLimits = Pick<StandingLimits, "requestBytes" | "unsaid">;
type Message = string | ArrayBuffer | ArrayBufferView;
type Parsed = { readonly frame: ReceivedFrame } | Faulty;

interface Faulty {
  readonly error: RequestError;
  readonly context: FrameContext;
}

/**
 * Reads a frame; what is wrong with it is `unsupported_frame`, `payload_too_large`, `invalid_json` or `invalid_request`.
 *
 * @param limits see StandingLimits
 * @param binary whether the socket asked for binary frames, PROTOCOL.md §4.6
 */
export function parseFrame(message: Message, limits: FrameLimits, binary: boolean): Parsed {
  if (typeof message !== "string") {
    if (binary) return parseBinary(message, limits);
    return { error: unsupported("This socket did not ask for binary frames. Open it with binary=1, or send JSON as text."), context: {} };
  }
  // A UTF-16 unit is one to three bytes.
  const { requestBytes } = limits;
  if (message.length * 3 > requestBytes && Buffer.byteLength(message) > requestBytes) {
    return { error: frameTooLarge(limits), context: contextOfHead(message) };
  }
  const json = parseJson(message);
  return "error" in json ? json : check(json.value);
}

/** PROTOCOL.md §4.6. What its header says comes before its size: then the answer names its request. */
function parseBinary(message: ArrayBuffer | ArrayBufferView, limits: FrameLimits): Parsed {
  const frame = message instanceof ArrayBuffer ? message : toBuffer(message);
  const large = frame.byteLength > limits.requestBytes;
  if (frame.byteLength >= LENGTH_BYTES && new DataView(frame).getUint32(0) > HEADER_MAX_BYTES)
    return { error: invalidRequest(`A header may have at most ${HEADER_MAX_BYTES} bytes.`), context: {} };
  let read: ReturnType<typeof decodeBinaryFrame>;
  try {
    read = decodeBinaryFrame(large ? frame.slice(0, LENGTH_BYTES + HEADER_MAX_BYTES) : frame);
  } catch {
    return {
      error: invalidRequest("A binary frame is a length of 4 bytes, a UTF-8 header of that length, and the payload. This one is not."),
      context: {},
    };
  }
  const json = parseJson(read.header);
  if ("error" in json) return json;
  const { value } = json;
  const context = contextOf(value);
  if (context.frame !== "input" || typeof value !== "object") {
    return { error: unsupported('Only an input goes up as a binary frame: {"type":"input","run":…,"key":…}.'), context };
  }
  if (large) return { error: frameTooLarge(limits), context };
  return check({ ...value, data: read.payload });
}

function parseJson(text: string): { readonly value: unknown } | Faulty {
  try {
    checkDepth(text);
    return { value: JSON.parse(text) };
  } catch (error) {
    if (error instanceof RequestError) return { error, context: contextOfHead(text) };
    return {
      error: new RequestError({ code: "invalid_json", message: 'The frame is not JSON. Did you mean {"type":"start",…}?' }),
      context: {},
    };
  }
}

function check(value: unknown): Parsed {
  const parsed = frameSchema.safeParse(value);
  if (parsed.success) return { frame: parsed.data };
  const issue = parsed.error.issues[0];
  const path = issue?.path.map(String).join(".") ?? "";
  return {
    error: invalidRequest(
      `${path === "" ? "The frame" : path}: ${issue?.message ?? "is not as PROTOCOL.md §4.1 says"}.`,
      path === "" ? undefined : path,
    ),
    context: contextOf(value),
  };
}

function frameTooLarge({ requestBytes, unsaid }: FrameLimits): RequestError {
  return unsaid ?? tooLarge(`A frame may have at most ${requestBytes} bytes.`, requestBytes);
}

function unsupported(message: string): RequestError {
  return new RequestError({ code: "unsupported_frame", message });
}

function toBuffer({ buffer, byteOffset, byteLength }: ArrayBufferView): ArrayBuffer {
  return new Uint8Array(buffer, byteOffset, byteLength).slice().buffer;
}

/** The names by which an error frame says to which request it belongs. */
export function contextOf(frame: unknown): FrameContext {
  if (typeof frame !== "object" || frame === null) return {};
  const text = (member: string): string | undefined => {
    const value: unknown = Object.getOwnPropertyDescriptor(frame, member)?.value;
    return typeof value === "string" && value.length <= 128 ? value : undefined;
  };
  const [type, run, key] = [text("type"), text("run"), text("key")];
  return { ...(type === undefined ? {} : { frame: type }), ...(run === undefined ? {} : { run }), ...(key === undefined ? {} : { key }) };
}

/** A key as `JSON.stringify` writes it: of the characters that it may have, two are escaped. */
const HEAD = /^\{"type":"([a-z]{1,32})"(?:,"run":"([\w-]{1,64})")?(?:,"key":"((?:[\x21\x23-\x5b\x5d-\x7e]|\\["\\]){1,128})")?,/;

/** The same of a frame that is too large, or too deep, to be parsed: a client that writes its names first hears which request it was. */
function contextOfHead(message: string): FrameContext {
  const [, frame, run, key] = HEAD.exec(message) ?? [];
  return contextOf({ type: frame, run, key: key?.replaceAll(/\\(.)/g, "$1") });
}

type Assignable<Wide, Narrow extends Wide> = Narrow;
/** Fails to compile where the schema and the protocol's type drift apart. */
export type FrameSchemaMatchesProtocol = Assignable<ClientFrame["type"], ReceivedFrame["type"]>;
