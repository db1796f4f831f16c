import { generateText, isStepCount, jsonSchema, streamText, tool } from "ai";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { createScriptedModel } from "./scripted-model.ts";

const model = createScriptedModel({ tokensPerSecond: 10_000, seed: 1 });
const orderStatus = tool({
  description: "Where an order is.",
  inputSchema: z.object({ order: z.string() }),
  execute: ({ order }) => ({ order, status: "on its way" }),
});

describe("the scripted model", () => {
  it("calls a tool that the prompt mentions, once, and writes its output", async () => {
    const result = streamText({ model, prompt: "Where is order A7?", tools: { orderStatus }, stopWhen: isStepCount(5) });
    await result.consumeStream();
    const steps = await result.steps;
    expect(steps.map(({ toolCalls, text }) => ({ inputs: toolCalls.map(({ input }) => input), text }))).toEqual([
      { inputs: [{ order: "A7" }], text: "" },
      { inputs: [], text: "The tool orderStatus gave order: A7, status: on its way." },
    ]);
  });

  it("writes prose when the prompt mentions no tool, the same as without tools", async () => {
    const prompt = "Write me a Cloudflare Worker";
    const { text, toolCalls } = await generateText({ model, prompt, tools: { orderStatus } });
    expect({ text, toolCalls }).toEqual({ text: (await generateText({ model, prompt })).text, toolCalls: [] });
    expect(text.split(" ").length).toBeGreaterThan(20);
  });

  it("writes as many words as the prompt asks for, the same ones each time", async () => {
    const prompt = "Explain streams.\nWrite 137 words at 2000 tokens/s.";
    const { text } = await generateText({ model, prompt });
    expect(text.trim().split(/\s+/)).toHaveLength(137);
    expect((await generateText({ model, prompt })).text).toBe(text);
  });

  it("writes at the rate that the prompt asks for, and not at its own", async () => {
    const slow = createScriptedModel({ tokensPerSecond: 0.001, seed: 1 });
    const result = streamText({ model: slow, prompt: "Write 20 words at 1000 tokens/s." });
    expect((await result.text).trim().split(/\s+/)).toHaveLength(20);
  });

  it("takes the last length and rate that the prompt names", async () => {
    const slow = createScriptedModel({ tokensPerSecond: 0.001, seed: 1 });
    const prompt = "Why do 500 words at 1 tokens/s bore people?\nWrite 20 words at 1000 tokens/s.";
    const { text } = streamText({ model: slow, prompt });
    expect((await text).trim().split(/\s+/)).toHaveLength(20);
  });

  it("writes no more than 20,000 words", async () => {
    const { text } = await generateText({ model, prompt: "Write 999999 words." });
    expect(text.trim().split(/\s+/)).toHaveLength(20_000);
  });

  it("chooses the tool with the most words in common with the prompt", async () => {
    const refund = tool({
      description: "Gives the money of an order back.",
      inputSchema: z.object({ order: z.string() }),
      execute: () => "refunded",
    });
    const result = await generateText({ model, prompt: "Money back for order B2, please", tools: { orderStatus, refund } });
    expect(result.toolCalls).toMatchObject([{ toolName: "refund", input: { order: "B2" } }]);
  });

  it("reports only that a tool failed, because its error is internal to the agent", async () => {
    const broken = tool({
      description: "Where an order is.",
      inputSchema: z.object({}),
      execute: (): string => {
        throw new Error("the table of orders is locked");
      },
    });
    const { text } = await generateText({ model, prompt: "Where is it?", tools: { broken }, stopWhen: isStepCount(3) });
    expect(text).toBe("The tool broken failed.");
  });

  it("follows toolChoice", async () => {
    const ask = async (toolChoice: "none" | "required" | { type: "tool"; toolName: "orderStatus" }, prompt: string): Promise<number> =>
      (await generateText({ model, prompt, tools: { orderStatus }, toolChoice })).toolCalls.length;
    expect(await ask("none", "Where is order A7?")).toBe(0);
    expect(await ask("required", "Hello")).toBe(1);
    expect(await ask({ type: "tool", toolName: "orderStatus" }, "Hello")).toBe(1);
  });

  it("creates an input that matches the schema", async () => {
    const schema = z.object({
      city: z.string(),
      days: z.int().min(1).max(7),
      unit: z.enum(["celsius", "fahrenheit"]),
      on: z.iso.date(),
      mail: z.email(),
      tags: z.array(z.string().min(3)).min(2),
      exact: z.boolean(),
      kind: z.union([z.literal("short"), z.object({ long: z.number() })]),
      nothing: z.null(),
      left: z.string().optional(),
    });
    const forecast = tool({ description: "The weather.", inputSchema: schema, execute: () => "sunny" });
    const { toolCalls } = await generateText({ model, prompt: "Weather for city Bern in fahrenheit, 30 days", tools: { forecast } });
    const input = toolCalls[0]?.input;
    expect(schema.parse(input)).toEqual(input);
    expect(input).toMatchObject({ city: "Bern", days: 7, unit: "fahrenheit", kind: "short" });
    expect(input).not.toHaveProperty("left");
  });

  it.each([
    [
      "refers to itself",
      { $ref: "#/$defs/a", $defs: { a: { type: "object", properties: { a: { $ref: "#/$defs/a" } }, required: ["a"] } } },
    ],
    ["is none", { type: "object", properties: 5, required: "x", enum: {}, anyOf: 3 }],
    ["is empty", {}],
    ["asks for a million items", { type: "array", items: { type: "string", minLength: 1e9 }, minItems: 1e6 }],
  ])("does not fail on a client's schema that %s", async (_what, schema) => {
    const look = tool({ inputSchema: jsonSchema(schema as object), execute: () => "seen" });
    const { toolCalls } = await generateText({ model, prompt: "Use the tool", tools: { look } });
    expect(JSON.stringify(toolCalls[0]?.input).length).toBeLessThan(5_000);
  });
});
