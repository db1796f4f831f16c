/**
 * Whichever way an answer of a chat goes out, nothing of it stays: no listener on what outlives it, and no timer.
 */
import type { Plan } from "@agent-transports/conformance";
import { createChatTransport as createSseChat } from "@agent-transports/sse-client/ai";
import { createChatTransport as createWsChat } from "@agent-transports/ws-client/ai";
import type { UIMessage, UIMessageChunk } from "ai";
import { describe, expect, it } from "vitest";
import { application, behind, failure, held, nothingListens, quick, server } from "./leavings.ts";

const QUESTION: UIMessage = { id: "u1", role: "user", parts: [{ type: "text", text: "Hello" }] };

describe.each([
  ["sse-client", createSseChat],
  ["ws-client", createWsChat],
] as const)("nothing stays behind an answer of %s's chat transport that", (_which, create) => {
  type Chat = ReturnType<typeof create>;

  const ask = (chat: Chat, abortSignal: AbortSignal): Promise<ReadableStream<UIMessageChunk>> =>
    chat.sendMessages({ chatId: "chat", trigger: "submit-message", messageId: undefined, messages: [QUESTION], abortSignal });
  /** Of an answer that another page began. */
  const resume = (chat: Chat, abortSignal: AbortSignal): Promise<ReadableStream<UIMessageChunk> | null> =>
    chat.reconnectToStream({ chatId: "chat", abortSignal });

  function transport(saved?: string): Chat {
    const items = new Map<string, string>();
    if (saved !== undefined)
      items.set(`agent-transports:chat:${server.url.host}/transport-agent/default:chat`, JSON.stringify({ run: saved }));
    const storage = {
      getItem: (key: string) => items.get(key) ?? null,
      setItem: (key: string, value: string) => void items.set(key, value),
      removeItem: (key: string) => void items.delete(key),
    };
    return create({ url: server.url, ...quick, storage });
  }

  async function readChunks(stream: ReadableStream<UIMessageChunk>, count = Infinity): Promise<void> {
    const reader = stream.getReader();
    for (let index = 0; index < count; index += 1) if ((await reader.read()).done) break;
    reader.releaseLock();
  }

  const answered: readonly {
    readonly title: string;
    readonly plan?: readonly Plan[];
    readonly go: (stream: ReadableStream<UIMessageChunk>, abort: AbortController, chat: Chat) => Promise<void>;
  }[] = [
    { title: "is read to its end", go: (stream) => readChunks(stream) },
    {
      title: "is left by its reader",
      plan: held,
      async go(stream) {
        await readChunks(stream, 1);
        await stream.cancel();
      },
    },
    { title: "is left unread", plan: held, go: (stream) => stream.cancel() },
    {
      title: "is stopped",
      plan: held,
      async go(stream, abort) {
        await readChunks(stream, 1);
        abort.abort();
        expect(await failure(readChunks(stream))).toBe("aborted");
      },
    },
    {
      title: "is given up",
      plan: [[{ send: [1, 1] }, { cut: "reset" }], [{ refuse: 503 }], [{ refuse: 503 }]],
      async go(stream) {
        expect(await failure(readChunks(stream))).toBe("retries_exhausted");
      },
    },
    {
      title: "is ended with its transport, and not read on",
      plan: held,
      async go(stream, _abort, chat) {
        await readChunks(stream, 1);
        chat.close();
      },
    },
  ];

  it.each(answered)("$title", async ({ plan = [], go }) => {
    await server.plan(...plan);
    const chat = transport();
    const abort = application();
    await go(await ask(chat, abort.signal), abort, chat);
    await nothingListens();
    expect(await behind(chat)).toEqual([]);
  });

  it.each(answered)("is resumed and $title", async ({ plan = [], go }) => {
    await server.plan(...plan);
    const chat = transport("r");
    const abort = application();
    const stream = await resume(chat, abort.signal);
    expect(stream).not.toBeNull();
    await go(stream!, abort, chat);
    await nothingListens();
    expect(await behind(chat)).toEqual([]);
  });

  it.each<readonly [string, string | undefined, readonly Plan[], unknown]>([
    ["is none", undefined, [], undefined],
    ["is gone", "other", [[{ error: { code: "run_not_found", message: "There is none." } }]], undefined],
    ["is refused when it is resumed", "r", [[{ error: { code: "forbidden", message: "No." } }]], "forbidden"],
    ["is given up before its first event", "r", [[{ refuse: 503 }], [{ refuse: 503 }]], "retries_exhausted"],
  ])("%s", async (_title, saved, plan, code) => {
    await server.plan(...plan);
    const chat = transport(saved);
    expect(await failure(resume(chat, application().signal))).toBe(code);
    await nothingListens();
    expect(await behind(chat)).toEqual([]);
  });

  it("is waited for until another question is asked", async () => {
    await server.plan(["hold"]);
    const chat = transport("r");
    const waiting = resume(chat, application().signal);
    await server.askedAt(0);
    await readChunks(await ask(chat, application().signal));
    expect(await waiting).toBeNull();
    await nothingListens();
    expect(await behind(chat)).toEqual([]);
  });

  it("is refused", async () => {
    await server.plan([{ error: { code: "forbidden", message: "No." } }]);
    const chat = transport();
    expect(await failure(ask(chat, application().signal))).toBe("forbidden");
    await nothingListens();
    expect(await behind(chat)).toEqual([]);
  });
});
