import { AgentClient } from "agents/client";
import { AbstractChat, DefaultChatTransport, readUIMessageStream, type ChatState, type UIMessage, type UIMessageChunk } from "ai";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { WorkerHost } from "@agent-transports/worker-host";
import { info, post, segment, start, startProvider } from "./harness.ts";

let host: WorkerHost;
let base: string;
beforeAll(async () => {
  host = await start({ vars: { SCRIPTED_TOKENS_PER_SECOND: "200" } });
  base = new URL(`${segment}/compatible`, host.url).href;
});
afterAll(() => host.dispose());

/** Its answer takes four seconds: a busy machine may stand still for two before it is asked for again. */
const question: UIMessage = { id: "m1", role: "user", parts: [{ type: "text", text: "Write 800 words." }] };

/** What `useChat` does, without React. */
class Chat extends AbstractChat<UIMessage> {
  constructor(api: string) {
    const state: ChatState<UIMessage> = {
      status: "ready",
      error: undefined,
      messages: [],
      pushMessage: (message) => void (state.messages = [...state.messages, message]),
      popMessage: () => void (state.messages = state.messages.slice(0, -1)),
      replaceMessage: (index, message) => void (state.messages = state.messages.with(index, message)),
      snapshot: (thing) => structuredClone(thing),
    };
    super({ state, transport: new DefaultChatTransport({ api }) });
  }
}

describe.concurrent("useChat's own transport", () => {
  const transport = (): DefaultChatTransport<UIMessage> => new DefaultChatTransport({ api: `${base}/runs` });
  const send = (chatId: string, abortSignal?: AbortSignal): Promise<ReadableStream<UIMessageChunk>> =>
    transport().sendMessages({ chatId, messages: [question], trigger: "submit-message", messageId: undefined, abortSignal });
  const answerOf = async (stream: ReadableStream<UIMessageChunk>): Promise<UIMessage | undefined> => {
    let answer: UIMessage | undefined;
    for await (const message of readUIMessageStream({ stream, terminateOnError: true })) answer = message;
    return answer;
  };
  const textOf = (message: UIMessage | undefined): string =>
    (message?.parts ?? []).map((part) => (part.type === "text" ? part.text : "")).join("");

  it("reads an answer to its end, and keeps none of the protocol's parts", async () => {
    const answer = await answerOf(await send("chat-1"));
    expect(textOf(answer).length).toBeGreaterThan(100);
    expect(answer?.parts.map(({ type }) => type).filter((type) => type.startsWith("data-"))).toEqual([]);
  });

  it("resumes its chat's live answer from the first word after a reload, and resumes nothing after the end", async () => {
    const left = new AbortController();
    const stream = await send("chat-2", left.signal);
    const reader = stream.getReader();
    await reader.read();
    const again = await transport().reconnectToStream({ chatId: "chat-2" });
    if (again === null) throw new Error("There was no live run to come back to.");
    reader.releaseLock();
    const [whole, resumed] = await Promise.all([answerOf(stream), answerOf(again)]);
    expect(textOf(resumed)).toContain(textOf(whole));
    expect(await transport().reconnectToStream({ chatId: "chat-2" })).toBeNull();
    expect(await transport().reconnectToStream({ chatId: "never" })).toBeNull();
  });
});

describe("a chat over useChat's own transport", () => {
  it("continues after a run that failed before its first word", async () => {
    let requests = 0;
    const provider = await startProvider((_request, response) => {
      requests += 1;
      if (requests === 1)
        return response.writeHead(400, { "Content-Type": "application/json" }).end('{"error":{"message":"No.","type":"x"}}');
      const chunk = (choice: object): string =>
        `data: ${JSON.stringify({ id: "1", created: 0, model: "m", choices: [{ index: 0, finish_reason: null, ...choice }] })}\n\n`;
      return response
        .writeHead(200, { "Content-Type": "text/event-stream" })
        .end(`${chunk({ delta: { content: "Yes." } })}${chunk({ delta: {}, finish_reason: "stop" })}data: [DONE]\n\n`);
    });
    const failing = await start({ vars: { OPENAI_API_KEY: "k", OPENAI_BASE_URL: provider.url, OPENAI_API: "chat" } });
    try {
      const chat = new Chat(new URL(`${segment}/chat/runs`, failing.url).href);
      await chat.sendMessage({ text: "Hello?" });
      expect(chat.status).toBe("error");
      // What makes it worth a test: the answer that has nothing stays in the chat, and is sent with the next message.
      expect(chat.messages.map(({ role, parts }) => [role, parts.length > 0])).toEqual([
        ["user", true],
        ["assistant", false],
      ]);
      await chat.sendMessage({ text: "Are you there?" });
      expect(chat.error).toBeUndefined();
      expect(chat.messages.at(-1)).toMatchObject({
        role: "assistant",
        parts: expect.arrayContaining([expect.objectContaining({ text: "Yes." })]),
      });
    } finally {
      await failing.dispose();
      provider.close();
    }
  });
});

describe("Cloudflare's AgentClient", () => {
  it("connects to the same agent, follows a run there, and cannot set its state", async () => {
    const response = await post(`${base}/runs`, { prompt: "Hello" }, { Accept: "application/json" });
    const { id } = (await response.json()) as { id: string };
    const stateErrors: string[] = [];
    const client = new AgentClient({
      agent: "transport-agent",
      name: "compatible",
      host: host.url.host,
      onStateUpdateError: (error) => stateErrors.push(error),
      // An application's own: PROTOCOL.md's names in it ask for nothing.
      query: { resume: id, acks: "1", binary: "1" },
    });
    const types: string[] = [];
    client.addEventListener("message", ({ data }) => types.push((JSON.parse(String(data)) as { type: string }).type));
    try {
      await client.ready;
      expect(client.name).toBe("compatible");
      expect(types.filter((type) => !type.startsWith("cf_"))).toEqual([]);
      const ended = new Promise<unknown>((resolve) => {
        client.addEventListener("message", ({ data }) => {
          const frame = JSON.parse(String(data)) as { type: string; events?: { type: string; data?: unknown }[] };
          const last = frame.type === "events" ? frame.events?.at(-1) : undefined;
          if (last?.type === "data-run-end") resolve(last.data);
        });
      });
      client.send(JSON.stringify({ type: "resume", run: id }));
      expect(await ended).toMatchObject({ state: "finished" });
      client.setState({ planted: true });
      await vi.waitFor(() => expect(stateErrors).toHaveLength(1), 20_000);
      expect(await info(base, id)).toMatchObject({ state: "finished" });
    } finally {
      client.close();
    }
  });
});
