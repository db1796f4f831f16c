import { createOpenAI } from "@ai-sdk/openai";
import { jsonSchema, stepCountIs, streamText, tool } from "ai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startProvider, type ScriptedProvider } from "./provider.ts";
import { replyOf, type ReplySource } from "./reply.ts";
import { afterToolOutputs, replyMarker } from "./reply-asked.ts";

let provider: ScriptedProvider;
beforeAll(async () => {
  provider = await startProvider();
});
afterAll(() => provider.close());

let ids = 0;
const freshId = (): string => `p${(ids += 1)}`;

/** All steps of a turn, whose tool answers by its page. */
function turn(api: "chat" | "responses", prompt: string, output: (page: number) => string = (page) => `Page ${page}.`) {
  return streamText({
    model: createOpenAI({ apiKey: "k", baseURL: provider.baseUrl })[api]("gpt-4o"),
    prompt,
    tools: {
      lookup: tool({ inputSchema: jsonSchema<{ page: number }>({ type: "object" }), execute: ({ page }) => output(page) }),
    },
    stopWhen: stepCountIs(4),
    maxRetries: 0,
    onError: () => undefined,
  });
}

const call = (page: number) => ({ type: "call", name: "lookup", tokens: ['{"pa', 'ge":', `${page}}`] }) as const;

describe.each(["chat", "responses"] as const)("a reply of parts, as @ai-sdk/openai reads the %s API", (api) => {
  it("has reasoning, texts and calls in their order, a delta for each token", async () => {
    const id = freshId();
    provider.addReply(
      id,
      replyOf([{ type: "reasoning", tokens: ["Pages ", "first."] }, { type: "text", tokens: ["I ", "look."] }, call(3), call(4)]),
    );
    provider.addReply(afterToolOutputs(id, 1), replyOf([{ type: "text", tokens: ["Not asked for."] }]));
    provider.addReply(afterToolOutputs(id, 2), replyOf([{ type: "text", tokens: ["Found ", "both."] }]));
    const parts: string[] = [];
    for await (const part of turn(api, replyMarker(id)).stream) {
      if (part.type === "reasoning-delta" || part.type === "text-delta") parts.push(`${part.type} ${part.text}`);
      if (part.type === "tool-input-delta" && part.delta !== "") parts.push(`${part.type} ${part.delta}`);
      if (part.type === "tool-call") parts.push(`${part.type} ${JSON.stringify(part.input)}`);
    }
    const deltas = (page: number): string[] => call(page).tokens.map((delta) => `tool-input-delta ${delta}`);
    expect(parts.filter((part) => !part.startsWith("tool-call"))).toEqual([
      // Chat completions have no reasoning that @ai-sdk/openai would read.
      ...(api === "chat" ? [] : ["reasoning-delta Pages ", "reasoning-delta first."]),
      "text-delta I ",
      "text-delta look.",
      ...deltas(3),
      ...deltas(4),
      "text-delta Found ",
      "text-delta both.",
    ]);
    expect(parts.filter((part) => part.startsWith("tool-call"))).toEqual(['tool-call {"page":3}', 'tool-call {"page":4}']);
    expect(provider.allSent(afterToolOutputs(id, 2))).toHaveLength(1);
    expect(provider.sent(afterToolOutputs(id, 1))).toBeUndefined();
  });

  it("is chosen by the outputs behind the marker, and by the last marker where an output has one", async () => {
    const [id, other] = [freshId(), freshId()];
    provider.addReply(id, replyOf([call(1)]));
    provider.addReply(afterToolOutputs(id, 1), replyOf([call(2)]));
    provider.addReply(other, replyOf([{ type: "text", tokens: ["The other."] }]));
    const result = turn(api, replyMarker(id), (page) => (page === 1 ? "Page 1." : replyMarker(other)));
    const steps = await result.steps;
    expect(steps.map(({ text, toolCalls }) => (toolCalls.length === 0 ? text : toolCalls[0]?.input))).toEqual([
      { page: 1 },
      { page: 2 },
      "The other.",
    ]);
    const callIds = steps.flatMap(({ toolCalls }) => toolCalls.map(({ toolCallId }) => toolCallId));
    expect(new Set(callIds).size).toBe(callIds.length);
  });

  it("may be made of the request", async () => {
    const id = freshId();
    const echo: ReplySource = (request) =>
      replyOf([{ type: "text", tokens: [JSON.stringify(request).includes("partial") ? "on" : "new"] }]);
    provider.addReply(id, echo);
    expect(await turn(api, `partial ${replyMarker(id)}`).text).toBe("on");
    expect(await turn(api, replyMarker(id)).text).toBe("new");
  });

  it("that cannot be made of the request is refused by its name", async () => {
    const id = freshId();
    provider.addReply(id, () => ({ tokens: ["a"], dueMs: [] }));
    const errors: unknown[] = [];
    for await (const part of turn(api, replyMarker(id)).stream) if (part.type === "error") errors.push(part.error);
    expect(errors).toMatchObject([{ statusCode: 400, message: expect.stringContaining(`Reply ${id} has 1 tokens and 0 times`) }]);
  });
});

it("refuses a reply whose parts have not its tokens", () => {
  expect(() => provider.addReply("x", { tokens: ["a"], dueMs: [0], parts: [] })).toThrow(/Reply x has 1 tokens and 0 in its parts/);
});
