import { afterEach, expect, it, vi } from "vitest";
import { createModel, type ModelEnv } from "./model.ts";

afterEach(() => void vi.unstubAllGlobals());

/** Where a model's first request goes, and what it is. */
async function asked(
  env: ModelEnv,
  how: "doGenerate" | "doStream" = "doGenerate",
): Promise<{ readonly url: string; readonly body: object }> {
  const requests: { readonly url: string; readonly body: object }[] = [];
  vi.stubGlobal("fetch", (url: string, { body }: { readonly body: string }) => {
    requests.push({ url, body: JSON.parse(body) });
    return Promise.resolve(new Response(null, { status: 418 }));
  });
  const model = createModel({ OPENAI_API_KEY: "key", ...env });
  if (typeof model === "string" || model.specificationVersion !== "v4") throw new Error("A model of another version was made.");
  await expect(model[how]({ prompt: [{ role: "user", content: [{ type: "text", text: "hi" }] }] })).rejects.toMatchObject({
    statusCode: 418,
  });
  expect(requests).toHaveLength(1);
  return requests[0]!;
}

it.each([
  [{}, "https://api.openai.com/v1/responses"],
  [{ OPENAI_API: "chat" }, "https://api.openai.com/v1/chat/completions"],
  [{ OPENAI_BASE_URL: "http://localhost:1/v1" }, "http://localhost:1/v1/responses"],
  // Set and empty, as a variable of a shell that is not there becomes: the default, as of every other variable that has one.
  [{ OPENAI_BASE_URL: "" }, "https://api.openai.com/v1/responses"],
])("with a key and %j, a model is called at %s", async (env, url) => {
  expect((await asked(env)).url).toBe(url);
});

it.each([
  [{ OPENAI_BACKGROUND: "1" }, "doStream", true],
  [{ OPENAI_BACKGROUND: "1" }, "doGenerate", undefined],
  [{ OPENAI_BACKGROUND: "0" }, "doStream", undefined],
  [{}, "doStream", undefined],
  [{ OPENAI_API: "chat" }, "doStream", undefined],
] as const)("with %j, %s asks with background: %j", async (env, how, background) => {
  expect((await asked(env, how)).body).toMatchObject(background === undefined ? {} : { background, store: true });
  expect((await asked(env, how)).body).toHaveProperty("model", "gpt-4o");
  expect(Object.hasOwn((await asked(env, how)).body, "background")).toBe(background === true);
});

it("refuses background mode over chat completions, and names both variables", () => {
  expect(() => createModel({ OPENAI_API_KEY: "key", OPENAI_API: "chat", OPENAI_BACKGROUND: "1" })).toThrow(/OPENAI_BACKGROUND.*OPENAI_API/);
});
