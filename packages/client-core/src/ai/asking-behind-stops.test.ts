import { getEventListeners } from "node:events";
import type { UIMessageChunk } from "ai";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { TransportError } from "../errors/transport-error.ts";
import type { ItemStorage, Run, TransportClient } from "../interface/client.ts";
import { AgentChatTransport, type ChatOptions } from "./chat-transport.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Everything that needs no time. */
const settled = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);

/** A chat whose runs say nothing, and whose cancels are answered when the test says so. */
function chatOf(options: ChatOptions = { context: "agent" }) {
  const confirmed = Promise.withResolvers<void>();
  const cancelled: string[] = [];
  const started: string[] = [];
  const clients: TransportClient[] = [];
  const runOf = (id: string): Run<UIMessageChunk> =>
    ({
      id,
      started: Promise.resolve(id),
      connection: "open",
      end: undefined,
      onStateChange: () => () => undefined,
      close: () => undefined,
      cancel: () => {
        cancelled.push(id);
        return confirmed.promise;
      },
      [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => undefined) }),
    }) as unknown as Run<UIMessageChunk>;
  const create = (): TransportClient => {
    const client = {
      transport: "ws",
      start: () => runOf(`r${started.push("start")}`),
      resume: runOf,
      close: () => undefined,
    } as unknown as TransportClient;
    clients.push(client);
    return client;
  };
  const onError = vi.fn<(error: TransportError) => void>();
  const chat = new AgentChatTransport(create, { url: "https://agent.example", onError, ...options });
  let questions = 0;
  const ask = (abortSignal?: AbortSignal, chatId = "chat", again = false): Promise<ReadableStream<UIMessageChunk>> =>
    chat.sendMessages({
      chatId,
      trigger: again ? "regenerate-message" : "submit-message",
      messageId: undefined,
      messages: [{ id: `u${again ? questions : (questions += 1)}`, role: "user", parts: [{ type: "text", text: "Go on." }] }],
      abortSignal,
    });
  /** Asks, and stops the answer. */
  const stopped = async (): Promise<void> => {
    const abort = new AbortController();
    await ask(abort.signal);
    abort.abort();
  };
  return { chat, ask, stopped, started, cancelled, clients, onError, confirmed };
}

describe("a question behind a stop", () => {
  it("goes out once the agent has confirmed the stop", async () => {
    const { ask, stopped, started, cancelled, confirmed } = chatOf();
    await stopped();
    const next = ask();
    await settled();
    expect([started.length, cancelled]).toEqual([1, ["r1"]]);
    confirmed.resolve();
    await next;
    expect(started).toHaveLength(2);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("goes out ten seconds after the stop where the agent confirms nothing, and so does the one behind it", async () => {
    const { ask, stopped, started } = chatOf();
    await stopped();
    await vi.advanceTimersByTimeAsync(4_000);
    const next = ask();
    await vi.advanceTimersByTimeAsync(5_999);
    expect(started).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    await next;
    await ask();
    expect(started).toHaveLength(3);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("goes out where the agent refuses the stop for good, and the application is told", async () => {
    const { ask, stopped, started, onError, confirmed } = chatOf();
    const refused = new TransportError({ code: "forbidden", message: "You may not." });
    await stopped();
    const next = ask();
    confirmed.reject(refused);
    await next;
    expect(started).toHaveLength(2);
    expect(onError.mock.calls).toEqual([[refused]]);
  });

  it("is not asked at all where it is stopped while it waits, and leaves nothing on its signal", async () => {
    const { ask, stopped, started, confirmed } = chatOf();
    await stopped();
    const abort = new AbortController();
    const next = ask(abort.signal);
    await settled();
    abort.abort();
    await expect(next).rejects.toBe(abort.signal.reason);
    expect(getEventListeners(abort.signal, "abort")).toEqual([]);
    confirmed.resolve();
    await settled();
    expect(started).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
    // Asked for once more, it is sent: the agent does not have it.
    await ask(undefined, "chat", true);
    expect(started).toHaveLength(2);
  });

  it("makes no other client where its transport is closed while it waits", async () => {
    const { chat, ask, stopped, clients, confirmed } = chatOf();
    await stopped();
    const next = ask();
    chat.close();
    confirmed.resolve();
    await next;
    expect(clients).toHaveLength(1);
  });

  it("waits for the stop of an answer that came back and that the storage has not named yet", async () => {
    const named = Promise.withResolvers<void>();
    const storage: ItemStorage = {
      getItem: () => named.promise.then(() => JSON.stringify({ run: "before" })),
      setItem: () => undefined,
      removeItem: () => undefined,
    };
    const { chat, ask, started, cancelled, confirmed } = chatOf({ context: "agent", storage });
    const abort = new AbortController();
    const resumed = chat.reconnectToStream({ chatId: "chat", abortSignal: abort.signal });
    await settled();
    abort.abort();
    const next = ask();
    await settled();
    expect([started, cancelled]).toEqual([[], []]);
    named.resolve();
    expect(await resumed).toBeNull();
    await settled();
    expect([started, cancelled]).toEqual([[], ["before"]]);
    confirmed.resolve();
    await next;
    expect(started).toHaveLength(1);
  });

  it.each<[string, ChatOptions, string]>([
    ["another chat's", { context: "agent" }, "another"],
    ["one whose context the client keeps", { context: "client" }, "chat"],
  ])("does not wait where it is %s", async (_what, options, chatId) => {
    const { ask, stopped, started } = chatOf(options);
    await stopped();
    await ask(undefined, chatId);
    expect(started).toHaveLength(2);
  });
});

it("makes no other client where its transport is closed while a reconnect waits for the storage", async () => {
  const named = Promise.withResolvers<string>();
  const storage: ItemStorage = { getItem: () => named.promise, setItem: () => undefined, removeItem: () => undefined };
  const { chat, ask, clients, cancelled } = chatOf({ storage });
  await ask(undefined, "another");
  const abort = new AbortController();
  const resumed = chat.reconnectToStream({ chatId: "chat", abortSignal: abort.signal });
  abort.abort();
  await settled();
  chat.close();
  named.resolve(JSON.stringify({ run: "before" }));
  expect(await resumed).toBeNull();
  await settled();
  expect([clients.length, cancelled]).toEqual([1, ["before"]]);
});
