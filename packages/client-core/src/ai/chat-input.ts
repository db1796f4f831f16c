import type { ClientTool, RunInput, ToolOutput } from "@agent-transports/protocol";
import type { ChatTransport, UIMessage } from "ai";
import { optionError } from "../errors/failures.ts";
import type { TransportError } from "../errors/transport-error.ts";
import { messageToJson } from "./message-bytes.ts";

export interface InputOptions {
  readonly context?: "client" | "agent" | undefined;
  readonly tools?: Readonly<Record<string, ClientTool>> | undefined;
}

type Request<Message extends UIMessage> = Omit<Parameters<ChatTransport<Message>["sendMessages"]>[0], "chatId" | "abortSignal">;

/**
 * What a run starts from.
 *
 * @param answered the tool calls whose outputs the agent sent itself
 * @param failed what the start was made with that failed before: the agent does not have that, and it can be made again
 * @throws TransportError `invalid_option` for what cannot be expressed
 */
export function chatInput<Message extends UIMessage>(
  request: Request<Message>,
  { context = "client", tools }: InputOptions,
  answered: ReadonlySet<string>,
  failed?: RunInput,
): RunInput {
  for (const name of ["headers", "body"] as const) {
    if (request[name] !== undefined)
      throw optionError(`${name}: a single request cannot have its own. Did you mean the option headers or query of createChatTransport?`);
  }
  const offered = tools === undefined ? {} : { tools };
  if (context === "client") {
    // useChat keeps an answer without a part, where a run failed or was stopped before its first word. It says nothing, and an older agent refuses it.
    return { messages: request.messages.filter(({ parts }) => parts.length > 0).map(messageToJson), ...offered };
  }
  return { ...onlyNew(request, answered, failed), ...offered };
}

/** For an agent that keeps the conversation. */
function onlyNew<Message extends UIMessage>(
  { trigger, messageId, messages }: Request<Message>,
  answered: ReadonlySet<string>,
  failed: RunInput | undefined,
): { readonly message: UIMessage } | { readonly toolOutputs: readonly ToolOutput[] } {
  const last = messages.at(-1);
  const again = last?.role === "user" ? { message: messageToJson(last) } : undefined;
  if (again !== undefined && failed !== undefined && "message" in failed && isSame(failed.message, again.message)) return again;
  if (trigger === "regenerate-message") throw cannot("an answer cannot be regenerated: the agent has it");
  if (last?.role === "user") {
    if (messageId !== undefined) throw cannot("a message cannot be edited: the agent has it");
    return { message: messageToJson(last) };
  }
  const toolOutputs = last?.role === "assistant" ? outputsOf(last, answered) : [];
  if (toolOutputs.length === 0) throw cannot("a run starts from a new message, or from outputs of the last one's tool calls");
  return { toolOutputs };
}

export function isSame(one: unknown, other: unknown): boolean {
  try {
    return JSON.stringify(one) === JSON.stringify(other);
  } catch {
    return false; // JSON cannot hold one of them: its start is refused for that.
  }
}

/** What the application's tools gave back in the message's last step. */
function outputsOf(message: UIMessage, answered: ReadonlySet<string>): ToolOutput[] {
  const step = message.parts.slice(message.parts.findLastIndex(({ type }) => type === "step-start") + 1);
  const outputs: ToolOutput[] = [];
  for (const part of step) {
    if (!("toolCallId" in part) || part.providerExecuted === true || answered.has(part.toolCallId)) continue;
    const { toolCallId } = part;
    if (part.state === "output-available") outputs.push({ toolCallId, output: part.output ?? null });
    else if (part.state === "output-error") outputs.push({ toolCallId, errorText: part.errorText });
  }
  return outputs;
}

/** The assistant's message that a run goes on with, as the AI SDK finds it: `undefined` where the answer is a message of its own. */
export function continuedMessage<Message extends UIMessage>({ trigger, messageId, messages }: Request<Message>): Message | undefined {
  if (trigger === "regenerate-message") return undefined;
  const message = messages.find(({ id }) => id === messageId) ?? messages.at(-1);
  return message?.role === "assistant" ? message : undefined;
}

function cannot(what: string): TransportError {
  return optionError(`With context: "agent" ${what}. Use context: "client".`);
}
