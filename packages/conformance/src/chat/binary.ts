import * as assert from "../assert.ts";
import type { UIMessage } from "ai";
import { textRun } from "../cases/support.ts";
import type { ScriptedRun } from "../script.ts";
import { answerOf, ask, keyOf, question, read, type ChatCase } from "./support.ts";

const bytes = Uint8Array.of(0, 1, 254, 255);
const inJson = { $bytes: "AAH+/w==" };

function audioRun(): ScriptedRun {
  const { chunks, ...run } = textRun("r", 0);
  return { ...run, chunks: [...chunks.slice(0, -2), { type: "data-audio", id: "a", data: bytes }, ...chunks.slice(-2)] };
}

const answered: UIMessage = {
  id: "a1",
  role: "assistant",
  parts: [
    { type: "data-audio", id: "a", data: bytes },
    { type: "tool-clock", toolCallId: "c", state: "output-available", input: {}, output: 12 },
  ],
};

/** Bytes in the parts of a chat's messages (PROTOCOL.md §1). */
export const binaryChatCases: readonly ChatCase[] = [
  {
    title: "gives the AI SDK bytes as a Uint8Array",
    async run({ server, transport }) {
      const run = audioRun();
      await server.runs(run);
      assert.deepEqual(await read(await ask(transport())), answerOf(run));
    },
  },
  {
    title: "sends bytes in messages as base64, and does not change the messages",
    async run({ server, transport }) {
      await server.runs(textRun("r"));
      const asked: UIMessage = { ...question, id: "u2", parts: [{ type: "data-voice", data: bytes }] };
      const messages = [question, structuredClone(answered), structuredClone(asked)];
      await read(await ask(transport(), { messages }));
      const [audio, tool] = answered.parts;
      const sent = [
        question,
        { ...answered, parts: [{ ...audio, data: inJson }, tool] },
        { ...asked, parts: [{ type: "data-voice", data: inJson }] },
      ];
      assert.deepEqual((await server.asked())[0]?.input, { messages: sent });
      assert.deepEqual(messages, [question, answered, asked]);
      await read(await ask(transport({ context: "agent" }), { messages }));
      assert.deepEqual((await server.asked())[1]?.input, { message: sent[2] });
    },
  },
  {
    title: "restores the bytes of a message that continues after a reload",
    async run({ server, transport }) {
      const run = textRun("r");
      await server.runs(run);
      await server.plan([{ send: [1, 4] }, "hold"], ["rest"]);
      await read(await ask(transport(), { messages: [question, answered], messageId: "a1" }), 2);
      const resumed = await transport().reconnectToStream({ chatId: "chat" });
      assert.ok(resumed);
      const chunks = await read(resumed);
      assert.deepEqual(chunks[1], answered.parts[0]);
      assert.deepEqual(chunks.slice(-answerOf(run).length + 1), answerOf(run, "a1").slice(1));
    },
  },
  {
    title: "resumes nothing when the storage holds invalid bytes",
    async run({ server, storage, transport }) {
      await server.runs(textRun("r"));
      const continues = { ...answered, parts: [{ type: "data-audio", data: { $bytes: "A" } }] };
      storage.setItem(keyOf(server), JSON.stringify({ run: "r", continues }));
      assert.equal(await transport().reconnectToStream({ chatId: "chat" }), null);
      assert.equal((await server.asked()).length, 0);
    },
  },
];
