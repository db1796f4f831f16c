import type { ClientTool, ToolOutput } from "@agent-transports/protocol";
import { safeValidateUIMessages, type UIMessage } from "ai";
import { withBytes } from "./bytes.ts";
import { invalidRequest } from "./errors.ts";
import { tooLarge } from "./limits.ts";

/**
 * The lists of a start body, PROTOCOL.md §2. A client decides how long they are, and the agent serves nobody else while it checks them: each check stops at
 * the first fault (a schema library collects one for every entry), and what can be told at a glance is not walked through.
 */

type Fields = Readonly<Record<string, unknown>>;

/** The AI SDK's. What a model is given of them is the generation's to say: an author may have a use for each. */
const ROLES: readonly unknown[] = ["system", "user", "assistant"];
const MESSAGE_FIELDS: ReadonlySet<string> = new Set(["id", "role", "parts"]);
const TEXT_FIELDS: ReadonlySet<string> = new Set(["type", "text", "state"]);
const TEXT_STATES: readonly unknown[] = [undefined, "streaming", "done"];
/** What an application put in, and nothing looks into. */
const OPAQUE: ReadonlySet<string> = new Set(["metadata", "data", "input", "output", "rawInput", "inputSchema"]);
/** How deep a part lies in a list of messages. Deeper, as in a part's `providerMetadata`, everything is walked through. */
const PART_DEPTH = 3;
const TOOL_NAME = /^[A-Za-z0-9_-]{1,64}$/;

/**
 * Refuses lists with more JSON values than a start may have, before anything else looks at them. What an application put in counts as one.
 *
 * @throws RequestError `payload_too_large`
 */
export function checkSize({ message, ...lists }: Fields, most: number): void {
  // One message is counted as it would be in a list, so that a part is as deep.
  for (const [path, list] of Object.entries({ message: [message], ...lists })) {
    if (countValues(list, most + 1, 0) <= most) continue;
    throw tooLarge(
      `The ${path} of a start may have at most ${most} JSON values. Send only what is new: the agent keeps the conversation.`,
      most,
      path,
    );
  }
}

/** Counts no further than `most`. */
function countValues(value: unknown, most: number, depth: number): number {
  let count = 1;
  if (Array.isArray(value)) {
    for (let at = 0; at < value.length && count < most; at++) count += countValues(value[at], most - count, depth + 1);
  } else if (isObject(value)) {
    for (const name of Object.keys(value)) {
      if (count >= most) break;
      count += depth <= PART_DEPTH && OPAQUE.has(name) ? 1 : countValues(value[name], most - count, depth + 1);
    }
  }
  return count;
}

/** @throws RequestError `invalid_request` */
export async function checkMessages(list: unknown, path: string): Promise<UIMessage[]> {
  const given = nonEmptyList(list, path);
  const messages: UIMessage[] = [];
  const others: Placed[] = [];
  const places: number[] = [];
  let kept = 0;
  for (const [at, message] of given.entries()) {
    if (isEmptyAnswer(message)) continue;
    if (isPlainText(message)) messages[kept] = message;
    else {
      others.push({ path: `${path}.${at}`, message: checkMessage(message, `${path}.${at}`) });
      places.push(kept);
    }
    kept += 1;
  }
  if (kept === 0) throw invalidRequest(`${path} must have a message with parts.`, path);
  for (const [index, message] of (await checkByAiSdk(others, path)).entries()) messages[places[index]!] = message;
  return messages;
}

/** @throws RequestError `invalid_request` */
export async function checkOneMessage(given: unknown): Promise<UIMessage> {
  if (isPlainText(given)) return given;
  const [message] = await checkByAiSdk([{ path: "message", message: checkMessage(given, "message") }], "message");
  return message!;
}

/** A message, and where it stands in the request. */
interface Placed {
  readonly path: string;
  readonly message: unknown;
}

async function checkByAiSdk(given: readonly Placed[], path: string): Promise<UIMessage[]> {
  if (given.length === 0) return [];
  const result = await safeValidateUIMessages({ messages: given.map(({ message }) => message) });
  if (!result.success) {
    throw invalidRequest(`These are not messages of the AI SDK's UIMessage type. Did you mean parts: [{type: "text", text: "…"}]?`, path);
  }
  // What is no base64 is refused here, and not when the run has begun.
  for (const [at, message] of result.data.entries()) withBytes(message, given[at]!.path);
  return result.data;
}

function checkMessage(given: unknown, path: string): Fields {
  const message = object(given, path);
  nonEmptyString(message["id"], `${path}.id`);
  if (!ROLES.includes(message["role"])) throw invalidRequest(`${path}.role must be ${ROLES.join(", ")}.`, `${path}.role`);
  for (const [at, part] of nonEmptyList(message["parts"], `${path}.parts`).entries()) {
    if (!isObject(part) || typeof part["type"] !== "string")
      throw invalidRequest(`${path}.parts.${at} must have a type.`, `${path}.parts.${at}.type`);
  }
  return message;
}

/** `useChat` keeps one where a run failed or was stopped before its first word, and sends it with all that follows. It says nothing to a model. */
function isEmptyAnswer(message: unknown): boolean {
  return isObject(message) && message["role"] === "assistant" && Array.isArray(message["parts"]) && message["parts"].length === 0;
}

/** Most messages are: they need no schema, and have no member that one would take away. */
function isPlainText(message: unknown): message is UIMessage {
  if (!isObject(message)) return false;
  const { id, role, parts } = message;
  return (
    typeof id === "string" &&
    id !== "" &&
    ROLES.includes(role) &&
    Array.isArray(parts) &&
    parts.length > 0 &&
    parts.every(isTextPart) &&
    Object.keys(message).every((name) => MESSAGE_FIELDS.has(name))
  );
}

function isTextPart(part: unknown): boolean {
  return (
    isObject(part) &&
    part["type"] === "text" &&
    typeof part["text"] === "string" &&
    TEXT_STATES.includes(part["state"]) &&
    Object.keys(part).every((name) => TEXT_FIELDS.has(name))
  );
}

/** @throws RequestError `invalid_request` */
export function checkToolOutputs(list: unknown): ToolOutput[] {
  return nonEmptyList(list, "toolOutputs").map((given, at) => {
    const path = `toolOutputs.${at}`;
    const { toolCallId, errorText, output, ...others } = object(given, path);
    nonEmptyString(toolCallId, `${path}.toolCallId`);
    if ((errorText === undefined) === (output === undefined)) throw invalidRequest(`${path} needs an output or an errorText.`, path);
    refuseOthers(others, path);
    if (errorText === undefined) return { toolCallId, output };
    if (typeof errorText !== "string") throw invalidRequest(`${path}.errorText must be a string.`, `${path}.errorText`);
    return { toolCallId, errorText };
  });
}

/** @throws RequestError `invalid_request` */
export function checkTools(given: unknown): Readonly<Record<string, ClientTool>> {
  const tools: [string, ClientTool][] = [];
  for (const [name, tool] of Object.entries(object(given, "tools"))) {
    if (!TOOL_NAME.test(name)) throw invalidRequest("A tool's name is 1 to 64 letters, digits, hyphens and underscores.", "tools");
    const path = `tools.${name}`;
    const { description, inputSchema, ...others } = object(tool, path);
    refuseOthers(others, path);
    if (description !== undefined && typeof description !== "string")
      throw invalidRequest(`${path}.description must be a string.`, `${path}.description`);
    const schema = object(inputSchema, `${path}.inputSchema`);
    tools.push([name, description === undefined ? { inputSchema: schema } : { description, inputSchema: schema }]);
  }
  return Object.fromEntries(tools);
}

function object(value: unknown, path: string): Fields {
  if (isObject(value)) return value;
  throw invalidRequest(`${path} must be a JSON object.`, path);
}

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function nonEmptyList(value: unknown, path: string): readonly unknown[] {
  if (!Array.isArray(value) || value.length === 0) throw invalidRequest(`${path} must be a list with at least one entry.`, path);
  return value;
}

function nonEmptyString(value: unknown, path: string): asserts value is string {
  if (typeof value !== "string" || value === "") throw invalidRequest(`${path} must be a string that is not empty.`, path);
}

function refuseOthers(others: Fields, path: string): void {
  const [name] = Object.keys(others);
  if (name !== undefined) throw invalidRequest(`${path} has no member ${JSON.stringify(name.slice(0, 64))}.`, path);
}
