import { describe, expect, it } from "vitest";
import { RequestError } from "./errors.ts";
import { DEFAULT_LIMITS } from "./limits.ts";
import { parseStart, type StartRequest } from "./start-request.ts";

const parse = (body: unknown): Promise<StartRequest> => parseStart(body, null, DEFAULT_LIMITS);
const refusalOf = async (body: unknown): Promise<unknown> => {
  try {
    await parse(body);
  } catch (error) {
    if (error instanceof RequestError) return error.body;
    throw error;
  }
  return undefined;
};
const many = <T>(count: number, entry: T): T[] => Array.from({ length: count }, () => entry);
const text = { type: "text", text: "x" };
const message = { id: "m", role: "user", parts: [text] };

describe("a start with too many JSON values is refused before validation:", () => {
  const keys = (count: number, value: unknown): object => Object.fromEntries(many(count, 0).map((_, index) => [`k${index}`, value]));
  it.each([
    ["messages", { messages: many(12_000, message) }],
    ["messages", { messages: many(300_000, 0) }],
    ["messages", { messages: [{ ...message, parts: many(50_000, text) }] }],
    ["messages", { messages: [{ ...message, parts: [{ ...text, providerMetadata: { a: { data: many(100_000, 0) } } }] }] }],
    ["message", { message: { ...message, parts: many(50_000, { type: "q" }) } }],
    ["message", { message: { ...message, parts: [{ ...text, providerMetadata: { data: keys(50_000, 0) } }] } }],
    ["toolOutputs", { toolOutputs: many(60_000, { toolCallId: "" }) }],
    ["tools", { prompt: "x", tools: keys(30_000, { inputSchema: {} }) }],
  ])("%s", async (path, body) => {
    const before = process.cpuUsage();
    expect(await refusalOf(body)).toMatchObject({ code: "payload_too_large", path, limit: DEFAULT_LIMITS.startValues });
    // It was seconds: an issue was made for each entry. Nobody else is served meanwhile. Of this process's own time: others may be busy too.
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1_000).toBeLessThan(1_000);
  });

  it("application data counts as one value", async () => {
    const large = many(100_000, 0);
    const parts = [
      { type: "data-x", data: large },
      { type: "tool-x", toolCallId: "c", state: "output-available", input: large, output: large },
    ];
    await expect(parse({ messages: [{ ...message, metadata: large, role: "assistant", parts }] })).resolves.toBeDefined();
    await expect(parse({ message: { ...message, metadata: large, parts } })).resolves.toBeDefined();
    await expect(parse({ toolOutputs: [{ toolCallId: "c", output: large }] })).resolves.toBeDefined();
    await expect(parse({ prompt: "x", tools: { t: { inputSchema: { enum: large } } } })).resolves.toBeDefined();
  });
});

describe("a message whose text is too long is refused, whatever else it has:", () => {
  const long = "x".repeat(DEFAULT_LIMITS.promptBytes + 1);
  it.each([
    ["one text", [{ ...text, text: long }]],
    ["several", [text, { ...text, text: long.slice(1) }]],
    ["reasoning", [{ type: "reasoning", text: long }]],
    ["a text that is no valid part", [{ type: "text", text: long, other: 1 }]],
  ])("%s", async (_what, parts) => {
    for (const role of ["user", "assistant"])
      expect(await refusalOf({ message: { ...message, role, parts } })).toMatchObject({
        code: "payload_too_large",
        path: "message",
        limit: DEFAULT_LIMITS.promptBytes,
      });
  });

  it("a file, data, the outputs of tools and a whole context are not its text", async () => {
    const file = { type: "file", mediaType: "image/png", url: `data:image/png;base64,${"A".repeat(300_000)}` };
    await expect(parse({ message: { ...message, parts: [file, { type: "data-x", data: long }] } })).resolves.toBeDefined();
    await expect(parse({ toolOutputs: [{ toolCallId: "c", output: long }] })).resolves.toBeDefined();
    await expect(parse({ messages: [{ ...message, parts: [{ ...text, text: long }] }] })).resolves.toBeDefined();
  });
});

describe("an invalid entry is named:", () => {
  const noBytes = { type: "data-x", data: { $bytes: "?" } };
  it.each([
    ["messages", { messages: [] }],
    ["messages", { messages: null }],
    ["messages.1", { messages: [message, 0] }],
    ["messages.1.id", { messages: [message, { ...message, id: "" }] }],
    ["messages.0.role", { messages: [{ ...message, role: "root" }] }],
    ["messages.0.parts", { messages: [{ ...message, parts: [] }] }],
    ["messages", { messages: [{ ...message, role: "assistant", parts: [] }] }],
    [
      "messages.1.id",
      {
        messages: [
          { ...message, role: "assistant", parts: [] },
          { ...message, id: "" },
        ],
      },
    ],
    ["message.parts", { message: { ...message, role: "assistant", parts: [] } }],
    ["messages.0.parts.1.type", { messages: [{ ...message, parts: [text, {}] }] }],
    ["messages", { messages: [{ ...message, parts: [{ type: "text", text: 1 }] }] }],
    ["message.parts.1.data", { message: { ...message, parts: [text, noBytes] } }],
    [
      "messages.2.parts.0.data",
      {
        messages: [
          { ...message, role: "assistant", parts: [] },
          { ...message, parts: [{ type: "data-x", data: 1 }] },
          { ...message, parts: [noBytes] },
        ],
      },
    ],
    ["message", { message: [] }],
    ["message.id", { message: { role: "user", parts: [text] } }],
    ["toolOutputs", { toolOutputs: {} }],
    ["toolOutputs.0", { toolOutputs: [{ toolCallId: "c" }] }],
    ["toolOutputs.0", { toolOutputs: [{ toolCallId: "c", output: 1, errorText: "x" }] }],
    ["toolOutputs.0", { toolOutputs: [{ toolCallId: "c", output: 1, other: 1 }] }],
    ["toolOutputs.0.errorText", { toolOutputs: [{ toolCallId: "c", errorText: 1 }] }],
    ["toolOutputs.1.toolCallId", { toolOutputs: [{ toolCallId: "c", output: 1 }, { output: 1 }] }],
    ["tools", { prompt: "x", tools: [] }],
    ["tools", { prompt: "x", tools: { "a b": { inputSchema: {} } } }],
    ["tools.a", { prompt: "x", tools: { a: { inputSchema: {}, execute: 1 } } }],
    ["tools.a.description", { prompt: "x", tools: { a: { inputSchema: {}, description: 1 } } }],
    ["tools.a.inputSchema", { prompt: "x", tools: { a: {} } }],
  ])("%s", async (path, body) => {
    expect(await refusalOf(body)).toMatchObject({ code: "invalid_request", path });
  });
});

describe("validated messages are the AI SDK's, on either path:", () => {
  const other = { ...message, parts: [{ type: "text", text: "y", providerMetadata: { a: { b: 1 } } }] };

  it("in order", async () => {
    const { input } = await parse({ messages: [message, other, message, other] });
    expect(input).toEqual({ messages: [message, other, message, other] });
  });

  it("without answers that have no parts, which useChat keeps of runs that failed before their first word", async () => {
    const empty = { id: "a", role: "assistant", parts: [] };
    const { input } = await parse({ messages: [message, empty, other, { ...empty, metadata: {} }, message] });
    expect(input).toEqual({ messages: [message, other, message] });
  });

  it("without unknown members", async () => {
    const { input } = await parse({ message: { ...message, createdAt: 1, parts: [{ ...text, mine: 1 }] } });
    expect(input).toEqual({ message });
  });

  it.each(["https://example.com/a.png", "data:image/png;base64,iVBORw0KGgo=", "attachments/a.png", ""])(
    "with a file whose URL is %j, for an author may know what it means",
    async (url) => {
      const given = { ...message, parts: [{ type: "file", mediaType: "image/png", url, providerReference: { openai: "file-1" } }] };
      expect((await parse({ message: given })).input).toEqual({ message: given });
    },
  );

  it("with the role system, which useChat sends with all that it has", async () => {
    const told = { ...message, role: "system" };
    const { input } = await parse({ messages: [told, { ...told, metadata: {} }, message] });
    expect(input).toEqual({ messages: [told, { ...told, metadata: {} }, message] });
  });

  it("a tool named __proto__ is like any other", async () => {
    const { input } = await parse(JSON.parse('{"prompt":"x","tools":{"__proto__":{"inputSchema":{}}}}'));
    expect(Object.keys(input.tools ?? {})).toEqual(["__proto__"]);
  });
});
