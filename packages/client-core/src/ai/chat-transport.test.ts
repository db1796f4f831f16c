import { getEventListeners } from "node:events";
import type { UIMessageChunk } from "ai";
import { expect, it } from "vitest";
import { TransportError } from "../errors/transport-error.ts";
import type { Run, RunEvent, TransportClient } from "../interface/client.ts";
import { AgentChatTransport } from "./chat-transport.ts";

const END = { type: "data-run-end", data: { state: "finished" } } as unknown as UIMessageChunk;

/** A client whose runs begin so, and have a start and an end. */
function clientOf(started: Promise<string>): TransportClient {
  started.catch(() => undefined);
  const run = {
    started,
    connection: "open",
    end: undefined,
    onStateChange: () => () => undefined,
    close: () => undefined,
    async *[Symbol.asyncIterator](): AsyncGenerator<RunEvent<UIMessageChunk>> {
      yield { id: "e.1", data: { type: "start" } };
      yield { id: "e.2", data: END };
    },
  } as unknown as Run<UIMessageChunk>;
  return { start: () => run } as unknown as TransportClient;
}

function ask(client: TransportClient, abortSignal: AbortSignal): Promise<ReadableStream<UIMessageChunk>> {
  return new AgentChatTransport(() => client, { onError: () => undefined }).sendMessages({
    chatId: "chat",
    trigger: "submit-message",
    messageId: undefined,
    messages: [{ id: "u1", role: "user", parts: [{ type: "text", text: "Hello" }] }],
    abortSignal,
  });
}

const listeners = (signal: AbortSignal): number => getEventListeners(signal, "abort").length;

it("leaves nothing on a signal that outlives its answer", async () => {
  const { signal } = new AbortController();
  const reader = (await ask(clientOf(Promise.resolve("r")), signal)).getReader();
  expect(listeners(signal)).toBe(1);
  while (!(await reader.read()).done);
  expect(listeners(signal)).toBe(0);
});

it("leaves nothing on the signal of an answer whose start was refused", async () => {
  const { signal } = new AbortController();
  const refused = new TransportError({ code: "invalid_request", message: "It is refused." });
  await expect(ask(clientOf(Promise.reject(refused)), signal)).rejects.toBe(refused);
  expect(listeners(signal)).toBe(0);
});
