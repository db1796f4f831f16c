/** What a model is asked after an answer that was cut short: by the conversion of the AI SDK, and by OpenAI's of that. */
import { createOpenAI } from "@ai-sdk/openai";
import { tool, type LanguageModel, type UIMessage, type UIMessageChunk } from "ai";
import { MockLanguageModelV4 } from "ai/test";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { search as searched } from "../../test/recovery/conversations.ts";
import { shown as read } from "../../test/recovery/lives.ts";
import { UNKNOWN_OUTCOME } from "../recovery/context.ts";
import { DROPPED_CALL } from "../recovery/partial-answer.ts";
import { generateWith } from "./generate.ts";

type Part = UIMessage["parts"][number];
const begin: Part = { type: "step-start" };
const named = (itemId: string): { providerMetadata: { openai: { itemId: string } } } => ({ providerMetadata: { openai: { itemId } } });
const thought = (id: string): Part => ({ type: "reasoning", text: "hm", state: "done", ...named(id) });
const signed: Part = { type: "reasoning", text: "hm", state: "done", providerMetadata: { anthropic: { signature: "s" } } };
const text = (said: string, state: "streaming" | "done", id?: string): Part => ({
  type: "text",
  text: said,
  state,
  ...(id === undefined ? {} : named(id)),
});
const search = (toolCallId: string): Part => ({
  type: "tool-web_search",
  toolCallId,
  state: "output-available",
  input: {},
  output: {},
  providerExecuted: true,
});
const pay = { type: "tool-pay", toolCallId: "c", input: {}, callProviderMetadata: { openai: { itemId: "fc_1" } } } as const;
const look = { ...pay, type: "tool-look" } as const;
const asks = (said: string): UIMessage => ({ id: said, role: "user", parts: [{ type: "text", text: said }] });

/** An answer, and the user's next words. */
const after = (...parts: Part[]): UIMessage[] => [asks("Hello"), { id: "a", role: "assistant", parts: [begin, ...parts] }, asks("Go on.")];

async function ask(model: LanguageModel, messages: readonly UIMessage[]): Promise<void> {
  const tools = { pay: tool({ inputSchema: z.object({}), execute: () => "Paid." }) };
  const chunks: UIMessageChunk[] = [];
  const generation = {
    runId: "run",
    messages,
    clientTools: { look: { inputSchema: {} } },
    signal: new AbortController().signal,
    takeInputs: () => [],
    fail: ({ message }: { readonly message: string }) => expect.fail(message),
  };
  for await (const chunk of await generateWith(model, generation, { tools })) chunks.push(chunk);
  expect(chunks.at(-1)).toMatchObject({ type: "finish" });
}

const usage = {
  inputTokens: { total: 0, noCache: 0, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 0, text: 0, reasoning: 0 },
};

/** What any model is shown of an answer. */
async function shown(...parts: Part[]): Promise<readonly unknown[]> {
  const model = new MockLanguageModelV4({
    doStream: async () => ({
      stream: new ReadableStream({
        start: (controller) => {
          controller.enqueue({ type: "stream-start", warnings: [] });
          controller.enqueue({ type: "finish", finishReason: { unified: "stop", raw: "stop" }, usage });
          controller.close();
        },
      }),
    }),
  });
  await ask(model, after(...parts));
  return model.doStreamCalls[0]!.prompt.slice(1, -1);
}

const COMPLETED = [
  { type: "response.created", response: { id: "resp_1", created_at: 1, model: "gpt-5" } },
  { type: "response.completed", response: { id: "resp_1", created_at: 1, model: "gpt-5", usage: { input_tokens: 1, output_tokens: 1 } } },
];

/** What OpenAI is to look up for an answer, by id. */
async function lookedUp(...parts: Part[]): Promise<readonly unknown[]> {
  const bodies: { readonly input: readonly { readonly type?: string; readonly id?: string }[] }[] = [];
  const openai = createOpenAI({
    apiKey: "k",
    fetch: async (_url, init) => {
      bodies.push(JSON.parse(typeof init?.body === "string" ? init.body : "") as (typeof bodies)[number]);
      return new Response(COMPLETED.map((event) => `data: ${JSON.stringify(event)}\n\n`).join(""), {
        headers: { "Content-Type": "text/event-stream" },
      });
    },
  });
  await ask(openai("gpt-5"), after(...parts));
  return bodies[0]!.input.flatMap(({ type, id }) => (type === "item_reference" ? [id] : []));
}

describe("OpenAI is asked for nothing of a step that was broken off", () => {
  it.each<[string, Part[]]>([
    ["in its text", [thought("rs_1"), text("So", "streaming", "msg_1")]],
    ["in its second text", [thought("rs_1"), text("So", "done", "msg_1"), text("and", "streaming", "msg_2")]],
    ["in a text with no word", [thought("rs_1"), text("", "streaming", "msg_1")]],
    ["in a thought", [text("So", "done", "msg_1"), { type: "reasoning", text: "hm", state: "streaming", ...named("rs_1") }]],
    ["behind a thought", [text("So", "done", "msg_1"), thought("rs_1")]],
    ["in a call", [thought("rs_1"), { ...look, state: "input-streaming", input: undefined }]],
    ["while a client's tool ran", [thought("rs_1"), { ...look, state: "input-available" }]],
    ["while a tool of the agent's ran", [thought("rs_1"), { ...pay, state: "input-available" }]],
    ["in its text, behind a call of its own tool", [thought("rs_1"), search("ws_1"), text("So", "streaming", "msg_1")]],
    ["in a thought, behind a call of its own tool", [search("ws_1"), { type: "reasoning", text: "hm", state: "streaming" }]],
    [
      "in a call of its own tool, as readers were told",
      [thought("rs_1"), { ...search("ws_1"), state: "output-error", errorText: DROPPED_CALL } as Part],
    ],
    [
      "and that another response went on with",
      [thought("rs_1"), search("ws_1"), { ...text("So it is.", "done"), providerMetadata: {} } as Part],
    ],
  ])("%s", async (_where, parts) => {
    expect(await lookedUp(...parts)).toEqual([]);
  });

  // As a browser has it.
  it.each<[string, UIMessageChunk[]]>([
    ["cancelled", [{ type: "abort" }]],
    [
      "ended by another response",
      [
        { type: "data-resumed", data: { way: "continued", after: null, attempt: 1 }, transient: true },
        { type: "text-delta", id: "0", delta: " it is." },
        { type: "text-end", id: "0", providerMetadata: {} },
        { type: "finish-step" },
        { type: "finish" },
      ],
    ],
  ])("as the AI SDK's reader has it, where it was %s", async (_how, end) => {
    const message = await read([
      { type: "start" },
      { type: "start-step" },
      { type: "reasoning-start", id: "r", ...named("rs_1") },
      { type: "reasoning-end", id: "r", ...named("rs_1") },
      ...searched("ws_1"),
      { type: "text-start", id: "0", ...named("msg_1") },
      { type: "text-delta", id: "0", delta: "So" },
      ...end,
    ]);
    expect(JSON.stringify(message)).toMatch(/rs_1.*ws_1.*So/);
    expect(await lookedUp(...(message?.parts ?? []))).toEqual([]);
  });

  it.each<[string, Part]>([
    ["its client", { ...look, state: "input-available" }],
    ["a person", { ...look, state: "approval-requested", approval: { id: "a" } }],
  ])("but one that ended, in which a call waits for %s, keeps what the provider's own tools gave", async (_whom, call) => {
    expect(await lookedUp(thought("rs_1"), search("ws_1"), call)).toEqual(["ws_1"]);
  });

  it("and for all of those that ended", async () => {
    const ended = [thought("rs_1"), search("ws_1"), text("So", "done", "msg_1")];
    expect(await lookedUp(...ended, begin, thought("rs_2"), text("And", "streaming", "msg_2"))).toEqual(["rs_1", "ws_1", "msg_1"]);
  });
});

describe("reasoning behind which its step has no text, call or file", () => {
  it.each<[string, Part[]]>([
    ["alone", [signed]],
    ["before a call that is left out", [signed, { ...look, state: "input-available" }]],
    ["before a call of its provider's that is left out", [signed, { ...search("s"), state: "input-available", output: undefined } as Part]],
    ["before a text with no word", [signed, text("", "streaming")]],
    [
      "before parts of the application's",
      [signed, { type: "data-sound", data: 1 }, { type: "source-url", sourceId: "1", url: "https://a.example" }],
    ],
  ])("is not shown: %s", async (_where, parts) => {
    expect(await shown(...parts)).toEqual([]);
  });

  it.each<[string, Part[]]>([
    ["another step", [begin]],
    ["a user's words", [{ type: "steering-message", id: "s", parts: [{ type: "text", text: "Stop." }] }]],
  ])("is not shown before %s", async (_what, between) => {
    const messages = await shown(text("So", "done"), signed, ...between, signed, text("And", "done"));
    expect(messages[0]).toMatchObject({ role: "assistant", content: [{ type: "text", text: "So" }] });
    expect(messages.at(-1)).toMatchObject({ role: "assistant", content: [{ type: "reasoning" }, { type: "text", text: "And" }] });
  });

  it("is shown before a call that has its output", async () => {
    const messages = await shown(signed, { ...look, state: "output-available", output: 2 });
    expect(messages[0]).toMatchObject({ content: [{ type: "reasoning" }, { type: "tool-call" }] });
  });
});

describe("a call that has no output", () => {
  it.each<[string, Part]>([
    ["of which nothing came", { ...pay, state: "input-available" }],
    ["that gave something before its end", { ...pay, state: "output-available", output: "Paying …", preliminary: true }],
  ])("is shown with an unknown outcome where the agent runs its tool: %s", async (_what, call) => {
    expect(await shown(text("I pay now.", "done"), call)).toMatchObject([
      { role: "assistant", content: [{ type: "text" }, { type: "tool-call", toolCallId: "c" }] },
      { role: "tool", content: [{ toolCallId: "c", output: { type: "error-text", value: UNKNOWN_OUTCOME } }] },
    ]);
  });

  it("has one where it gave it bit by bit, and another step followed, as an earlier version kept it", async () => {
    const given: Part = { ...pay, state: "output-available", output: { paid: 5 }, preliminary: true };
    expect(await shown(given, begin, text("Paid.", "done"))).toMatchObject([
      { role: "assistant", content: [{ type: "tool-call", toolCallId: "c" }] },
      { role: "tool", content: [{ toolCallId: "c", output: { type: "json", value: { paid: 5 } } }] },
      { role: "assistant", content: [{ type: "text", text: "Paid." }] },
    ]);
  });

  it.each<[string, Part]>([
    ["the client runs its tool", { ...look, state: "input-available" }],
    ["nobody has its tool any more", { ...pay, type: "tool-toString", state: "input-available" }],
    ["its input is half written", { ...pay, state: "input-streaming", input: undefined }],
    ["readers were told that the model is asked for it anew", { ...pay, state: "output-error", input: '{"at', errorText: DROPPED_CALL }],
  ])("is not shown where %s", async (_what, call) => {
    expect(await shown(text("I look.", "done"), call)).toMatchObject([{ role: "assistant", content: [{ type: "text", text: "I look." }] }]);
  });
});
