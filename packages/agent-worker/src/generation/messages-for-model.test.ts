import { tool, type FileUIPart, type UIMessage, type UIMessageChunk } from "ai";
import { MockLanguageModelV4 } from "ai/test";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { UNKNOWN_OUTCOME } from "../recovery/context.ts";
import type { Generation } from "../runs/generation.ts";
import { RequestError } from "../wire/errors.ts";
import { generateWith } from "./generate.ts";
import { NOTHING_SHOWN } from "./messages-for-model.ts";

type Part = UIMessage["parts"][number];
const text = (said: string): Part => ({ type: "text", text: said });
const user = (...parts: Part[]): UIMessage => ({ id: crypto.randomUUID(), role: "user", parts });
const assistant = (...parts: Part[]): UIMessage => ({ id: crypto.randomUUID(), role: "assistant", parts });
const file = (url: string): FileUIPart => ({ type: "file", mediaType: "image/png", url });
const next = user(text("And now?"));

/** What a model is asked, by the AI SDK's own conversion. It does not fetch what a URL leads to. */
async function asked(messages: readonly UIMessage[]): Promise<readonly { readonly role: string; readonly content: unknown }[]> {
  const model = new MockLanguageModelV4({
    supportedUrls: { "*/*": [/^https:/, /^gs:/] },
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
  const generation: Generation = {
    runId: "run",
    messages,
    clientTools: {},
    signal: new AbortController().signal,
    takeInputs: () => [],
    fail: ({ message }) => expect.fail(message),
  };
  const tools = { pay: tool({ inputSchema: z.object({}), needsApproval: true, execute: () => "Paid." }) };
  const chunks: UIMessageChunk[] = [];
  for await (const chunk of await generateWith(model, generation, { tools })) chunks.push(chunk);
  expect(chunks.at(-1)).toMatchObject({ type: "finish" });
  return model.doStreamCalls[0]!.prompt;
}
const usage = {
  inputTokens: { total: 0, noCache: 0, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 0, text: 0, reasoning: 0 },
};
const said = (text: string): object => ({ type: "text", text });

describe("a tool call that was approved, and of which nobody gave the output", () => {
  const approved: Part = {
    type: "tool-pay",
    toolCallId: "c",
    state: "approval-responded",
    input: {},
    approval: { id: "a", approved: true },
  };
  const unknown = { type: "tool-result", toolCallId: "c", output: { type: "error-text", value: UNKNOWN_OUTCOME } };

  it("is shown with an unknown outcome once a user has said something else", async () => {
    const prompt = await asked([user(text("Pay.")), assistant({ type: "step-start" }, approved), next]);
    expect(prompt).toMatchObject([
      { role: "user" },
      { role: "assistant", content: [{ type: "tool-call", toolCallId: "c" }] },
      { role: "tool", content: [unknown] },
      { role: "user", content: [said("And now?")] },
    ]);
  });

  it.each<[string, Part]>([
    ["in another step", { type: "step-start" }],
    ["to words that a user put in", { type: "steering-message", id: "s", parts: [{ type: "text", text: "Stop." }] }],
  ])("is shown with an unknown outcome once the answer went on %s", async (_how, between) => {
    const prompt = await asked([user(text("Pay.")), assistant({ type: "step-start" }, approved, between, text("Well."))]);
    expect(prompt).toContainEqual(expect.objectContaining({ role: "tool", content: [expect.objectContaining(unknown)] }));
  });

  it("runs where nothing was said behind it", async () => {
    const prompt = await asked([user(text("Pay.")), assistant({ type: "step-start" }, approved)]);
    expect(prompt.at(-1)).toMatchObject({ role: "tool", content: [{ toolCallId: "c", output: { type: "text", value: "Paid." } }] });
  });

  it("is shown as denied where it was denied", async () => {
    const denied = { ...approved, approval: { id: "a", approved: false } } as const;
    const prompt = await asked([user(text("Pay.")), assistant({ type: "step-start" }, denied), next]);
    expect(prompt[2]).toMatchObject({ role: "tool", content: [{ output: { type: "execution-denied" } }] });
  });
});

describe("a step of which a call is left out", () => {
  it("has no ids by which its provider would look for that call", async () => {
    const providerMetadata = { openai: { itemId: "rs_1" } };
    const reasoning: Part = { type: "reasoning", text: "hm", providerMetadata };
    const call: Part = { type: "tool-look", toolCallId: "c", state: "input-available", input: {} };
    const answer = assistant({ type: "step-start" }, reasoning, text("I look."), call, { type: "step-start" }, reasoning, text("Well."));
    const [, first, second] = await asked([user(text("Look.")), answer, next]);
    expect(first).toMatchObject({ role: "assistant", content: [{ type: "reasoning", providerOptions: undefined }, said("I look.")] });
    expect(second).toMatchObject({ role: "assistant", content: [{ type: "reasoning", providerOptions: providerMetadata }, said("Well.")] });
  });
});

describe("an answer that was cut short", () => {
  const thought: Part = { type: "reasoning", text: "hm", state: "streaming" };
  const half: Part = { type: "tool-pay", toolCallId: "c", state: "input-streaming", input: undefined };

  it("is shown without half a call, an unfinished thought and a text with no word", async () => {
    const begun: Part = { type: "text", text: "", state: "streaming" };
    const well: Part = { type: "text", text: "Well, ", state: "streaming" };
    const prompt = await asked([user(text("Pay.")), assistant({ type: "step-start" }, thought, well, half, begun), next]);
    expect(prompt.map(({ role, content }) => [role, content])).toMatchObject([
      ["user", [said("Pay.")]],
      ["assistant", [said("Well, ")]],
      ["user", [said("And now?")]],
    ]);
    expect(prompt[1]?.content).toHaveLength(1);
  });

  it("is not shown where nothing else was said", async () => {
    const prompt = await asked([user(text("Pay.")), assistant({ type: "step-start" }, thought, half), next]);
    expect(prompt.map(({ role }) => role)).toEqual(["user", "user"]);
  });
});

const wrong = [
  "",
  "a.png",
  "blob:https://example.com/1",
  "file:///a.png",
  "ftp://example.com/a.png",
  "s3://bucket/a.png",
  "data:image/png",
  "data:image/png;base64,%%%",
];
const right = [
  "https://example.com/a.png",
  "gs://bucket/a.png",
  "data:image/png;base64,iVBORw0KGgo=",
  "data:image/png;base64,",
  "data:;base64,_-8",
];

describe("a file whose URL is", () => {
  it.each(wrong)("%j fails the run that it is new to", async (url) => {
    const refused = await asked([user(text("Look."), file(url))]).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(RequestError);
    expect((refused as RequestError).body).toMatchObject({ code: "invalid_request" });
  });

  it.each(wrong)("%j is left out of the runs that follow", async (url) => {
    const reasoned: Part = { type: "reasoning-file", mediaType: "image/png", url };
    const answer = assistant(file(url), reasoned, text("Nice."));
    const steered = assistant(
      { type: "steering-message", id: "s", parts: [{ type: "text", text: "This one." }, file(url)] },
      text("Nice, too."),
    );
    const prompt = await asked([user(text("Look."), file(url)), answer, user(file(url)), steered, next]);
    expect(prompt).toMatchObject([
      { role: "user", content: [said("Look.")] },
      { role: "assistant", content: [said("Nice.")] },
      { role: "user", content: [said(NOTHING_SHOWN)] },
      { role: "user", content: [said("This one.")] },
      { role: "assistant", content: [said("Nice, too.")] },
      { role: "user", content: [said("And now?")] },
    ]);
  });

  it.each(right)("%j is shown, new and later", async (url) => {
    expect(await asked([user(file(url))])).toMatchObject([{ role: "user", content: [{ type: "file" }] }]);
    expect(await asked([user(file(url)), next])).toMatchObject([{ role: "user", content: [{ type: "file" }] }, { role: "user" }]);
  });

  it.each(["", "a.png"])("%j is shown where its provider has it by a reference", async (url) => {
    const known: Part = { type: "file", mediaType: "image/png", url, providerReference: { openai: "file-1" } };
    expect(await asked([user(known), next])).toMatchObject([
      { role: "user", content: [{ type: "file", data: { type: "reference", reference: { openai: "file-1" } } }] },
      { role: "user" },
    ]);
  });
});

describe("a message of the role system", () => {
  const told: UIMessage = { id: "s", role: "system", parts: [text("You are a pirate.")] };

  it("is left out", async () => {
    expect(await asked([told, next])).toMatchObject([{ role: "user", content: [said("And now?")] }]);
  });

  it("fails the run that it is new to", async () => {
    await expect(asked([next, told])).rejects.toMatchObject({ body: { code: "invalid_request" } });
  });
});
