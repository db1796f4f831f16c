/** Stop and Retry of a chat behind a round trip of 80 ms, with a line that stands still or is lost in the middle, on a real Worker. */
import { replyMarker, startProvider, type Reply, type ScriptedProvider } from "@agent-transports/lab/provider";
import { startProxy, type FaultProxy } from "@agent-transports/lab/proxy";
import { startWorker, type WorkerHost } from "@agent-transports/lab/worker-host";
import { createChatTransport as overSse } from "@agent-transports/sse-client/ai";
import { createChatTransport as overWs } from "@agent-transports/ws-client/ai";
import { Chat } from "@ai-sdk/react";
import type { UIMessage } from "ai";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { longer, reply, runsOf } from "./answers.ts";

const short = reply(30, 20);
const shortText = short.tokens.join("");
const WAIT = { timeout: 30_000, interval: 20 } as const;

let provider: ScriptedProvider;
let host: WorkerHost;
beforeAll(async () => {
  provider = await startProvider();
  host = await startWorker({ vars: { OPENAI_API_KEY: "scripted", OPENAI_BASE_URL: provider.baseUrl, OPENAI_API: "chat" } });
});
afterAll(async () => {
  await host?.dispose();
  await provider?.close();
});

describe.each([
  ["sse", overSse],
  ["ws", overWs],
] as const)("a chat 80 ms away, over %s", { timeout: 90_000 }, (over, create) => {
  let proxy: FaultProxy;
  let transport: ReturnType<typeof create>;
  let chat: Chat<UIMessage>;
  let name: string;
  let tests = 0;
  beforeEach(async () => {
    name = `far-${over}-${(tests += 1)}`;
    proxy = await startProxy(host.url);
    proxy.setLatency({ upMs: 40, downMs: 40 });
    transport = create({ url: proxy.url, name, onError: () => undefined });
    chat = new Chat({ id: "chat", transport });
  });
  afterEach(async () => {
    await chat.stop();
    transport.close();
    await proxy.close();
  });

  /** @param what names the answer, and the question in which it is asked for */
  function ask(what: string, given: Reply): void {
    provider.addReply(`${name}-${what}`, given);
    // What fails is the chat's error.
    void chat.sendMessage({ text: replyMarker(`${name}-${what}`) });
  }

  const state = (): string => transport.connectionOf("chat").state;
  /** Of the newest answer. */
  const text = (): string =>
    (chat.lastMessage?.role === "assistant" ? chat.lastMessage.parts : []).map((part) => ("text" in part ? part.text : "")).join("");
  /** Newest first. */
  const states = async (): Promise<string[]> => (await runsOf(host.url, name)).map(({ state }) => state);
  const asked = (what: string): number => provider.allSent(`${name}-${what}`).length;

  /** The chat has had an answer, as most have when the line goes. */
  async function worked(): Promise<void> {
    ask("first", { tokens: ["Yes."], dueMs: [0] });
    await vi.waitFor(() => expect([chat.status, text()]).toEqual(["ready", "Yes."]), WAIT);
  }

  async function answeredWhole(): Promise<void> {
    await vi.waitFor(() => expect([chat.status, text()]).toEqual(["ready", shortText]), WAIT);
    expect(state()).toBe("idle");
  }

  it("can be asked again at once after a stop of a question whose answer is held up, and the run of that question is cancelled", async () => {
    await worked();
    proxy.stall("down");
    ask("stopped", longer);
    await vi.waitFor(async () => expect(await states()).toEqual(["running", "finished"]), WAIT);
    expect([chat.status, text()]).toEqual(["submitted", ""]);
    await chat.stop();
    await vi.waitFor(() => expect([chat.status, state()]).toEqual(["ready", "idle"]), WAIT);
    ask("next", short);
    // The line is lost, too.
    proxy.reset();
    proxy.heal();
    await answeredWhole();
    await vi.waitFor(async () => expect(await states()).toEqual(["finished", "cancelled", "finished"]), WAIT);
    expect([asked("stopped"), asked("next")]).toEqual([1, 1]);
  });

  it("can be asked again at once after a stop while the agent cannot be reached, and no run goes on that nobody reads", async () => {
    await worked();
    proxy.refuse(1_000);
    proxy.reset();
    // Once the client has noticed: on a socket that it takes for open, it sends.
    const connecting = (): Promise<void> => transport.connect({ signal: AbortSignal.timeout(50) });
    await vi.waitFor(() => expect(connecting()).rejects.toMatchObject({ code: "aborted" }), WAIT);
    ask("stopped", longer);
    await vi.waitFor(() => expect([chat.status, state()]).toEqual(["submitted", "waiting"]), WAIT);
    await chat.stop();
    await vi.waitFor(() => expect([chat.status, state()]).toEqual(["ready", "idle"]), WAIT);
    ask("next", short);
    await vi.waitFor(() => expect(state()).toBe("waiting"), WAIT);
    proxy.refuse(0);
    await answeredWhole();
    // Over a socket the stopped question was never sent. A request that was refused may have arrived.
    const ended = over === "ws" ? ["finished", "finished"] : ["cancelled", "finished", "finished"];
    await vi.waitFor(async () => expect((await states()).toSorted()).toEqual(ended), WAIT);
  });

  it("stops an answer whose line is lost in its middle, and can be asked again at once", async () => {
    await worked();
    ask("stopped", longer);
    await vi.waitFor(() => expect(text()).toContain("word5 "), WAIT);
    proxy.refuse(1_000);
    proxy.reset();
    await vi.waitFor(() => expect(state()).toBe("waiting"), WAIT);
    await chat.stop();
    await vi.waitFor(() => expect([chat.status, state()]).toEqual(["ready", "idle"]), WAIT);
    ask("next", short);
    proxy.refuse(0);
    await answeredWhole();
    await vi.waitFor(async () => expect((await states()).toSorted()).toEqual(["cancelled", "finished", "finished"]), WAIT);
  });

  it("has a whole answer after Retry, also where its line is lost in the middle", async () => {
    proxy.refuse(1_000);
    const ending = Promise.withResolvers<void>();
    ask("retried", { ...short, end: ending.promise });
    await vi.waitFor(() => expect([chat.status, chat.error?.message]).toEqual(["error", expect.stringContaining("has ever worked")]), WAIT);
    expect(state()).toBe("idle");
    proxy.refuse(0);
    void chat.regenerate();
    await vi.waitFor(() => expect(text()).toContain("word5 "), WAIT);
    expect(proxy.reset().connections).toBeGreaterThan(0);
    ending.resolve();
    await answeredWhole();
    expect([await states(), asked("retried")]).toEqual([["finished"], 1]);
  });

  it("does not take an answer for whole that has ended at the agent while the line stood still and was then lost", async () => {
    const ending = Promise.withResolvers<void>();
    ask("held", { ...short, end: ending.promise });
    await vi.waitFor(() => expect(text()).toContain("word5 "), WAIT);
    proxy.stall("down");
    ending.resolve();
    await vi.waitFor(async () => expect(await states()).toEqual(["finished"]), WAIT);
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    expect(chat.status).toBe("streaming");
    expect(text().length).toBeLessThan(shortText.length);
    proxy.reset();
    proxy.heal();
    await answeredWhole();
  });
});
