import type { UIMessage } from "ai";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { createChatTransport } from "./ai.ts";

beforeEach(() => {
  vi.useFakeTimers();
  // A try comes after a share of its wait that chance chooses: three may come before the stop.
  vi.spyOn(Math, "random").mockReturnValue(0.9);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

type Answer = (request: Request) => Promise<Response>;

const refused: Answer = async () => {
  throw new TypeError("fetch failed");
};

/** As of a server that took the request, and says nothing. */
const mute: Answer = ({ signal }) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));

const streaming: Answer = async () =>
  new Response(new ReadableStream(), { headers: { "Content-Type": "text/event-stream", "Agent-Run": "r" } });

/** A chat whose requests are answered so, and what it asks. */
function chatOf(answer: Answer) {
  const asked: string[] = [];
  const errors: string[] = [];
  const items = new Map<string, string>();
  let answering = answer;
  const transport = createChatTransport({
    url: "https://agent.example",
    retry: { baseMs: 100, capMs: 1_000 },
    onError: ({ code }) => errors.push(code),
    storage: {
      getItem: (key) => items.get(key) ?? null,
      setItem: (key, value) => items.set(key, value),
      removeItem: (key) => items.delete(key),
    },
    fetch: (url, init) => {
      asked.push(init?.method ?? "GET");
      return answering(new Request(url, init));
    },
  });
  const ask = (abortSignal?: AbortSignal): Promise<unknown> => {
    const messages: UIMessage[] = [{ id: "u1", role: "user", parts: [{ type: "text", text: "Hello." }] }];
    return transport.sendMessages({ chatId: "chat", trigger: "submit-message", messageId: undefined, messages, abortSignal });
  };
  return {
    transport,
    asked,
    errors,
    entries: () => [...items.values()].map((text): unknown => JSON.parse(text)),
    answer: (next: Answer) => (answering = next),
    ask,
    /** Asks, and stops that before there is an answer. */
    stopped: async (): Promise<void> => {
      const abort = new AbortController();
      const asking = ask(abort.signal).catch((error: unknown) => error);
      await vi.advanceTimersByTimeAsync(10);
      abort.abort();
      expect(await asking).toMatchObject({ name: "AbortError" });
    },
  };
}

it("a stopped question is tried as long as its transport is open, and no more behind close() where no agent has ever answered", async () => {
  const { transport, asked, stopped } = chatOf(refused);
  await stopped();
  await vi.advanceTimersByTimeAsync(30_000);
  expect(asked.length).toBeGreaterThan(20);
  transport.close();
  const before = asked.length;
  await vi.advanceTimersByTimeAsync(0);
  expect(vi.getTimerCount()).toBe(0);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(asked).toHaveLength(before);
});

it("a question that is stopped and closed at once is given up after three tries where no agent answers", async () => {
  const { transport, asked, stopped } = chatOf(refused);
  await stopped();
  transport.close();
  await vi.advanceTimersByTimeAsync(3_000);
  expect(asked).toHaveLength(3);
  expect(vi.getTimerCount()).toBe(0);
});

it("a stop is delivered behind close() where the agent answers the start within five seconds", async () => {
  const { transport, asked, answer, stopped } = chatOf(async (request) => {
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    return streaming(request);
  });
  await stopped();
  transport.close();
  answer(async () => Response.json({ id: "r", state: "cancelled", epoch: "e", lastEventId: null, error: null }));
  await vi.advanceTimersByTimeAsync(4_500);
  expect(asked).toEqual(["POST", "DELETE"]);
  expect(vi.getTimerCount()).toBe(0);
});

it.each<[string, Answer, string[], string[], object[]]>([
  ["the start", mute, ["POST"], [], []],
  // Its run goes on, and nothing else says so. A resume repeats the stop.
  ["the cancel", streaming, ["POST", "DELETE"], ["aborted"], [{ run: "r", stopped: true }]],
])("a transport is closed five seconds after close() where the agent does not answer %s", async (_what, start, requests, told, left) => {
  const { transport, asked, answer, ask, errors, entries } = chatOf(start);
  const abort = new AbortController();
  const asking = ask(abort.signal).catch(() => undefined);
  await vi.advanceTimersByTimeAsync(10);
  answer(mute);
  abort.abort();
  await asking;
  transport.close();
  await vi.advanceTimersByTimeAsync(4_999);
  expect(vi.getTimerCount()).toBeGreaterThan(0);
  await vi.advanceTimersByTimeAsync(1);
  expect(vi.getTimerCount()).toBe(0);
  await vi.advanceTimersByTimeAsync(60_000);
  expect([asked, errors, entries()]).toEqual([requests, told, left]);
});
