import type { UIMessage } from "ai";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { ScriptedSocket } from "../test/scripted-socket.ts";
import { createChatTransport } from "./ai.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const info = { state: "running", epoch: "e", lastEventId: null, createdAt: "", endedAt: null, error: null, events: "" };

/** A chat over sockets that open, and are answered nothing but this. */
function chatOf(answered: readonly string[]) {
  const sent: string[] = [];
  const sockets: Answering[] = [];
  class Answering extends ScriptedSocket {
    constructor(url: string) {
      super(url);
      sockets.push(this);
    }

    override send(text: string): void {
      const { type, key } = JSON.parse(text);
      if (type === "start" || type === "cancel") sent.push(type);
      if (!answered.includes(type)) return;
      const answer = type === "start" ? { type: "started", key, run: { id: "r", ...info } } : { type: "pong" };
      setTimeout(() => this.say(JSON.stringify(answer)), 1);
    }
  }
  const errors: string[] = [];
  const transport = createChatTransport({
    url: "ws://agent.example",
    onError: ({ code }) => errors.push(code),
    WebSocket: Answering as unknown as typeof globalThis.WebSocket,
  });
  return { transport, sent, sockets, errors };
}

it.each<[string, string[], string[], string[]]>([
  ["the start", ["ping"], ["start"], []],
  // Its run goes on, and nothing else says so.
  ["the cancel", ["ping", "start"], ["start", "cancel"], ["aborted"]],
])("a transport is closed five seconds after close() where the agent does not answer %s", async (_what, answered, frames, told) => {
  const { transport, sent, sockets, errors } = chatOf(answered);
  const abort = new AbortController();
  const messages: UIMessage[] = [{ id: "u1", role: "user", parts: [{ type: "text", text: "Hello." }] }];
  const request = { chatId: "chat", trigger: "submit-message", messageId: undefined, messages, abortSignal: abort.signal } as const;
  const asking = transport.sendMessages(request).catch(() => undefined);
  await vi.advanceTimersByTimeAsync(100);
  abort.abort();
  await asking;
  transport.close();
  await vi.advanceTimersByTimeAsync(4_999);
  expect(vi.getTimerCount()).toBeGreaterThan(0);
  await vi.advanceTimersByTimeAsync(1);
  expect(vi.getTimerCount()).toBe(0);
  await vi.advanceTimersByTimeAsync(60_000);
  expect([sent, errors, sockets.length]).toEqual([frames, told, 1]);
});
