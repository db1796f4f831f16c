import type { ClientFrame, RunInput } from "@agent-transports/protocol";
import { z } from "zod";
import { invalidRequest, RequestError } from "../errors.ts";
import { checkDepth, keySchema } from "../input.ts";
import { tooLarge } from "../limits.ts";

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
  z.object({ type: z.literal("ping") }),
]);

export type ReceivedFrame = z.infer<typeof frameSchema>;

/** What can be said of a frame even where it is faulty, so that the answer names its request. */
export interface FrameContext {
  readonly frame?: string;
  readonly run?: string;
  readonly key?: string;
}

/** Reads a frame; what is wrong with it is `unsupported_frame`, `payload_too_large`, `invalid_json` or `invalid_request`. */
export function parseFrame(
  message: string | ArrayBuffer | ArrayBufferView,
  maxBytes: number,
): { frame: ReceivedFrame } | { error: RequestError; context: FrameContext } {
  if (typeof message !== "string") {
    return {
      error: new RequestError({ code: "unsupported_frame", message: "This protocol has no binary frames. Send JSON as text." }),
      context: {},
    };
  }
  // A UTF-16 unit is one to three bytes.
  if (message.length * 3 > maxBytes && Buffer.byteLength(message) > maxBytes) {
    return { error: tooLarge(`A frame may have ${maxBytes} bytes.`, maxBytes), context: contextOfHead(message) };
  }
  let value: unknown;
  try {
    checkDepth(message);
    value = JSON.parse(message);
  } catch (error) {
    if (error instanceof RequestError) return { error, context: contextOfHead(message) };
    return {
      error: new RequestError({ code: "invalid_json", message: 'The frame is not JSON. Did you mean {"type":"start",…}?' }),
      context: {},
    };
  }
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

const HEAD = /^\{"type":"([a-z]{1,32})"(?:,"run":"([\w-]{1,64})")?(?:,"key":"([\x21\x23-\x5b\x5d-\x7e]{1,128})")?,/;

/** The same of a frame that is too large, or too deep, to be parsed: a client that writes its names first hears which request it was. */
function contextOfHead(message: string): FrameContext {
  const [, frame, run, key] = HEAD.exec(message) ?? [];
  return contextOf({ type: frame, run, key });
}

type Assignable<Wide, Narrow extends Wide> = Narrow;
/** Fails to compile where the schema and the protocol's type drift apart. */
export type FrameSchemaMatchesProtocol = Assignable<ClientFrame["type"], ReceivedFrame["type"]>;
