import { getEventListeners } from "node:events";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { UIMessage, UIMessageChunk } from "ai";
import { describe, expect, it, vi } from "vitest";
import { TransportError } from "../errors/transport-error.ts";
import type { ItemStorage, Run, RunEvent, TransportClient } from "../interface/client.ts";
import { AgentChatTransport } from "./chat-transport.ts";

const END = { type: "data-run-end", data: { state: "finished" } } as unknown as UIMessageChunk;

/** A client whose runs begin so, one after the other, and have a start and an end. */
function clientOf(...starts: readonly Promise<string>[]): TransportClient {
  const runs = starts.map((started) => runOf(started));
  return { transport: "sse", start: () => runs.shift() } as unknown as TransportClient;
}

function runOf(started: Promise<string>, chunks: readonly UIMessageChunk[] = [{ type: "start" }]): Run<UIMessageChunk> {
  started.catch(() => undefined);
  return {
    started,
    connection: "open",
    end: undefined,
    onStateChange: () => () => undefined,
    close: () => undefined,
    cancel: async () => undefined,
    async *[Symbol.asyncIterator](): AsyncGenerator<RunEvent<UIMessageChunk>> {
      for (const [at, data] of [...chunks, END].entries()) yield { id: `e.${at + 1}`, data };
    },
  } as unknown as Run<UIMessageChunk>;
}

const chatOf = (client: TransportClient, storage?: ItemStorage): AgentChatTransport =>
  new AgentChatTransport(() => client, { url: "https://agent.example", onError: () => undefined, ...(storage && { storage }) });

function ask(chat: AgentChatTransport, abortSignal: AbortSignal): Promise<ReadableStream<UIMessageChunk>> {
  return chat.sendMessages({
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
  const reader = (await ask(chatOf(clientOf(Promise.resolve("r"))), signal)).getReader();
  expect(listeners(signal)).toBe(1);
  while (!(await reader.read()).done);
  expect(listeners(signal)).toBe(0);
});

it("leaves nothing on the signal of an answer whose start was refused", async () => {
  const { signal } = new AbortController();
  const refused = new TransportError({ code: "invalid_request", message: "It is refused." });
  await expect(ask(chatOf(clientOf(Promise.reject(refused))), signal)).rejects.toBe(refused);
  expect(listeners(signal)).toBe(0);
});

it("leaves a newer answer's entry alone that is written while a slow storage is read for an older one's", async () => {
  vi.useFakeTimers();
  try {
    const items = new Map<string, string>();
    const later = <Answer>(act: () => Answer): Promise<Answer> => new Promise((resolve) => setTimeout(() => resolve(act()), 50));
    const storage: ItemStorage = {
      getItem: (key) => later(() => items.get(key) ?? null),
      setItem: (key, value) => later(() => items.set(key, value)),
      removeItem: (key) => later(() => items.delete(key)),
    };
    const answered = Promise.withResolvers<string>();
    const chat = chatOf(clientOf(Promise.resolve("older"), answered.promise), storage);
    const stopped = new AbortController();
    const older = ask(chat, stopped.signal);
    await vi.advanceTimersByTimeAsync(50);
    await older;
    stopped.abort();
    const newer = ask(chat, new AbortController().signal);
    // The agent has confirmed the stop, which was written, and what was written is read.
    await vi.advanceTimersByTimeAsync(70);
    answered.resolve("newer");
    await vi.advanceTimersByTimeAsync(500);
    await newer;
    expect([...items.values()].map((text): unknown => JSON.parse(text))).toEqual([{ run: "newer" }]);
  } finally {
    vi.useRealTimers();
  }
});

describe("an output of the application's, where the agent keeps the conversation, is sent", () => {
  const agentsCall: readonly UIMessageChunk[] = [
    { type: "start", messageId: "m" },
    { type: "start-step" },
    { type: "tool-input-available", toolCallId: "call_0", toolName: "agents", input: {} },
    { type: "tool-output-available", toolCallId: "call_0", output: 1 },
  ];
  const step = (toolName: string, output: unknown): UIMessage["parts"] => [
    { type: "step-start" },
    { type: "dynamic-tool", toolName, toolCallId: "call_0", state: "output-available", input: {}, output },
  ];
  const sent = async (answers: readonly (readonly [chatId: string, chunks: readonly UIMessageChunk[]])[], parts: UIMessage["parts"]) => {
    const inputs: unknown[] = [];
    const runs = [...answers.map(([, chunks], at) => runOf(Promise.resolve(`r${at}`), chunks)), runOf(Promise.resolve("last"))];
    const client = { start: (input: unknown) => (inputs.push(input), runs.shift()) } as unknown as TransportClient;
    const transport = new AgentChatTransport(() => client, { url: "https://agent.test", context: "agent" });
    const request = { trigger: "submit-message", messageId: undefined, abortSignal: undefined } as const;
    for (const [chatId] of answers) {
      const messages: UIMessage[] = [{ id: "u1", role: "user", parts: [{ type: "text", text: "Hello" }] }];
      const reader = (await transport.sendMessages({ chatId, messages, ...request })).getReader();
      while (!(await reader.read()).done);
    }
    await transport.sendMessages({ chatId: "chat", messages: [{ id: "m", role: "assistant", parts }], ...request });
    return inputs.at(-1);
  };
  const clientsCall: readonly UIMessageChunk[] = [
    { type: "start-step" },
    { type: "tool-input-available", toolCallId: "call_0", toolName: "clients", input: {} },
  ];
  const theirs = { toolOutputs: [{ toolCallId: "call_0", output: "mine" }] };

  it.each<[string, readonly (readonly [string, readonly UIMessageChunk[]])[]]>([
    ["the step before", [["chat", [...agentsCall, { type: "finish-step" }, ...clientsCall]]]],
    ["a step that the model was asked for again", [["chat", [...agentsCall, { type: "reset-step" }, clientsCall[1]!]]]],
    [
      "the answer before, which had no steps",
      [
        ["chat", [agentsCall[0]!, agentsCall[3]!]],
        ["chat", [agentsCall[0]!, clientsCall[1]!]],
      ],
    ],
    [
      "another chat",
      [
        ["other", agentsCall],
        ["chat", [{ type: "start" }, ...clientsCall]],
      ],
    ],
  ])("also where the agent answered a call of the same id in %s", async (_where, answers) => {
    expect(await sent(answers, [...step("agents", 1), ...step("clients", "mine")])).toEqual(theirs);
  });

  it("without what the agent itself gave in the same step", async () => {
    const both = [...agentsCall, { ...clientsCall[1]!, toolCallId: "call_1" } as UIMessageChunk];
    const mine = { ...step("clients", "mine")[1]!, toolCallId: "call_1" } as UIMessage["parts"][number];
    expect(await sent([["chat", both]], [...step("agents", 1), mine])).toEqual({ toolOutputs: [{ toolCallId: "call_1", output: "mine" }] });
  });
});

describe("where two read one answer, and the agent keeps the conversation, an output of the application's is sent", () => {
  const called = (toolCallId: string): UIMessageChunk => ({ type: "tool-input-available", toolCallId, toolName: "look", input: {} });
  const agents = (toolCallId: string): UIMessageChunk => ({ type: "tool-output-available", toolCallId, output: "the agent's" });
  const begun: readonly UIMessageChunk[] = [{ type: "start", messageId: "m" }, { type: "start-step" }];
  const part = (toolCallId: string, output: unknown): UIMessage["parts"][number] => ({
    type: "dynamic-tool",
    toolName: "look",
    toolCallId,
    state: "output-available",
    input: {},
    output,
  });

  it.each<[string, readonly UIMessageChunk[], number, readonly UIMessage["parts"][number][], string]>([
    [
      "without what the agent gave, where the other is at the beginning of the step",
      [...begun, called("a"), agents("a"), called("b")],
      2,
      [part("a", "the agent's"), part("b", "mine")],
      "b",
    ],
    [
      "also where the other is at the agent's output for an earlier call of the same id",
      [...begun, called("a"), agents("a"), { type: "finish-step" }, { type: "start-step" }, called("a")],
      4,
      [part("a", "mine")],
      "a",
    ],
  ])("%s", async (_where, chunks, count, step, toolCallId) => {
    const inputs: unknown[] = [];
    const client = {
      transport: "sse",
      resume: () => runOf(Promise.resolve("r"), chunks),
      start: (input: unknown) => (inputs.push(input), runOf(Promise.resolve("next"))),
    } as unknown as TransportClient;
    const storage: ItemStorage = { getItem: () => JSON.stringify({ run: "r" }), setItem: () => undefined, removeItem: () => undefined };
    const chat = new AgentChatTransport(() => client, { url: "https://agent.example", context: "agent", storage });
    const resume = async (): Promise<ReadableStreamDefaultReader<UIMessageChunk>> => {
      const stream = await chat.reconnectToStream({ chatId: "chat" });
      return stream!.getReader();
    };
    const [whole, part] = [await resume(), await resume()];
    while (!(await whole.read()).done);
    for (let read = 0; read < count; read += 1) await part.read();
    const messages: UIMessage[] = [{ id: "m", role: "assistant", parts: [{ type: "step-start" }, ...step] }];
    await chat.sendMessages({ chatId: "chat", messages, trigger: "submit-message", messageId: undefined, abortSignal: undefined });
    expect(inputs).toEqual([{ toolOutputs: [{ toolCallId, output: "mine" }] }]);
  });
});

it("keeps nothing of what was asked once it is answered", async () => {
  const inputs: WeakRef<object>[] = [];
  const inner: TransportClient = clientOf(...Array.from({ length: 50 }, (_, chat) => Promise.resolve(`r${chat}`)));
  const client: TransportClient = {
    ...inner,
    start: (input, options) => {
      inputs.push(new WeakRef(input));
      return inner.start(input, options);
    },
  };
  const transport = new AgentChatTransport(() => client, { url: "https://agent.example" });
  for (let chat = 0; chat < 50; chat += 1) {
    const messages: UIMessage[] = [{ id: "u1", role: "user", parts: [{ type: "text", text: "Hello" }] }];
    const request = { trigger: "submit-message", messageId: undefined, abortSignal: undefined } as const;
    const reader = (await transport.sendMessages({ chatId: `chat-${chat}`, messages, ...request })).getReader();
    while (!(await reader.read()).done);
  }
  // What a WeakRef was made with lives to the end of the turn.
  await new Promise((resolve) => setTimeout(resolve));
  setFlagsFromString("--expose-gc");
  runInNewContext("gc")();
  expect(inputs.length).toBe(50);
  expect(inputs.filter((ref) => ref.deref() !== undefined).length).toBeLessThanOrEqual(2);
  expect(await transport.canResume("chat-0")).toBe(false);
});
