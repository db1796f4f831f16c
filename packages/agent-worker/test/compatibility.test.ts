import { AgentClient } from "agents/client";
import { DefaultChatTransport, readUIMessageStream, type UIMessage, type UIMessageChunk } from "ai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { WorkerHost } from "@agent-transports/worker-host";
import { info, post, segment, start } from "./harness.ts";

let host: WorkerHost;
let base: string;
beforeAll(async () => {
  host = await start({ vars: { SCRIPTED_TOKENS_PER_SECOND: "200" } });
  base = new URL(`${segment}/compatible`, host.url).href;
});
afterAll(() => host.dispose());

const question: UIMessage = { id: "m1", role: "user", parts: [{ type: "text", text: "Hello" }] };

describe("useChat's own transport", () => {
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
    });
    try {
      await client.ready;
      expect(client.name).toBe("compatible");
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
      await expect.poll(() => stateErrors.length).toBe(1);
      expect(await info(base, id)).toMatchObject({ state: "finished" });
    } finally {
      client.close();
    }
  });
});
