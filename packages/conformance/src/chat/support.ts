import type { ClientOptions } from "@agent-transports/client-core";
import type { AgentChatTransport, ChatOptions } from "@agent-transports/client-core/ai";
import type { UIMessage, UIMessageChunk } from "ai";
import type { ScriptedRun, ScriptedServer } from "../script.ts";
import type { TestStorage } from "../test-storage.ts";

/** A `ChatTransport` under test. */
export interface ChatSubject {
  readonly transport: "sse" | "ws";
  readonly create: (options: ClientOptions & ChatOptions) => AgentChatTransport;
}

export interface ChatCase {
  /** A sentence about what a transport does. */
  readonly title: string;
  run(context: ChatCaseContext): Promise<void>;
}

export interface ChatCaseContext {
  readonly server: ScriptedServer;
  /** What outlives a page. */
  readonly storage: TestStorage;
  /** A transport of the server; a second one is what a page has after its reload. */
  readonly transport: (options?: Partial<ClientOptions & ChatOptions>) => AgentChatTransport;
}

/** Under which the storage has the run of the chat that {@link ask} asks in. */
export function keyOf({ url }: Pick<ScriptedServer, "url">): string {
  return `agent-transports:chat:${url.host}/transport-agent/default:chat`;
}

export const question: UIMessage = { id: "u1", role: "user", parts: [{ type: "text", text: "Hello" }] };

/** What `useChat` asks for a new message. */
export function ask(
  transport: AgentChatTransport,
  options: Partial<Parameters<AgentChatTransport["sendMessages"]>[0]> = {},
): Promise<ReadableStream<UIMessageChunk>> {
  return transport.sendMessages({
    chatId: "chat",
    trigger: "submit-message",
    messageId: undefined,
    messages: [question],
    abortSignal: undefined,
    ...options,
  });
}

/** Reads a stream to its end, or so many chunks of it. */
export async function read(stream: ReadableStream<UIMessageChunk>, count: number = Infinity): Promise<UIMessageChunk[]> {
  const chunks: UIMessageChunk[] = [];
  const reader = stream.getReader();
  while (chunks.length < count) {
    const { done, value } = await reader.read();
    if (done) break;
    chunks.push(value);
  }
  reader.releaseLock();
  return chunks;
}

/** Reads a stream to its end, and lets the server, which waits behind so many chunks, go on. */
export async function readInStep(server: ScriptedServer, stream: ReadableStream<UIMessageChunk>, count: number): Promise<UIMessageChunk[]> {
  const chunks = await read(stream, count);
  await server.go();
  return [...chunks, ...(await read(stream))];
}

/** What a chat is given of a run: all but its terminal event, in a message with an id. */
export function answerOf(run: ScriptedRun, messageId: string = run.id): unknown[] {
  return run.chunks.slice(0, -1).map((chunk) => (chunk.type === "start" ? { ...chunk, messageId } : chunk));
}
