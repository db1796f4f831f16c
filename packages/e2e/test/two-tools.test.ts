import { once } from "node:events";
import { createServer } from "node:http";
import { startWorker, type WorkerHost } from "@agent-transports/lab/worker-host";
import { createChatTransport as overSse } from "@agent-transports/sse-client/ai";
import { createChatTransport as overWs } from "@agent-transports/ws-client/ai";
import { AbstractChat, lastAssistantMessageIsCompleteWithToolCalls, type ChatInit, type ChatState, type UIMessage } from "ai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

/** What a model is shown, as OpenAI's chat completions have it. */
interface Prompt {
  readonly messages: readonly { readonly role: string; readonly content: unknown; readonly tool_call_id?: string }[];
}

const TOWNS = ["Lisbon", "Oslo"];

/** Calls the page's tool twice in one step, and says at last what it was told. */
const provider = createServer(async (request, response) => {
  let body = "";
  for await (const data of request) body += String(data);
  const prompt = JSON.parse(body) as Prompt;
  prompts.push(prompt);
  const outputs = prompt.messages.filter(({ role }) => role === "tool").map(({ content }) => String(content));
  response.writeHead(200, { "Content-Type": "text/event-stream" });
  const say = (delta: object, finish_reason: string | null = null): unknown =>
    response.write(`data: ${JSON.stringify({ choices: [{ index: 0, delta, finish_reason }] })}\n\n`);
  if (outputs.length === 0) {
    for (const [index, town] of TOWNS.entries())
      say({
        tool_calls: [{ index, id: `call_${index}`, type: "function", function: { name: "weather", arguments: JSON.stringify({ town }) } }],
      });
    say({}, "tool_calls");
  } else {
    say({ content: outputs.join(", ") });
    say({}, "stop");
  }
  response.end("data: [DONE]\n\n");
});
const prompts: Prompt[] = [];

let host: WorkerHost;
beforeAll(async () => {
  provider.listen(0, "127.0.0.1");
  await once(provider, "listening");
  const address = provider.address();
  const url = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}/v1`;
  host = await startWorker({ vars: { OPENAI_API_KEY: "k", OPENAI_BASE_URL: url, OPENAI_API: "chat" } });
}, 60_000);
afterAll(async () => {
  await host.dispose();
  provider.close();
  provider.closeAllConnections();
});

/** What `useChat` does, without React. */
class Chat extends AbstractChat<UIMessage> {
  constructor(init: Omit<ChatInit<UIMessage>, "messages">) {
    const state: ChatState<UIMessage> = {
      status: "ready",
      error: undefined,
      messages: [],
      pushMessage: (message) => void (state.messages = [...state.messages, message]),
      popMessage: () => void (state.messages = state.messages.slice(0, -1)),
      replaceMessage: (index, message) => void (state.messages = state.messages.with(index, message)),
      snapshot: (thing) => structuredClone(thing),
    };
    super({ ...init, state });
  }
}

const tools = { weather: { inputSchema: { type: "object", properties: { town: { type: "string" } } } } };

describe.each([
  ["SSE", overSse],
  ["WebSocket", overWs],
] as const)("useChat over %s, whose page carries out two tools of one step", (_transport, create) => {
  it.each([
    ["the agent keeps", "agent"],
    ["it keeps itself", "client"],
  ] as const)("sends both outputs together, into the conversation that %s, and one answer comes", async (_whose, context) => {
    prompts.length = 0;
    const transport = create({ url: host.url, name: crypto.randomUUID(), context, tools });
    const ended = Promise.withResolvers<void>();
    const chat = new Chat({
      transport,
      sendAutomaticallyWhen: lastAssistantMessageIsCompleteWithToolCalls,
      onError: ended.reject,
      onToolCall: ({ toolCall: { toolName: tool, toolCallId, input } }) => {
        // One after the other, and in its own time, as a page does.
        const delay = toolCallId === "call_0" ? 40 : 0;
        setTimeout(() => void chat.addToolOutput({ tool, toolCallId, output: `${(input as { town: string }).town} is warm` }), delay);
      },
      onFinish: ({ message }) => {
        if (message.parts.some(({ type }) => type === "text")) ended.resolve();
      },
    });
    await chat.sendMessage({ text: "How is the weather in Lisbon and in Oslo?" });
    await ended.promise;
    expect(chat.error).toBeUndefined();
    expect(prompts).toHaveLength(2);
    expect(chat.messages.map(({ role }) => role)).toEqual(["user", "assistant"]);
    expect(chat.messages.at(-1)?.parts).toMatchObject([
      { type: "step-start" },
      { state: "output-available", output: "Lisbon is warm" },
      { state: "output-available", output: "Oslo is warm" },
      { type: "step-start" },
      { type: "text", text: expect.stringContaining("Lisbon is warm, Oslo is warm") },
    ]);
  });
});
