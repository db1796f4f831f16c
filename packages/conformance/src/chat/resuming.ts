import * as assert from "../assert.ts";
import type { TransportError } from "@agent-transports/client-core";
import type { UIMessage } from "ai";
import { textRun } from "../cases/support.ts";
import { answerOf, ask, keyOf, question, read, readInStep, type ChatCase } from "./support.ts";

function goneCase(code: "run_gone" | "run_not_found"): ChatCase {
  return {
    title: `has nothing to resume when the agent answers ${code}, and forgets the run`,
    async run({ server, storage, transport }) {
      await server.runs(textRun("r"));
      await server.plan([{ error: { code, message: "No." } }]);
      storage.setItem(keyOf(server), JSON.stringify({ run: "r" }));
      assert.equal(await transport().reconnectToStream({ chatId: "chat" }), null);
      assert.equal(storage.items.size, 0);
    },
  };
}

function fail(): never {
  throw new DOMException("The quota has been exceeded.", "QuotaExceededError");
}

/** What a page finds after its reload: a new transport, and the storage of the one before. */
export const resumingCases: readonly ChatCase[] = [
  {
    title: "resumes a live run after a reload, from its first event",
    async run({ server, storage, transport }) {
      const run = textRun("r");
      await server.runs(run);
      await server.plan([{ send: [1, 4] }, "hold"], [{ send: [1, 6] }, "wait", { cut: "reset" }], ["rest"]);
      await read(await ask(transport()), 4);
      const chat = transport();
      const resumed = await chat.reconnectToStream({ chatId: "chat" });
      assert.ok(resumed);
      // So that the AI SDK does not add it to what it has of the message.
      assert.equal(chat.resumeStreamIsReplay, true);
      assert.deepEqual(await readInStep(server, resumed, 6), answerOf(run));
      assert.deepEqual(
        (await server.asked()).map(({ run, cursor }) => [run, cursor]),
        [
          [undefined, undefined],
          ["r", undefined],
          ["r", "ep-r.6"],
        ],
      );
      assert.equal(storage.items.size, 0);
    },
  },
  {
    title: "resumes a run that ended during a reload, once",
    async run({ server, transport }) {
      const run = textRun("r");
      await server.runs(run);
      await server.plan([{ send: [1, 4] }, "hold"], ["rest"]);
      await read(await ask(transport()), 4);
      const chat = transport();
      const resumed = await chat.reconnectToStream({ chatId: "chat" });
      assert.ok(resumed);
      assert.deepEqual(await read(resumed), answerOf(run));
      assert.equal(await chat.reconnectToStream({ chatId: "chat" }), null);
      assert.equal(await transport().reconnectToStream({ chatId: "chat" }), null);
    },
  },
  goneCase("run_gone"),
  goneCase("run_not_found"),
  {
    title: "reports any other failure to resume, and can try again",
    async run({ server, storage, transport }) {
      await server.runs(textRun("r"));
      await server.plan([{ error: { code: "forbidden", message: "No." } }]);
      storage.setItem(keyOf(server), JSON.stringify({ run: "r" }));
      await assert.rejects(transport().reconnectToStream({ chatId: "chat" }), { code: "forbidden" });
      assert.equal(storage.items.size, 1);
    },
  },
  {
    title: "keeps two chats apart, and two agents",
    async run({ server, transport }) {
      const [one, other] = [textRun("r"), textRun("s", 9)];
      await server.runs(one, other);
      await server.plan([{ send: [1, 4] }, "hold"], [{ send: [1, 4] }, "hold"]);
      const chat = transport();
      await read(await ask(chat, { chatId: "one" }), 2);
      await read(await ask(chat, { chatId: "other" }), 2);
      assert.equal(await transport({ name: "else" }).reconnectToStream({ chatId: "one" }), null);
      const after = transport();
      const [first, second] = [await after.reconnectToStream({ chatId: "other" }), await after.reconnectToStream({ chatId: "one" })];
      assert.ok(first && second);
      assert.deepEqual(await read(second), answerOf(one));
      assert.deepEqual(await read(first), answerOf(other));
      assert.equal(await after.reconnectToStream({ chatId: "chat" }), null);
    },
  },
  {
    title: "remembers the run that was started last, even when an earlier one of the chat ends after it",
    async run({ server, transport }) {
      const [one, other] = [textRun("r"), textRun("s", 9)];
      await server.runs(one, other);
      await server.plan(["rest"], [{ send: [1, 4] }, "hold"]);
      const chat = transport();
      const first = await ask(chat);
      await read(await ask(chat), 2);
      await read(first);
      const resumed = await transport().reconnectToStream({ chatId: "chat" });
      assert.ok(resumed);
      assert.deepEqual(await read(resumed), answerOf(other));
    },
  },
  {
    title: "puts the parts of a message before its tool's output in front of the answer to that output",
    async run({ server, transport }) {
      const run = textRun("r");
      await server.runs(run);
      await server.plan([{ send: [1, 4] }, "hold"], ["rest"]);
      const called: UIMessage = {
        id: "a1",
        role: "assistant",
        parts: [
          { type: "step-start" },
          { type: "tool-clock", toolCallId: "c", state: "output-available", input: { zone: "UTC" }, output: 12 },
        ],
      };
      await read(await ask(transport(), { messages: [question, called], messageId: "a1" }), 2);
      const resumed = await transport().reconnectToStream({ chatId: "chat" });
      assert.ok(resumed);
      assert.deepEqual(await read(resumed), [
        { type: "start", messageId: "a1" },
        { type: "start-step" },
        { type: "tool-input-start", toolCallId: "c", toolName: "clock" },
        { type: "tool-input-delta", toolCallId: "c", inputTextDelta: '{"zone":"UTC"}' },
        { type: "tool-output-available", toolCallId: "c", output: 12 },
        // One start for all of it.
        ...answerOf(run, "a1").slice(1),
      ]);
    },
  },
  {
    title: "gives a resumed answer to every chat with the same id, including the one that asked for it",
    async run({ server, storage, transport }) {
      const run = textRun("r");
      await server.runs(run);
      await server.plan([{ send: [1, 4] }, "hold"]);
      const chat = transport();
      const asked = await ask(chat);
      await read(asked, 3);
      const readers = Array.from({ length: 20 }, () =>
        chat.reconnectToStream({ chatId: "chat", abortSignal: new AbortController().signal }),
      );
      const answers = await Promise.all(
        readers.map(async (reader) => {
          const stream = await reader;
          return stream && read(stream);
        }),
      );
      assert.deepEqual(
        answers,
        answers.map(() => answerOf(run)),
      );
      assert.deepEqual(await server.cancelled(), []);
      assert.equal(storage.items.size, 0);
    },
  },
  {
    title: "does not disturb other chats with the same id when one of them resumes again",
    async run({ server, storage, transport }) {
      const run = textRun("r");
      await server.runs(run);
      storage.setItem(keyOf(server), JSON.stringify({ run: "r" }));
      const chat = transport();
      const signals = [new AbortController(), new AbortController(), new AbortController()];
      const [first, second] = signals.map(({ signal }) => chat.reconnectToStream({ chatId: "chat", abortSignal: signal }));
      signals[0]?.abort();
      const again = chat.reconnectToStream({ chatId: "chat" });
      assert.equal(await first, null);
      for (const reader of [second, again]) {
        const stream = await reader;
        assert.ok(stream);
        assert.deepEqual(await read(stream), answerOf(run));
      }
      assert.deepEqual(await server.cancelled(), []);
    },
  },
  {
    title: "abandons a resume when a new message is sent",
    async run({ server, storage, transport }) {
      const [old, next] = [textRun("r"), textRun("s")];
      // Starts take the scripted runs in order: the first is what the storage names.
      await server.runs(next, old);
      await server.plan(["hold"], ["rest"]);
      storage.setItem(keyOf(server), JSON.stringify({ run: "r" }));
      const chat = transport();
      const asked = server.askedAt(0);
      const waiting = chat.reconnectToStream({ chatId: "chat" });
      await asked;
      const stream = await ask(chat);
      assert.equal(await waiting, null);
      assert.deepEqual(await read(stream), answerOf(next));
      assert.deepEqual(await server.cancelled(), []);
    },
  },
  {
    title: "works without its storage, and says that it failed",
    async run({ server, transport }) {
      const run = textRun("r");
      await server.runs(run);
      const errors: TransportError[] = [];
      const chat = transport({ storage: { getItem: fail, setItem: fail, removeItem: fail }, onError: (error) => void errors.push(error) });
      assert.deepEqual(await read(await ask(chat)), answerOf(run));
      assert.equal(await chat.reconnectToStream({ chatId: "chat" }), null);
      assert.ok(errors.length >= 2);
      assert.ok(errors.every(({ code, cause }) => code === "storage_failed" && cause instanceof DOMException));
    },
  },
  {
    title: "comes back to nothing of a chat that has the same id at another host",
    async run({ server, storage, transport }) {
      await server.runs(textRun("r"));
      await server.plan([{ send: [1, 4] }, "hold"]);
      await read(await ask(transport()), 2);
      const elsewhere = transport({ url: "http://127.0.0.1:1" });
      assert.equal(await elsewhere.canResume("chat"), false);
      assert.equal(await elsewhere.reconnectToStream({ chatId: "chat" }), null);
      assert.deepEqual([...storage.items.keys()], [keyOf(server)]);
    },
  },
  {
    title: "resumes nothing when the storage holds an entry that it did not write",
    async run({ server, storage, transport }) {
      await server.runs(textRun("r"));
      for (const text of ["", "r", "null", "{}", '{"run":1}', "[]"]) {
        storage.setItem(keyOf(server), text);
        assert.equal(await transport().reconnectToStream({ chatId: "chat" }), null);
      }
      assert.equal((await server.asked()).length, 0);
    },
  },
];
