import type { LanguageModelV4, LanguageModelV4CallOptions, LanguageModelV4StreamPart } from "@ai-sdk/provider";
import { stepCountIs, tool, type ToolSet, type UIMessage, type UIMessageChunk } from "ai";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { TestSql } from "../../test/sql-storage.ts";
import { continuedContext } from "../recovery/context.ts";
import { PartialAnswer } from "../recovery/partial-answer.ts";
import type { Way } from "../recovery/rejoin.ts";
import type { Generation } from "../runs/generation.ts";
import { waitingCalls } from "../runs/into-log.ts";
import { ToolCalls } from "../runs/tool-calls.ts";
import { UnendedRuns } from "../runs/unended-runs.ts";
import type { AgentToolOptions } from "./durable-tools.ts";
import { generateWith, type GenerateSettings } from "./generate.ts";

const QUESTION: UIMessage = { id: "q", role: "user", parts: [{ type: "text", text: "Tidy up." }] };
const usage = {
  inputTokens: { total: 1, noCache: 1, cacheRead: undefined, cacheWrite: undefined },
  outputTokens: { total: 1, text: 1, reasoning: undefined },
};

/** A model that calls `next` in each step, with the same id, and ends with the last. */
function model(asked: LanguageModelV4CallOptions[], ...steps: readonly (readonly LanguageModelV4StreamPart[])[]): LanguageModelV4 {
  return {
    specificationVersion: "v4",
    provider: "test",
    modelId: "test",
    supportedUrls: {},
    doGenerate: () => Promise.reject(new Error("not used")),
    async doStream(options) {
      const parts = steps[Math.min(asked.length, steps.length - 1)] ?? [];
      asked.push(options);
      return {
        response: { headers: { "agent-resumable": "1" } },
        stream: new ReadableStream({
          start(controller) {
            for (const part of parts) controller.enqueue(part);
            controller.close();
          },
        }),
      };
    },
  };
}

const text = (delta: string): LanguageModelV4StreamPart[] => [
  { type: "text-start", id: "t" },
  { type: "text-delta", id: "t", delta },
  { type: "text-end", id: "t" },
  { type: "finish", finishReason: { unified: "stop", raw: "stop" }, usage },
];
const calling = (toolName: string, input = "{}", toolCallId = "call_0"): LanguageModelV4StreamPart[] => [
  { type: "tool-call", toolCallId, toolName, input },
  { type: "finish", finishReason: { unified: "tool-calls", raw: "tool_calls" }, usage },
];

interface Went {
  readonly chunks: readonly UIMessageChunk[];
  readonly asked: readonly LanguageModelV4CallOptions[];
  readonly failed: readonly string[];
}

/** What comes of an answer that goes on behind these chunks. */
async function goOn(
  way: Way,
  before: readonly UIMessageChunk[],
  settings: GenerateSettings,
  steps: readonly (readonly LanguageModelV4StreamPart[])[],
  context: readonly UIMessage[] = [QUESTION],
): Promise<Went> {
  const answer = PartialAnswer.of(before);
  const asked: LanguageModelV4CallOptions[] = [];
  const failed: string[] = [];
  const generation: Generation = {
    runId: "r",
    messages: continuedContext(context, answer, way).messages,
    clientTools: {},
    signal: new AbortController().signal,
    toolCalls: new ToolCalls(new UnendedRuns(new TestSql().storage), 1, "r"),
    interrupted: { way, attempt: 1, kept: { response: "x", model: "test" }, steps: answer.steps, takeCalls: () => waitingCalls(answer) },
    takeInputs: () => [],
    fail: ({ code, message }) => {
      failed.push(`${code}: ${message}`);
      return message;
    },
    keep: () => undefined,
  };
  const chunks: UIMessageChunk[] = [];
  for await (const chunk of await generateWith(model(asked, ...steps), generation, settings)) chunks.push(chunk);
  return { chunks, asked, failed };
}

const BEGIN: readonly UIMessageChunk[] = [{ type: "start" }, { type: "start-step" }];
const call = (toolName: string, toolCallId = toolName): UIMessageChunk => ({
  type: "tool-input-available",
  toolCallId,
  toolName,
  input: {},
});
const types = (chunks: readonly UIMessageChunk[]): string[] => chunks.map(({ type }) => type);

describe("a tool that a person must approve", () => {
  const executed: string[] = [];
  const run = (name: string) => (): string => {
    executed.push(name);
    return "done";
  };
  const inputSchema = z.object({});
  const tools: ToolSet = {
    search: tool({ inputSchema, execute: run("search") }),
    wipe: tool({ inputSchema, needsApproval: true, execute: run("wipe") }),
    wipeSometimes: tool({ inputSchema, needsApproval: () => true, execute: run("wipeSometimes") }),
  };

  it.each([
    ["was asked about", [call("wipe"), { type: "tool-approval-request", approvalId: "a", toolCallId: "wipe" }], []],
    ["was about to be asked about", [call("wipe")], ["tool-approval-request"]],
    ["asks sometimes", [call("wipeSometimes")], ["tool-approval-request"]],
  ] as const)("and %s is not run, and the run ends for the person to answer", async (_what, before, told) => {
    executed.length = 0;
    const { chunks, asked } = await goOn("continued", [...BEGIN, call("search"), ...before], { tools, stopWhen: stepCountIs(5) }, [
      text("no"),
    ]);
    expect(executed).toEqual(["search"]);
    expect(asked).toEqual([]);
    expect(types(chunks)).toEqual(["tool-output-available", ...told, "finish-step", "finish"]);
  });
});

describe("a step with a tool of the provider's own", () => {
  const web: UIMessageChunk = { type: "tool-input-available", toolCallId: "w", toolName: "web_search", input: {}, providerExecuted: true };
  it("is not over by that: the text behind it goes on", async () => {
    const before: readonly UIMessageChunk[] = [
      ...BEGIN,
      web,
      { type: "tool-output-available", toolCallId: "w", output: {}, providerExecuted: true },
      { type: "text-start", id: "t" },
      { type: "text-delta", id: "t", delta: "The three things are: one, " },
    ];
    const { asked, chunks } = await goOn("continued", before, {}, [text("two and three.")]);
    expect(asked).toHaveLength(1);
    expect(chunks.at(-1)).toEqual({ type: "finish", finishReason: "stop" });
  });
});

describe("the author's conditions", () => {
  const inputSchema = z.object({ n: z.number().optional() });
  const tools = { next: tool({ inputSchema, execute: () => "more" }) };
  const step = (n: number): readonly UIMessageChunk[] => [
    { type: "start-step" },
    call("next", `c${n}`),
    { type: "tool-output-available", toolCallId: `c${n}`, output: "more" },
    { type: "finish-step" },
  ];

  it.each(["replayed", "continued"] as const)("see the steps from before where the answer is %s", async (way) => {
    const before = [
      { type: "start" } as const,
      ...step(0),
      ...step(1),
      { type: "start-step" } as const,
      { type: "text-start", id: "t" } as const,
    ];
    const { asked, failed } = await goOn(way, before, { tools, stopWhen: stepCountIs(3) }, [calling("next")]);
    expect(asked.length).toBe(1);
    expect(failed.filter((one) => !one.includes("broke off"))).toEqual([]);
  });

  it("see a usage, of nothing", async () => {
    const { asked, failed } = await goOn(
      "continued",
      [{ type: "start" }, ...step(0)],
      { tools, stopWhen: ({ steps }) => steps.reduce((sum, { usage: of }) => sum + (of.totalTokens ?? 0), 0) > 1_000 },
      [text("That was all.")],
    );
    expect([asked.length, failed]).toEqual([1, []]);
  });
});

it("calls that a provider numbers anew in each step are different calls, also from one that was approved before the first", async () => {
  const seen: number[] = [];
  const keys: string[] = [];
  const tools = {
    next: tool({
      inputSchema: z.object({ n: z.number() }),
      execute: ({ n }, options) => {
        seen.push(n);
        keys.push((options as AgentToolOptions).idempotencyKey);
        return n;
      },
    }),
  };
  const approved: UIMessage = {
    id: "m",
    role: "assistant",
    parts: [
      { type: "step-start" },
      { type: "tool-next", toolCallId: "call_0", state: "approval-responded", input: { n: 0 }, approval: { id: "a", approved: true } },
    ],
  };
  const rows = new UnendedRuns(new TestSql().storage);
  /** In one life of the agent. @returns what the tools gave, whatever the log has of it by then: it is not told here */
  const outputs = async (): Promise<unknown[]> => {
    const asked: LanguageModelV4CallOptions[] = [];
    const generation: Generation = {
      runId: "r",
      messages: [QUESTION, approved],
      clientTools: {},
      signal: new AbortController().signal,
      toolCalls: new ToolCalls(rows, 1, "r"),
      takeInputs: () => [],
      fail: ({ message }) => message,
      keep: () => undefined,
    };
    const answer = model(asked, calling("next", '{"n":1}'), calling("next", '{"n":2}'), text("Done."));
    const given: unknown[] = [];
    for await (const chunk of await generateWith(answer, generation, { tools, stopWhen: stepCountIs(5) }))
      if (chunk.type === "tool-output-available") given.push(chunk.output);
    return given;
  };
  expect(await outputs()).toEqual([0, 1, 2]);
  // The next life has nothing of it but the rows.
  expect(await outputs()).toEqual([0, 1, 2]);
  expect(seen).toEqual([0, 1, 2]);
  expect(new Set(keys).size).toBe(3);
});

it("what came of an approved call, before the first word, is in the context", async () => {
  const context: UIMessage[] = [
    QUESTION,
    {
      id: "m",
      role: "assistant",
      parts: [{ type: "tool-wipe", toolCallId: "w", state: "approval-responded", input: {}, approval: { id: "a", approved: true } }],
    },
  ];
  const before: readonly UIMessageChunk[] = [
    { type: "start" },
    { type: "tool-output-available", toolCallId: "w", output: "wiped" },
    { type: "start-step" },
    { type: "text-start", id: "t" },
    { type: "text-delta", id: "t", delta: "It is gone, and " },
  ];
  const { asked, failed } = await goOn(
    "continued",
    before,
    { tools: { wipe: tool({ inputSchema: z.object({}), execute: () => "x" }) } },
    [text("so are you.")],
    context,
  );
  expect(failed).toEqual([]);
  expect(JSON.stringify(asked[0]?.prompt)).toContain("wiped");
});

it("what an OpenAI response did not end is not asked for by its name", () => {
  const metadata = { openai: { itemId: "rs_1" }, other: { signature: "s" } };
  const answer = PartialAnswer.of([
    ...BEGIN,
    { type: "reasoning-start", id: "r", providerMetadata: metadata },
    { type: "reasoning-delta", id: "r", delta: "Hm.", providerMetadata: metadata },
    { type: "reasoning-end", id: "r", providerMetadata: metadata },
    { type: "tool-input-available", toolCallId: "c", toolName: "next", input: {}, providerMetadata: metadata },
  ]);
  const shown = JSON.stringify(continuedContext([QUESTION], answer, "continued").messages);
  expect(shown).not.toContain("rs_1");
  expect(shown.match(/"signature":"s"/g)).toHaveLength(2);
});
