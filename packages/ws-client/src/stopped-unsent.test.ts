import { startScriptedServer } from "@agent-transports/conformance";
import type { UIMessage } from "ai";
import { describe, expect, it, vi } from "vitest";
import { createChatTransport } from "./ai.ts";

it.each(["client", "agent"] as const)(
  "a question that was stopped before a socket was open is never sent, and the next one waits for nothing, where the %s keeps the context",
  { timeout: 30_000 },
  async (context) => {
    const server = await startScriptedServer();
    const end = { type: "data-run-end", data: { state: "finished" }, transient: true } as const;
    await server.runs({ id: "r", epoch: "e", chunks: [{ type: "start" }, end] });
    let isDown = true;
    class Line extends WebSocket {
      constructor(url: string | URL) {
        // Nobody listens there.
        super(isDown ? "ws://127.0.0.1:1" : url);
      }
    }
    const chat = createChatTransport({ url: server.url, context, WebSocket: Line });
    try {
      const ask = (text: string, abortSignal?: AbortSignal): Promise<ReadableStream> => {
        const messages: UIMessage[] = [{ id: text, role: "user", parts: [{ type: "text", text }] }];
        return chat.sendMessages({ chatId: "chat", trigger: "submit-message", messageId: undefined, messages, abortSignal });
      };
      const abort = new AbortController();
      const stopped = ask("Stopped.", abort.signal);
      chat.onStateChange(({ state }) => {
        if (state === "waiting") abort.abort();
      });
      await expect(stopped).rejects.toThrow("aborted");
      expect(chat.connectionOf("chat").state).toBe("idle");
      isDown = false;
      const reader = (await ask("Next.")).getReader();
      while (!(await reader.read()).done);
      expect((await server.asked()).map(({ input }) => JSON.stringify(input))).toEqual([expect.stringContaining("Next.")]);
      expect(await server.cancelled()).toEqual([]);
    } finally {
      chat.close();
      await server.close();
    }
  },
);

it(
  "a stop of a retry cancels the run that the start before it may have begun, also where no socket was open for the retry",
  {
    timeout: 30_000,
  },
  async () => {
    const server = await startScriptedServer();
    await server.runs({ id: "r", epoch: "e", chunks: [{ type: "start" }] });
    // The agent has the start, and its answer never comes.
    await server.plan(["mute"], ["mute"], [{ send: [1, 1] }, "hold"]);
    let isDown = false;
    class Line extends WebSocket {
      constructor(url: string | URL) {
        super(isDown ? "ws://127.0.0.1:1" : url);
      }
    }
    const chat = createChatTransport({
      url: server.url,
      connectTimeoutMs: 500,
      retry: { baseMs: 100, maxTries: 2 },
      onError: () => undefined,
      WebSocket: Line,
    });
    try {
      const messages: UIMessage[] = [{ id: "u1", role: "user", parts: [{ type: "text", text: "Hello." }] }];
      const ask = (abortSignal?: AbortSignal): Promise<ReadableStream> =>
        chat.sendMessages({ chatId: "chat", trigger: "regenerate-message", messageId: undefined, messages, abortSignal });
      await expect(ask()).rejects.toMatchObject({ code: "retries_exhausted" });
      isDown = true;
      const abort = new AbortController();
      chat.onStateChange(({ state }) => {
        if (state !== "waiting") return;
        isDown = false;
        abort.abort();
      });
      await expect(ask(abort.signal)).rejects.toThrow("aborted");
      await vi.waitFor(async () => expect(await server.cancelled()).toEqual(["r"]), { timeout: 10_000 });
    } finally {
      chat.close();
      await server.close();
    }
  },
);

describe("a retry", { timeout: 30_000 }, () => {
  const question: UIMessage = { id: "u1", role: "user", parts: [{ type: "text", text: "Hello." }] };
  const end = { type: "data-run-end", data: { state: "finished" }, transient: true } as const;

  /** A chat whose line goes down where it is to be stopped offline. */
  async function chatOf(context: "client" | "agent") {
    const server = await startScriptedServer();
    await server.runs({ id: "r", epoch: "e", chunks: [{ type: "start" }, end] }, { id: "s", epoch: "e", chunks: [{ type: "start" }, end] });
    let isDown = false;
    let lines: readonly WebSocket[] = [];
    class Line extends WebSocket {
      constructor(url: string | URL) {
        super(isDown ? "ws://127.0.0.1:1" : url);
        this.addEventListener("open", () => (lines = [...lines, this]));
      }
    }
    const chat = createChatTransport({ url: server.url, context, retry: { baseMs: 20, capMs: 50 }, WebSocket: Line });
    const ask = (trigger: "submit-message" | "regenerate-message", abortSignal?: AbortSignal): Promise<ReadableStream> =>
      chat.sendMessages({ chatId: "chat", trigger, messageId: undefined, messages: [question], abortSignal });
    return {
      server,
      ask,
      online: () => (isDown = false),
      stoppedOffline: async (trigger: "submit-message" | "regenerate-message"): Promise<void> => {
        isDown = true;
        for (const line of lines) {
          const closed = new Promise((resolve) => line.addEventListener("close", resolve));
          line.close();
          await closed;
        }
        lines = [];
        const abort = new AbortController();
        const forget = chat.onStateChange(({ state }) => {
          if (state === "waiting") abort.abort();
        });
        await expect(ask(trigger, abort.signal)).rejects.toThrow("aborted");
        forget();
      },
      close: async (): Promise<void> => {
        chat.close();
        await server.close();
      },
    };
  }

  const keysOf = (asked: readonly { readonly key: string | undefined }[]): (string | undefined)[] => asked.map(({ key }) => key);

  it("asks what was stopped before a socket was open, where the agent keeps the context: it does not have that", async () => {
    const { server, ask, online, stoppedOffline, close } = await chatOf("agent");
    try {
      await stoppedOffline("submit-message");
      await stoppedOffline("regenerate-message");
      online();
      const reader = (await ask("regenerate-message")).getReader();
      while (!(await reader.read()).done);
      expect((await server.asked()).map(({ input }) => input)).toEqual([{ message: question }]);
      expect(await server.cancelled()).toEqual([]);
      await expect(ask("regenerate-message")).rejects.toThrow("the agent has it");
    } finally {
      await close();
    }
  });

  it("that is stopped before a socket was open is never sent, where only the start before it may have arrived", async () => {
    const { server, ask, online, stoppedOffline, close } = await chatOf("client");
    try {
      await server.plan([{ error: { code: "forbidden", message: "No." } }], [{ send: [1, 1] }, "hold"]);
      await expect(ask("submit-message")).rejects.toMatchObject({ code: "forbidden" });
      await stoppedOffline("regenerate-message");
      await stoppedOffline("regenerate-message");
      online();
      await vi.waitFor(async () => expect(await server.cancelled()).toEqual(["r"]), { timeout: 10_000 });
      const [first, ...others] = keysOf(await server.asked());
      expect(others).toEqual([first]);
    } finally {
      await close();
    }
  });
});
