import { APICallError, UnsupportedFunctionalityError, type UIMessage } from "ai";
import { MockLanguageModelV4 } from "ai/test";
import { describe, expect, it } from "vitest";
import type { RunFailure } from "@agent-transports/protocol";
import type { Generation } from "../runs/generation.ts";
import { generateWith } from "./generate.ts";
import { FILE_NOT_SHOWN } from "./older-files.ts";

type Part = UIMessage["parts"][number];
const user = (...parts: Part[]): UIMessage => ({ id: crypto.randomUUID(), role: "user", parts });
const text: Part = { type: "text", text: "Look." };
const file = (url: string, mediaType = "image/png"): Part => ({ type: "file", mediaType, url });
const answer: UIMessage = { id: "a", role: "assistant", parts: [text] };
/** The AI SDK fetches nothing from the machine that it runs on. */
const gone = file("http://127.0.0.1/a.png");
const zip = file("data:application/zip;base64,UEsFBg==", "application/zip");

interface Asked {
  readonly prompts: readonly unknown[];
  readonly failures: readonly RunFailure[];
}

/** What a model is asked, and what comes of it. @param refuses what its provider says to a prompt with a file */
async function asked(messages: readonly UIMessage[], refuses?: () => Error): Promise<Asked> {
  const model = new MockLanguageModelV4({
    doStream: async ({ prompt }) => {
      const hasFile = prompt.some(({ role, content }) => role === "user" && content.some(({ type }) => type === "file"));
      if (hasFile && refuses !== undefined) throw refuses();
      return {
        stream: new ReadableStream({
          start: (controller) => {
            controller.enqueue({ type: "finish", finishReason: { unified: "stop", raw: "stop" }, usage });
            controller.close();
          },
        }),
      };
    },
  });
  const failures: RunFailure[] = [];
  const generation: Generation = {
    runId: "run",
    messages,
    clientTools: {},
    signal: new AbortController().signal,
    takeInputs: () => [],
    fail: (failure) => {
      failures.push(failure);
      return failure.message;
    },
  };
  const stream = await generateWith(model, generation, { maxRetries: 0 });
  for await (const chunk of stream) if (chunk.type === "error") break;
  return { prompts: model.doStreamCalls.map(({ prompt }) => prompt), failures };
}
const usage = {
  inputTokens: { total: 0, noCache: 0, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 0, text: 0, reasoning: 0 },
};
const status = (statusCode: number): APICallError =>
  new APICallError({ message: "No.", url: "https://example.com", requestBodyValues: {}, statusCode });
const unsupported = (): Error => new UnsupportedFunctionalityError({ functionality: "file part media type application/zip" });
const said = { type: "text", text: "Look." };
const without = [{ content: [said, { type: "text", text: FILE_NOT_SHOWN }] }, { role: "assistant" }, { content: [said] }];

describe("a file of an older message", () => {
  it("that can no longer be fetched is left out", async () => {
    const { prompts, failures } = await asked([user(text, gone), answer, user(text)]);
    expect(failures).toEqual([]);
    expect(prompts).toMatchObject([without]);
  });

  it.each([
    ["client", unsupported],
    ["status 400", () => status(400)],
    ["status 422", () => status(422)],
  ])("that its provider refuses by its %s is left out of another try", async (_how, refuses) => {
    const { prompts, failures } = await asked([user(text, zip), answer, user(text)], refuses);
    expect(failures).toEqual([]);
    expect(prompts).toMatchObject([[{ content: [said, { type: "file" }] }, {}, {}], without]);
  });

  it.each([401, 404, 429])("is no reason for another try where the provider answers %i", async (statusCode) => {
    const { prompts, failures } = await asked([user(text, zip), answer, user(text)], () => status(statusCode));
    expect(prompts).toHaveLength(1);
    expect(failures).toMatchObject([{ code: "model_error", status: statusCode }]);
  });
});

describe("a file of the newest message", () => {
  it.each([
    ["cannot be fetched", gone, undefined],
    ["has a type that the provider's client refuses", zip, unsupported],
  ] as const)("that %s fails its run, and says so", async (_how, given, refuses) => {
    const { failures } = await asked([user(text, given)], refuses);
    expect(failures).toMatchObject([{ code: "invalid_request", message: expect.stringContaining("file") }]);
  });

  it("is shown in the other try, which leaves out older ones", async () => {
    const { prompts } = await asked([user(text, zip), answer, user(text, zip)], unsupported);
    expect(prompts.at(-1)).toMatchObject([{ content: [said, { text: FILE_NOT_SHOWN }] }, {}, { content: [said, { type: "file" }] }]);
  });
});
