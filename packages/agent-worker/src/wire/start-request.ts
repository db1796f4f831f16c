import { isKey, KEY_MAX_LENGTH, type RunInput, type ToolOutput } from "@agent-transports/protocol";
import { isToolUIPart, type UIMessage } from "ai";
import { z } from "zod";
import { invalidRequest, RequestError } from "./errors.ts";
import { tooLarge, type Limits } from "./limits.ts";
import { checkMessages, checkOneMessage, checkSize, checkToolOutputs, checkTools } from "./start-lists.ts";

/** A start body that was checked, PROTOCOL.md §2. */
export interface StartRequest {
  readonly input: RunInput;
  readonly key?: string;
  /** `useChat`'s chat id, from which it asks to resume. */
  readonly chat?: string;
}

/** What a run is generated from. */
export interface RunContext {
  readonly messages: readonly UIMessage[];
  /** A message that the conversation takes up, new or with tool outputs put in. */
  readonly append?: UIMessage;
  /** Whether the answer goes into the conversation. */
  readonly kept: boolean;
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
    throw tooLarge(`A prompt may have ${promptBytes} bytes.`, promptBytes, "prompt");
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

export function parseKey(key: unknown, path: string): string {
  if (!isKey(key)) throw invalidRequest(`${path} ${KEY_RULE}.`, path);
  return key;
}

/** Makes the context of a run from its input and the conversation that the agent holds. */
export function resolveInput(input: RunInput, conversation: readonly UIMessage[]): RunContext {
  if ("messages" in input) return { messages: asMessages(input.messages), kept: false };
  if ("toolOutputs" in input) {
    const message = withToolOutputs(conversation.at(-1), input.toolOutputs);
    return { messages: [...conversation.slice(0, -1), message], append: message, kept: true };
  }
  const message: UIMessage =
    "prompt" in input
      ? { id: crypto.randomUUID(), role: "user", parts: [{ type: "text", text: input.prompt }] }
      : asMessages([input.message])[0]!;
  return { messages: [...conversation, message], append: message, kept: true };
}

/** Puts what the client's tools gave back into the calls that the last message made. */
function withToolOutputs(last: UIMessage | undefined, outputs: readonly ToolOutput[]): UIMessage {
  if (last?.role !== "assistant") throw invalidRequest("The agent's last message made no tool call.", "toolOutputs");
  const parts = [...last.parts];
  for (const [index, given] of outputs.entries()) {
    const at = parts.findIndex((part) => isToolUIPart(part) && part.toolCallId === given.toolCallId);
    const part = parts[at];
    if (part === undefined || !isToolUIPart(part) || part.state !== "input-available") {
      throw invalidRequest("The agent's last message waits for no output of this tool call.", `toolOutputs.${index}.toolCallId`);
    }
    parts[at] =
      "errorText" in given
        ? { ...part, state: "output-error", errorText: given.errorText }
        : { ...part, state: "output-available", output: given.output };
  }
  return { ...last, parts };
}

/** What parseStart has validated is a `UIMessage`; the protocol's own type is structural and wider. */
function asMessages(messages: readonly { readonly id: string }[]): UIMessage[] {
  return messages.map((message) => {
    if (!isUIMessage(message)) throw new RequestError({ code: "internal", message: "A message was not checked." });
    return message;
  });
}

function isUIMessage(message: { readonly id: string }): message is UIMessage {
  return "role" in message && "parts" in message && Array.isArray(message.parts);
}

function fromIssue(issue: z.core.$ZodIssue | undefined): RequestError {
  const path = issue?.path.map(String).join(".") ?? "";
  return invalidRequest(
    `${path === "" ? "The body" : path}: ${issue?.message ?? "is not as PROTOCOL.md says"}.`,
    path === "" ? undefined : path,
  );
}
