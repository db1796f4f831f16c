import { isKey, KEY_MAX_LENGTH, type RunInput } from "@agent-transports/protocol";
import { z } from "zod";
import { invalidRequest, type RequestError } from "./errors.ts";
import { tooLarge, type Limits } from "./limits.ts";
import { checkMessages, checkOneMessage, checkSize, checkToolOutputs, checkTools } from "./start-lists.ts";

/** A start body that was checked, PROTOCOL.md §2. */
export interface StartRequest {
  readonly input: RunInput;
  readonly key?: string;
  /** `useChat`'s chat id, from which it asks to resume. */
  readonly chat?: string;
}

const KEY_RULE = `must be 1 to ${KEY_MAX_LENGTH} printable ASCII characters, and no spaces`;

export const keySchema = z.string().refine(isKey, KEY_RULE);

/** The lists are checked by hand ({@link checkMessages}). */
const startSchema = z.object({
  prompt: z.string("must be a string").min(1, "must not be empty").optional(),
  message: z.unknown().optional(),
  toolOutputs: z.unknown().optional(),
  messages: z.unknown().optional(),
  tools: z.unknown().optional(),
  key: keySchema.optional(),
  id: z.string().max(256).optional().catch(undefined),
});

const inputNames = ["prompt", "message", "toolOutputs", "messages"] as const;

/** Nothing that a client has to say is nested deeper, and what is exhausts the stack of whatever walks through it. */
const MAX_DEPTH = 256;

/** Refuses JSON that is nested too deeply, before anything parses it. @throws RequestError `invalid_request` */
export function checkDepth(json: string): void {
  let depth = 0;
  let inString = false;
  for (let index = 0; index < json.length; index++) {
    const char = json.charCodeAt(index);
    if (inString) {
      if (char === BACKSLASH) index += 1;
      else if (char === QUOTE) inString = false;
    } else if (char === QUOTE) inString = true;
    else if (char === OPEN_BRACE || char === OPEN_BRACKET) {
      depth += 1;
      if (depth > MAX_DEPTH) throw invalidRequest(`The JSON is nested deeper than ${MAX_DEPTH} levels.`);
    } else if (char === CLOSE_BRACE || char === CLOSE_BRACKET) depth -= 1;
  }
}

const [QUOTE, BACKSLASH, OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET] = [0x22, 0x5c, 0x7b, 0x7d, 0x5b, 0x5d];

/** Checks a start body. @throws RequestError `invalid_request`, with the path of what is wrong; `payload_too_large` */
export async function parseStart(
  body: unknown,
  headerKey: string | null,
  { promptBytes, startValues }: Pick<Limits, "promptBytes" | "startValues">,
): Promise<StartRequest> {
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw invalidRequest('The body must be a JSON object such as {"prompt": "…"}.');
  }
  const parsed = startSchema.safeParse(body);
  if (!parsed.success) throw fromIssue(parsed.error.issues[0]);
  const given = inputNames.filter((name) => parsed.data[name] !== undefined);
  if (given.length !== 1) {
    throw invalidRequest(
      given.length === 0
        ? "The body needs one of prompt, message, toolOutputs and messages."
        : `The body has ${given.join(" and ")}: a run starts from exactly one of them.`,
    );
  }
  const key = parsed.data.key ?? (headerKey === null ? undefined : parseKey(headerKey, "Idempotency-Key"));
  const { prompt, message, toolOutputs, messages, id } = parsed.data;
  if (prompt !== undefined && Buffer.byteLength(prompt) > promptBytes)
    throw tooLarge(`A prompt may have at most ${promptBytes} bytes.`, promptBytes, "prompt");
  if (textBytes(message) > promptBytes)
    throw tooLarge(`The text of a message may have at most ${promptBytes} bytes.`, promptBytes, "message");
  checkSize({ message, toolOutputs, messages, tools: parsed.data.tools }, startValues);
  const tools = parsed.data.tools === undefined ? {} : { tools: checkTools(parsed.data.tools) };
  const chat = id === undefined ? {} : { chat: id };
  let input: RunInput;
  if (prompt !== undefined) input = { prompt, ...tools };
  else if (toolOutputs !== undefined) input = { toolOutputs: checkToolOutputs(toolOutputs), ...tools };
  else if (message !== undefined) input = { message: await checkOneMessage(message), ...tools };
  else input = { messages: await checkMessages(messages, "messages"), ...tools };
  return { input, ...(key === undefined ? {} : { key }), ...chat };
}

/** Of its parts that are text, whoever is said to have written it. What is no message is refused later. */
function textBytes(message: unknown): number {
  const parts: unknown = typeof message === "object" && message !== null && "parts" in message ? message.parts : undefined;
  let bytes = 0;
  for (const part of Array.isArray(parts) ? parts : []) {
    const text: unknown = typeof part === "object" && part !== null && "text" in part ? part.text : undefined;
    if (typeof text === "string") bytes += Buffer.byteLength(text);
  }
  return bytes;
}

export function parseKey(key: unknown, path: string): string {
  if (!isKey(key)) throw invalidRequest(`${path} ${KEY_RULE}.`, path);
  return key;
}

function fromIssue(issue: z.core.$ZodIssue | undefined): RequestError {
  const path = issue?.path.map(String).join(".") ?? "";
  return invalidRequest(
    `${path === "" ? "The body" : path}: ${issue?.message ?? "is not as PROTOCOL.md says"}.`,
    path === "" ? undefined : path,
  );
}
