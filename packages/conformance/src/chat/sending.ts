import * as assert from "../assert.ts";
import type { TransportError } from "@agent-transports/client-core";
import type { UIMessage } from "ai";
import { quick, rejection, textRun } from "../cases/support.ts";
import type { ScriptedRun } from "../script.ts";
import { answerOf, ask, keyOf, question, read, readInStep, type ChatCase } from "./support.ts";

const tools = { clock: { inputSchema: { type: "object" } } };

/** An answer whose tool call the application has carried out, beside one that the agent carried out itself. */
const called: UIMessage = {
  id: "a1",
  role: "assistant",
  parts: [
    { type: "step-start" },
    { type: "tool-weather", toolCallId: "c0", state: "output-available", input: {}, output: "an earlier step's" },
    { type: "step-start" },
    { type: "tool-order", toolCallId: "c1", state: "output-available", input: {}, output: "the agent's" },
    { type: "tool-clock", toolCallId: "c2", state: "output-available", input: {}, output: { now: 12 } },
    { type: "tool-door", toolCallId: "c3", state: "output-error", input: {}, errorText: "It is locked." },
    { type: "tool-lamp", toolCallId: "c4", state: "input-available", input: {} },
  ],
};

function failedRun(state: "failed" | "interrupted"): ScriptedRun {
  return {
    id: "r",
    epoch: "ep",
    chunks: [
      { type: "start", messageId: "m" },
      { type: "text-start", id: "0" },
      { type: "error", errorText: "The model provider answered 500." },
      {
        type: "data-run-end",
        data: { state, error: { code: "model_error", message: "The model provider answered 500.", status: 500 } },
        transient: true,
      },
    ],
  };
}

function failedCase(state: "failed" | "interrupted"): ChatCase {
  return {
    title: `ends with the failure of a run that was ${state}, after all earlier events, and has nothing to resume`,
    async run({ server, storage, transport }) {
      await server.runs(failedRun(state));
      const stream = await ask(transport());
      assert.deepEqual(await read(stream, 2), [
        { type: "start", messageId: "m" },
        { type: "text-start", id: "0" },
      ]);
      const error = await rejection(read(stream));
      assert.deepEqual([error.code, error.message, error.status], ["model_error", "The model provider answered 500.", 500]);
      assert.equal(storage.items.size, 0);
    },
  };
}

function retriedCase(context: "client" | "agent"): ChatCase {
  return {
    title: `repeats a failed start under the same key, and joins the run that it created, when the ${context} keeps the context`,
    async run({ server, transport }) {
      const run = textRun("r");
      await server.runs(run, textRun("s"));
      await server.plan([{ error: { code: "forbidden", message: "No." } }]);
      const chat = transport({ context });
      assert.equal((await rejection(ask(chat))).code, "forbidden");
      const retried = await ask(chat, { trigger: "regenerate-message" });
      assert.deepEqual(await read(retried), answerOf(run));
      await read(await ask(chat, { messages: [{ ...question, id: "u2" }] }));
      const [first, second, third] = await server.asked();
      assert.deepEqual([second?.key, second?.input], [first?.key, first?.input]);
      assert.ok(third?.key !== first?.key);
    },
  };
}

/** What a chat sends, and how its answers come. */
export const sendingCases: readonly ChatCase[] = [
  {
    title: "starts a run with all messages, and reads it to its end into a message with an id",
    async run({ server, storage, transport }) {
      const run = textRun("r");
      await server.runs(run);
      const stream = await ask(transport({ tools }), { messages: [question, called] });
      assert.deepEqual([...storage.items.keys()], [keyOf(server)]);
      assert.deepEqual(await read(stream), answerOf(run, "a1"));
      assert.deepEqual((await server.asked())[0]?.input, { messages: [question, called], tools });
      assert.equal(storage.items.size, 0);
    },
  },
  {
    title: "leaves out an answer without parts, whose run ended before its first word",
    async run({ server, transport }) {
      await server.runs(textRun("r"));
      const next: UIMessage = { ...question, id: "u2" };
      await read(await ask(transport(), { messages: [question, { id: "a0", role: "assistant", parts: [] }, next] }));
      assert.deepEqual((await server.asked())[0]?.input, { messages: [question, next] });
    },
  },
  {
    title: "keeps the message id that the agent gives, and creates one when the run has no start chunk",
    async run({ server, transport }) {
      const withId: ScriptedRun = { ...textRun("r"), chunks: [{ type: "start", messageId: "m" }, ...textRun("r").chunks.slice(1)] };
      const without: ScriptedRun = { ...textRun("s"), chunks: textRun("s").chunks.slice(1) };
      await server.runs(withId, without);
      const chat = transport();
      assert.deepEqual(await read(await ask(chat)), answerOf(withId, "m"));
      assert.deepEqual(await read(await ask(chat)), [{ type: "start", messageId: "s" }, ...answerOf(without)]);
    },
  },
  {
    title: "hides a lost connection from its application",
    async run({ server, transport }) {
      const run = textRun("r");
      await server.runs(run);
      await server.plan([{ send: [1, 4] }, { cut: "reset" }], [{ send: [3, 6] }, { cut: "clean" }], ["rest"]);
      assert.deepEqual(await read(await ask(transport(quick))), answerOf(run));
    },
  },
  {
    title: "rejects with the refusal of a start",
    async run({ server, storage, transport }) {
      await server.runs(textRun("r"));
      await server.plan([{ error: { code: "forbidden", message: "No." } }]);
      const error = await rejection(ask(transport()));
      assert.deepEqual([error.code, error.message], ["forbidden", "No."]);
      assert.equal(storage.items.size, 0);
    },
  },
  retriedCase("client"),
  retriedCase("agent"),
  failedCase("failed"),
  failedCase("interrupted"),
  {
    title: "ends with the client's error when it gives up the connection, and can resume the run later",
    async run({ server, storage, transport }) {
      const run = textRun("r");
      await server.runs(run);
      await server.plan([{ send: [1, 3] }, "wait", { cut: "reset" }], [{ refuse: 403 }]);
      const chat = transport(quick);
      const error = await rejection(ask(chat).then((stream) => readInStep(server, stream, 3)));
      assert.equal((error.status ?? 0) % 4000, 403);
      assert.equal(storage.items.size, 1);
      const again = await chat.reconnectToStream({ chatId: "chat" });
      assert.ok(again);
      assert.deepEqual(await read(again), answerOf(run));
    },
  },
  {
    title: "sends only the new message to an agent that keeps the conversation",
    async run({ server, transport }) {
      await server.runs(textRun("r"));
      const next: UIMessage = { id: "u2", role: "user", parts: [{ type: "text", text: "And now?" }] };
      await read(await ask(transport({ context: "agent" }), { messages: [question, called, next] }));
      assert.deepEqual((await server.asked())[0]?.input, { message: next });
    },
  },
  {
    title: "sends only the tool outputs of the last step",
    async run({ server, transport }) {
      const first: ScriptedRun = {
        id: "r",
        epoch: "ep",
        chunks: [
          { type: "start", messageId: "a1" },
          { type: "tool-output-available", toolCallId: "c1", output: "the agent's" },
          { type: "data-run-end", data: { state: "finished" }, transient: true },
        ],
      };
      await server.runs(first, textRun("s"));
      const chat = transport({ context: "agent", tools });
      await read(await ask(chat));
      await read(await ask(chat, { messages: [question, called], messageId: "a1" }));
      const toolOutputs = [
        { toolCallId: "c2", output: { now: 12 } },
        { toolCallId: "c3", errorText: "It is locked." },
      ];
      assert.deepEqual((await server.asked())[1]?.input, { toolOutputs, tools });
    },
  },
  {
    title: "names what it cannot express, and sends no request",
    async run({ server, transport }) {
      await server.runs(textRun("r"));
      const chat = transport({ context: "agent" });
      const errors: TransportError[] = [
        await rejection(ask(chat, { trigger: "regenerate-message", messageId: "a1" })),
        await rejection(ask(chat, { messageId: "u1" })),
        await rejection(ask(chat, { messages: [question, { ...called, parts: [{ type: "text", text: "Well." }] }] })),
        await rejection(ask(chat, { headers: { "X-Mine": "1" } })),
        await rejection(ask(chat, { body: { mine: 1 } })),
      ];
      assert.deepEqual(
        errors.map(({ code }) => code),
        errors.map(() => "invalid_option"),
      );
      assert.equal((await server.asked()).length, 0);
    },
  },
];
