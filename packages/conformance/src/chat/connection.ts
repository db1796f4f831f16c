import * as assert from "../assert.ts";
import type { ChatConnection } from "@agent-transports/client-core/ai";
import { quick, rejection, textRun } from "../cases/support.ts";
import { answerOf, ask, keyOf, read, readInStep, type ChatCase } from "./support.ts";

/** Nobody listens there. */
const nowhere = "http://127.0.0.1:1";

/** What a chat tells of its connection. */
export const connectionCases: readonly ChatCase[] = [
  {
    title: "opens its connection before anything is asked, and answers on it",
    async run({ server, transport }) {
      const run = textRun("r");
      await server.runs(run);
      const chat = transport(quick);
      await chat.connect();
      assert.equal((await server.connected()).length, 1);
      assert.equal(chat.connectionOf("chat").state, "idle");
      assert.deepEqual(await read(await ask(chat)), answerOf(run));
      assert.equal((await server.connected()).length, 1);
    },
  },
  {
    title: "reports for each chat when its connection is lost, when and why it retries, and when it is back",
    async run({ server, transport }) {
      const run = textRun("r");
      await server.runs(run);
      await server.plan([{ send: [1, 4] }, "wait", { cut: "reset" }], ["rest"]);
      const chat = transport(quick);
      const told: ChatConnection[] = [];
      const forget = chat.onStateChange((connection) => void told.push(connection));
      assert.deepEqual(chat.connectionOf("chat"), { chatId: "chat", state: "idle", attempt: 0, lastHeardAt: undefined });
      const answer = await ask(chat);
      const { state, lastHeardAt = 0 } = chat.connectionOf("chat");
      assert.equal(state, "open");
      assert.ok(Math.abs(Date.now() - lastHeardAt) < 60_000);
      assert.deepEqual(await readInStep(server, answer, 4), answerOf(run));
      assert.deepEqual(
        told.map(({ chatId, state, attempt }) => [chatId, state, attempt]),
        [
          ["chat", "connecting", 0],
          ["chat", "open", 0],
          ["chat", "waiting", 1],
          ["chat", "connecting", 1],
          ["chat", "open", 0],
          ["chat", "idle", 0],
        ],
      );
      for (const { state, delayMs, error } of told) {
        assert.equal(typeof delayMs, state === "waiting" ? "number" : "undefined");
        assert.equal(error?.code, state === "waiting" ? "connection_lost" : undefined);
      }
      // So that React renders what has changed, and nothing else.
      assert.equal(chat.connectionOf("chat"), told.at(-1));
      assert.equal(chat.connectionOf("chat"), chat.connectionOf("chat"));
      forget();
      await read(await ask(chat));
      assert.equal(told.length, 6);
    },
  },
  {
    title: "reports on the answer that was requested last, and on the previous one while that is read",
    async run({ server, transport }) {
      await server.runs(textRun("r"), textRun("s", 9));
      await server.plan([{ send: [1, 4] }, "hold"], ["rest"]);
      const chat = transport();
      const first = await ask(chat);
      await read(first, 2);
      const before = chat.connectionOf("chat");
      await read(await ask(chat));
      assert.equal(chat.connectionOf("chat"), before);
      await first.cancel();
      assert.equal(chat.connectionOf("chat").state, "idle");
    },
  },
  {
    title: "knows whether there is something to resume",
    async run({ server, transport }) {
      await server.runs(textRun("r"));
      await server.plan([{ send: [1, 4] }, "hold"]);
      const chat = transport();
      assert.equal(await chat.canResume("chat"), false);
      const abort = new AbortController();
      await read(await ask(chat, { abortSignal: abort.signal }), 2);
      assert.equal(await chat.canResume("chat"), true);
      abort.abort();
      assert.equal(await chat.canResume("another"), false);
      const resumed = await chat.reconnectToStream({ chatId: "chat" });
      assert.equal(resumed, null);
      assert.equal(await chat.canResume("chat"), false);
    },
  },
  {
    title: "rejects when no connection was ever made, and can be asked again",
    async run({ server, storage, transport }) {
      await server.runs(textRun("r"));
      const chat = transport({ ...quick, url: nowhere, onError: () => undefined });
      for (let tries = 0; tries < 2; tries++) {
        assert.equal((await rejection(ask(chat))).code, "never_connected");
        assert.equal(chat.connectionOf("chat").state, "idle");
      }
      assert.equal(storage.items.size, 0);
      storage.setItem(keyOf({ url: new URL(nowhere) }), JSON.stringify({ run: "r" }));
      assert.equal((await rejection(chat.reconnectToStream({ chatId: "chat" }))).code, "never_connected");
      assert.equal(await chat.canResume("chat"), true);
    },
  },
];
