import { createOpenAI } from "@ai-sdk/openai";
import { jsonSchema, streamText, tool } from "ai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startProvider, type ScriptedProvider } from "./provider.ts";
import { replyMarker } from "./reply-asked.ts";
import type { Reply } from "./reply.ts";
import { tokenIndices, tokenText } from "./tokens.ts";

let provider: ScriptedProvider;
beforeAll(async () => {
  provider = await startProvider();
});
afterAll(() => provider.close());

const tokens = Array.from({ length: 20 }, (_, index) => tokenText(index, () => 0.3));
const reply: Reply = { tokens, dueMs: tokens.map((_, index) => index * 2) };
let ids = 0;

function ask(api: "chat" | "responses", script: Reply, abortSignal?: AbortSignal) {
  const id = `t${(ids += 1)}`;
  provider.addReply(id, script);
  const openai = createOpenAI({ apiKey: "k", baseURL: provider.baseUrl });
  const result = streamText({
    model: openai[api]("gpt-4o"),
    prompt: `An older ${replyMarker("older")}, and ${replyMarker(id)}`,
    tools: { lookup: tool({ inputSchema: jsonSchema<{ page: number }>({ type: "object" }) }) },
    maxRetries: 0,
    onError: () => undefined,
    ...(abortSignal === undefined ? {} : { abortSignal }),
  });
  return { id, result };
}

describe.each(["chat", "responses"] as const)("the scripted provider, as @ai-sdk/openai reads its %s API", (api) => {
  it("sends each token as one delta, stamped, and none before it is due", async () => {
    const { id, result } = ask(api, reply);
    const deltas: string[] = [];
    for await (const part of result.stream) if (part.type === "text-delta") deltas.push(part.text);
    expect(deltas).toEqual(tokens);
    const sent = await provider.whenFinished(id);
    expect(sent.outcome).toBe("finished");
    expect(sent.sentAt).toHaveLength(tokens.length);
    for (const [index, at] of sent.sentAt.entries()) expect(at - sent.dueAt[index]!).toBeGreaterThan(-0.6);
  });

  it("counts its times from its start signal", async () => {
    const begun = Promise.withResolvers<void>();
    const { id, result } = ask(api, { ...reply, begin: begun.promise });
    const text = result.text;
    const seen = await expect
      .poll(() => provider.sent(id), { interval: 5 })
      .toBeDefined()
      .then(() => performance.now());
    expect(provider.sent(id)?.sentAt).toEqual([]);
    begun.resolve();
    expect(await text).toBe(tokens.join(""));
    expect(provider.sent(id)?.dueAt[0]).toBeGreaterThanOrEqual(seen);
  });

  it("says its last token when it may", async () => {
    const ended = Promise.withResolvers<void>();
    const { id, result } = ask(api, { ...reply, end: ended.promise });
    const text = result.text;
    await expect.poll(() => provider.sent(id)?.sentAt.length, { interval: 5 }).toBe(tokens.length - 1);
    const told = performance.now();
    expect(told).toBeGreaterThan(provider.sent(id)?.dueAt.at(-2) ?? Infinity);
    ended.resolve();
    expect(await text).toBe(tokens.join(""));
    expect(provider.sent(id)?.sentAt.at(-1)).toBeGreaterThanOrEqual(told);
  });

  it("calls a tool", async () => {
    const { result } = ask(api, { ...reply, toolCall: { name: "lookup", arguments: { page: 3 } } });
    expect(await result.finishReason).toBe("tool-calls");
    expect((await result.toolCalls).map(({ toolName, input }) => ({ toolName, input }))).toEqual([
      { toolName: "lookup", input: { page: 3 } },
    ]);
  });

  it("fails with the scripted status", async () => {
    const { id, result } = ask(api, { ...reply, failure: { status: 429, message: "Too many." } });
    const errors: unknown[] = [];
    for await (const part of result.stream) if (part.type === "error") errors.push(part.error);
    expect(errors).toMatchObject([{ statusCode: 429 }]);
    expect(provider.sent(id)?.outcome).toBe("failed");
  });

  it("breaks off after the scripted number of tokens", async () => {
    const { id, result } = ask(api, { ...reply, failure: { breakAfterTokens: 4 } });
    let deltas = 0;
    const reading = (async () => {
      for await (const part of result.stream) {
        if (part.type === "text-delta") deltas += 1;
        if (part.type === "error") throw part.error;
      }
    })();
    await expect(reading).rejects.toThrow(/terminated|process successful response|network|socket|closed/i);
    expect(deltas).toBeLessThanOrEqual(4);
    expect((await provider.whenFinished(id)).outcome).toBe("broken");
  });

  it("stops when its reader leaves", async () => {
    const abort = new AbortController();
    const { id, result } = ask(api, { tokens, dueMs: tokens.map((_, index) => index * 10_000) }, abort.signal);
    for await (const part of result.stream) if (part.type === "text-delta") abort.abort();
    const sent = await provider.whenFinished(id);
    expect(sent.outcome).toBe("disconnected");
    expect(sent.sentAt.length).toBeLessThan(3);
  });
});

describe("the scripted provider", () => {
  it.each([
    ["no marker", '{"stream":true}', 400],
    ["an unknown marker", `{"stream":true,"messages":"${replyMarker("unknown")}"}`, 400],
    ["no streaming", '{"stream":false}', 400],
    ["no JSON", "{", 400],
  ])("refuses a request with %s in OpenAI's error format", async (_what, body, status) => {
    const response = await fetch(`${provider.baseUrl}/chat/completions`, { method: "POST", body });
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error: { type: "invalid_request_error" } });
  });

  it("answers 404 for other paths, and refuses a script whose times do not match its tokens", async () => {
    expect((await fetch(`${provider.baseUrl}/models`)).status).toBe(404);
    expect(() => provider.addReply("x", { tokens, dueMs: [] })).toThrow(RangeError);
  });

  it("tells each token's index from its text", () => {
    for (const index of [0, 7, 12_345]) expect(tokenIndices(tokenText(index, Math.random))).toEqual([index]);
    expect(tokenIndices(tokenText(3, Math.random) + tokenText(4, Math.random))).toEqual([3, 4]);
    expect(tokenIndices("w1 the")).toEqual([]);
    expect(tokenIndices("w1 the lost w2 as ")).toEqual([]);
    expect(tokenIndices("hello")).toEqual([]);
  });
});
