import type { ItemStorage } from "@agent-transports/client-core";
import * as assert from "../assert.ts";
import { patience, quick, textRun } from "../cases/support.ts";
import type { ScriptedServer } from "../script.ts";
import type { TestStorage } from "../test-storage.ts";
import { answerOf, ask, keyOf, question, read, type ChatCase } from "./support.ts";

/** Stop, and a question in the same turn: the agent has to have the half answer by then. */
function askedBehindStop(when: string, prepare: (server: ScriptedServer, storage: ItemStorage) => Promise<ItemStorage>): ChatCase {
  return {
    title: `asks what comes behind a stop once the agent has confirmed that, where the agent keeps the context: ${when}`,
    async run({ server, storage, transport }) {
      const next = textRun("r2");
      await server.runs(textRun("r1"), next);
      await server.plan([{ send: [1, 4] }, "hold"]);
      const chat = transport({ ...quick, context: "agent", storage: await prepare(server, storage) });
      const abort = new AbortController();
      await read(await ask(chat, { abortSignal: abort.signal }), 3);
      const cancelled = server.askedAt(1).then(() => server.cancelled());
      abort.abort();
      const stream = await ask(chat, { messages: [question, { ...question, id: "u2" }] });
      assert.deepEqual(await cancelled, ["r1"]);
      assert.deepEqual(await read(stream), answerOf(next));
    },
  };
}

function later<Answer>(act: () => Answer | Promise<Answer>): Promise<Answer> {
  return new Promise((resolve) => setTimeout(() => resolve(act()), 50));
}

/** As one that asks another process. */
function slow(storage: ItemStorage): ItemStorage {
  return {
    getItem: (name) => later(() => storage.getItem(name)),
    setItem: (name, value) => later(() => storage.setItem(name, value)),
    removeItem: (name) => later(() => storage.removeItem(name)),
  };
}

function entriesOf(storage: TestStorage): unknown[] {
  return [...storage.items.values()].map((text): unknown => JSON.parse(text));
}

/** Until the server has cancelled this run, and no longer than ten seconds. */
async function cancelled(server: ScriptedServer, run: string): Promise<void> {
  for (let look = 0; look < 2_000 && !(await server.cancelled()).includes(run); look += 1)
    await new Promise((resolve) => setTimeout(resolve, 5));
  assert.deepEqual(await server.cancelled(), [run]);
}

/** What comes behind an answer, such as to write an entry, is done by then. */
function nothingElse(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 20));
}

/** What a stop does, and what is none. */
export const stoppingCases: readonly ChatCase[] = [
  {
    title: "cancels the run when it is stopped, and has nothing to resume",
    async run({ server, storage, transport }) {
      await server.runs(textRun("r"));
      await server.plan([{ send: [1, 4] }, "hold"]);
      const abort = new AbortController();
      const chat = transport();
      const stream = await ask(chat, { abortSignal: abort.signal });
      await read(stream, 3);
      abort.abort();
      await stream.cancel();
      await storage.whenEmpty();
      assert.deepEqual(await server.cancelled(), ["r"]);
      assert.equal(await chat.reconnectToStream({ chatId: "chat" }), null);
    },
  },
  {
    title: "cancels a run that was stopped before the agent had answered its start",
    async run({ server, transport }) {
      await server.runs(textRun("r"));
      await server.plan([{ refuse: 503 }], ["unanswered", { send: [1, 2] }, "hold"]);
      const abort = new AbortController();
      let removed!: () => void;
      const stopped = new Promise<void>((resolve) => (removed = resolve));
      const items = new Map<string, string>();
      const storage = {
        getItem: (key: string) => items.get(key) ?? null,
        setItem: (key: string, value: string) => items.set(key, value),
        removeItem: () => removed(),
      };
      const asked = ask(transport({ ...quick, storage }), { abortSignal: abort.signal });
      await server.askedAt(0);
      abort.abort();
      await assert.rejects(asked, { name: "AbortError" });
      await server.go();
      await stopped;
      assert.deepEqual(await server.cancelled(), ["r"]);
      // Remembered until the agent had confirmed it.
      assert.deepEqual(
        [...items.values()].map((text): unknown => JSON.parse(text)),
        [{ run: "r", stopped: true }],
      );
    },
  },
  {
    title: "cancels a run whose first question was stopped, also where it takes many tries until the agent has answered that",
    async run({ server, transport }) {
      await server.runs(textRun("r"));
      await server.plan(["mute"], ["mute"], ["mute"], [{ send: [1, 2] }, "hold"]);
      const abort = new AbortController();
      // It tells that no connection has ever worked.
      const asked = ask(transport({ ...quick, connectTimeoutMs: patience(server), onError: () => undefined }), {
        abortSignal: abort.signal,
      });
      await server.askedAt(0);
      abort.abort();
      await assert.rejects(asked, { name: "AbortError" });
      await cancelled(server, "r");
    },
  },
  {
    title: "delivers a stop to the agent when it is closed right after",
    async run({ server, storage, transport }) {
      await server.runs(textRun("r"));
      await server.plan([{ send: [1, 4] }, "hold"]);
      const abort = new AbortController();
      const chat = transport();
      await read(await ask(chat, { abortSignal: abort.signal }), 3);
      abort.abort();
      chat.close();
      await storage.whenEmpty();
      assert.deepEqual(await server.cancelled(), ["r"]);
    },
  },
  askedBehindStop("with an asynchronous storage", async (_server, storage) => slow(storage)),
  askedBehindStop("a cancel that is refused for now", async (server, storage) => {
    await server.planCancels({ code: "internal", message: "Not now." });
    return storage;
  }),
  {
    title: "can resume the newest answer after the agent has answered and cancelled an older start that was stopped",
    async run({ server, storage, transport }) {
      await server.runs(textRun("r1"), textRun("r2"));
      await server.plan(["unanswered", { send: [1, 2] }, "hold"], [{ send: [1, 4] }, "hold"]);
      const chat = transport();
      const abort = new AbortController();
      const older = ask(chat, { abortSignal: abort.signal });
      await server.askedAt(0);
      abort.abort();
      await assert.rejects(older, { name: "AbortError" });
      await read(await ask(chat, { messages: [question, { ...question, id: "u2" }] }), 2);
      await server.go();
      await cancelled(server, "r1");
      await nothingElse();
      assert.deepEqual(entriesOf(storage), [{ run: "r2" }]);
    },
  },
  {
    title: "can resume the newest answer after the agent has answered an older start",
    async run({ server, storage, transport }) {
      const [late, newest] = [textRun("r1"), textRun("r2")];
      await server.runs(late, newest);
      await server.plan(["unanswered", "rest"], [{ send: [1, 4] }, "hold"]);
      const chat = transport();
      const older = ask(chat);
      await server.askedAt(0);
      await read(await ask(chat, { messages: [question, { ...question, id: "u2" }] }), 2);
      await server.go();
      assert.deepEqual(await read(await older), answerOf(late));
      await nothingElse();
      assert.deepEqual(entriesOf(storage), [{ run: "r2" }]);
      const resumed = await transport().reconnectToStream({ chatId: "chat" });
      assert.ok(resumed);
      assert.deepEqual(await read(resumed), answerOf(newest));
    },
  },
  {
    title: "asks anew after a retry that was stopped, and does not join the run that the stop cancels",
    async run({ server, transport }) {
      const next = textRun("r2");
      await server.runs(textRun("r1"), next);
      await server.plan([{ error: { code: "forbidden", message: "No." } }], ["unanswered", { send: [1, 2] }, "hold"]);
      const chat = transport();
      await assert.rejects(ask(chat), { code: "forbidden" });
      const abort = new AbortController();
      const retried = ask(chat, { trigger: "regenerate-message", abortSignal: abort.signal });
      const { key: stopped } = await server.askedAt(1);
      abort.abort();
      await assert.rejects(retried, { name: "AbortError" });
      const again = ask(chat, { trigger: "regenerate-message" });
      const { key: asked } = await server.askedAt(2);
      assert.ok(asked !== stopped, `Both have the key ${asked}.`);
      await server.go();
      assert.deepEqual(await read(await again), answerOf(next));
      await cancelled(server, "r1");
    },
  },
  {
    title: "is idle at once when a question is stopped that the agent has not answered, and tells of the next one alone",
    async run({ server, transport }) {
      const next = textRun("r2");
      await server.runs(textRun("r1"), next);
      await server.plan(["unanswered", { send: [1, 2] }, "hold"]);
      const chat = transport();
      const abort = new AbortController();
      const stopped = ask(chat, { abortSignal: abort.signal });
      await server.askedAt(0);
      const told: string[] = [];
      chat.onStateChange(({ state }) => void told.push(state));
      abort.abort();
      await assert.rejects(stopped, { name: "AbortError" });
      assert.equal(chat.connectionOf("chat").state, "idle");
      assert.deepEqual(await read(await ask(chat)), answerOf(next));
      await server.go();
      await cancelled(server, "r1");
      await nothingElse();
      assert.deepEqual(told, ["idle", "connecting", "open", "idle"]);
    },
  },
  {
    title: "tells of an answer that is read when another question of its chat is stopped before the agent has answered it",
    async run({ server, transport }) {
      await server.runs(textRun("r1"), textRun("r2"));
      await server.plan([{ send: [1, 4] }, "hold"], ["unanswered", { send: [1, 2] }, "hold"]);
      const chat = transport();
      await read(await ask(chat), 2);
      const before = chat.connectionOf("chat");
      assert.equal(before.state, "open");
      const abort = new AbortController();
      const stopped = ask(chat, { abortSignal: abort.signal });
      await server.askedAt(1);
      abort.abort();
      await assert.rejects(stopped, { name: "AbortError" });
      assert.equal(chat.connectionOf("chat"), before);
      await server.go();
      await cancelled(server, "r2");
    },
  },
  {
    title: "repeats a stop after a reload when the agent had not received it, and does not show the answer",
    async run({ server, storage, transport }) {
      await server.runs(textRun("r"));
      await server.plan([{ send: [1, 2] }, "hold"]);
      storage.setItem(keyOf(server), JSON.stringify({ run: "r", stopped: true }));
      assert.equal(await transport().reconnectToStream({ chatId: "chat" }), null);
      await storage.whenEmpty();
      assert.deepEqual(await server.cancelled(), ["r"]);
    },
  },
  {
    title: "does not cancel a run when its stream is left or when it is closed",
    async run({ server, storage, transport }) {
      const run = textRun("r");
      await server.runs(run);
      await server.plan([{ send: [1, 4] }, "hold"], [{ send: [1, 4] }, "hold"], ["rest"]);
      const left = transport();
      const stream = await ask(left);
      await read(stream, 2);
      await stream.cancel();
      const closed = transport();
      const resumed = await closed.reconnectToStream({ chatId: "chat" });
      assert.ok(resumed);
      await read(resumed, 2);
      closed.close();
      await assert.rejects(read(resumed), { code: "aborted" });
      assert.equal(storage.items.size, 1);
      const last = await transport().reconnectToStream({ chatId: "chat" });
      assert.ok(last);
      assert.deepEqual(await read(last), answerOf(run));
      assert.deepEqual(await server.cancelled(), []);
    },
  },
  {
    title: "cancels a resumed run when it is stopped",
    async run({ server, storage, transport }) {
      await server.runs(textRun("r"));
      await server.plan([{ send: [1, 4] }, "hold"], [{ send: [1, 4] }, "hold"]);
      await read(await ask(transport()), 2);
      const abort = new AbortController();
      const resumed = await transport().reconnectToStream({ chatId: "chat", abortSignal: abort.signal });
      assert.ok(resumed);
      await read(resumed, 3);
      abort.abort();
      await storage.whenEmpty();
      assert.deepEqual(await server.cancelled(), ["r"]);
    },
  },
  {
    title: "cancels a run that is stopped while it resumes, before its first event",
    async run({ server, storage, transport }) {
      await server.runs(textRun("r"));
      await server.plan(["hold"]);
      storage.setItem(keyOf(server), JSON.stringify({ run: "r" }));
      const abort = new AbortController();
      const asked = server.askedAt(0);
      const waiting = transport().reconnectToStream({ chatId: "chat", abortSignal: abort.signal });
      await asked;
      abort.abort();
      assert.equal(await waiting, null);
      await storage.whenEmpty();
      assert.deepEqual(await server.cancelled(), ["r"]);
    },
  },
  {
    title: "cancels a run that is stopped while it resumes, before the storage has named it",
    async run({ server, storage, transport }) {
      await server.runs(textRun("r"));
      await server.plan(["hold"]);
      storage.setItem(keyOf(server), JSON.stringify({ run: "r" }));
      let answer!: () => void;
      const held = new Promise<void>((resolve) => (answer = resolve));
      const slow = {
        getItem: async (name: string) => {
          await held;
          return storage.getItem(name);
        },
        setItem: (name: string, value: string) => storage.setItem(name, value),
        removeItem: (name: string) => storage.removeItem(name),
      };
      const abort = new AbortController();
      const waiting = transport({ storage: slow }).reconnectToStream({ chatId: "chat", abortSignal: abort.signal });
      abort.abort();
      answer();
      assert.equal(await waiting, null);
      await storage.whenEmpty();
      assert.deepEqual(await server.cancelled(), ["r"]);
    },
  },
  {
    title: "does not treat a reconnect that another one replaces, as in React's StrictMode, as a stop",
    async run({ server, storage, transport }) {
      const run = textRun("r");
      await server.runs(run);
      await server.plan([{ send: [1, 4] }, "hold"], [{ send: [1, 4] }, "hold"], [{ send: [1, 4] }, "hold"], ["rest"]);
      await read(await ask(transport()), 2);
      const chat = transport();
      const [early, late] = [new AbortController(), new AbortController()];
      const waiting = chat.reconnectToStream({ chatId: "chat", abortSignal: early.signal });
      early.abort();
      const resumed = await chat.reconnectToStream({ chatId: "chat", abortSignal: late.signal });
      assert.equal(await waiting, null);
      assert.ok(resumed);
      await read(resumed, 3);
      late.abort();
      const again = await chat.reconnectToStream({ chatId: "chat" });
      assert.ok(again);
      assert.deepEqual(await read(again, 4), answerOf(run).slice(0, 4));
      assert.deepEqual(await server.cancelled(), []);
      assert.deepEqual(
        [...storage.items.values()].map((text): unknown => JSON.parse(text)),
        [{ run: "r" }],
      );
    },
  },
];
