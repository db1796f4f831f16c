import type { RunInput, ToolOutput } from "@agent-transports/protocol";
import { isToolUIPart, type DynamicToolUIPart, type ToolUIPart, type UIMessage } from "ai";
import { invalidRequest, RequestError } from "../wire/errors.ts";
import { append } from "./conversation.ts";

type ToolPart = ToolUIPart | DynamicToolUIPart;

/** What a run is generated from. */
export interface RunContext {
  readonly messages: readonly UIMessage[];
  /** A message that the conversation takes up, new or with tool outputs put in. */
  readonly append?: UIMessage;
  /** Whether the answer goes into the conversation. */
  readonly kept: boolean;
}

/** Makes the context of a run from its input and the conversation that the agent holds. */
export function resolveInput(input: RunInput, conversation: readonly UIMessage[]): RunContext {
  if ("messages" in input) return { messages: asMessages(input.messages), kept: false };
  if ("toolOutputs" in input) {
    const message = withToolOutputs(conversation.at(-1), input.toolOutputs);
    return { messages: append(conversation, message), append: message, kept: true };
  }
  const message: UIMessage =
    "prompt" in input
      ? { id: crypto.randomUUID(), role: "user", parts: [{ type: "text", text: input.prompt }] }
      : asMessages([input.message])[0]!;
  return { messages: append(conversation, message), append: message, kept: true };
}

/** The id of the conversation's message that an answer goes on with; `undefined` where it is a message of its own. */
export function continuedBy({ messages, kept }: Pick<RunContext, "messages" | "kept">): string | undefined {
  const last = messages.at(-1);
  return kept && last?.role === "assistant" ? last.id : undefined;
}

/** Puts what the client's tools gave back into the calls that the last message made. */
function withToolOutputs(last: UIMessage | undefined, outputs: readonly ToolOutput[]): UIMessage {
  if (last?.role !== "assistant") throw invalidRequest("The agent's last message made no tool call.", "toolOutputs");
  const parts = [...last.parts];
  let isNew = false;
  for (const [index, given] of outputs.entries()) {
    // An earlier step may have had a call of the same id.
    const at = parts.findLastIndex((part) => isToolUIPart(part) && part.toolCallId === given.toolCallId);
    const part = parts[at];
    if (part === undefined || !isToolUIPart(part)) throw notAwaited(index);
    // A page that was reloaded does not know which outputs are the agent's own.
    if (hasOutput(part, given)) continue;
    if (part.state !== "input-available") throw notAwaited(index);
    isNew = true;
    parts[at] =
      "errorText" in given
        ? { ...part, state: "output-error", errorText: given.errorText }
        : { ...part, state: "output-available", output: given.output };
  }
  if (!isNew) throw notAwaited(0);
  return { ...last, parts };
}

function notAwaited(index: number): RequestError {
  return invalidRequest("The agent's last message does not wait for an output of this tool call.", `toolOutputs.${index}.toolCallId`);
}

function hasOutput(part: ToolPart, given: ToolOutput): boolean {
  if ("errorText" in given) return part.state === "output-error" && part.errorText === given.errorText;
  return part.state === "output-available" && sortedJson(part.output) === sortedJson(given.output);
}

/** The page's store may have put members in another order, as PostgreSQL's `jsonb` does. A tool that gave nothing has `null` on the wire. */
function sortedJson(value: unknown): string {
  return JSON.stringify([value ?? null], (_name, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([one], [other]) => (one < other ? -1 : 1)))
      : inner,
  );
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
