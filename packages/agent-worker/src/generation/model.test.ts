import { afterEach, expect, it, vi } from "vitest";
import { createModel, type ModelEnv } from "./model.ts";

afterEach(() => void vi.unstubAllGlobals());

/** Where a model's first request goes. */
async function asked(env: ModelEnv): Promise<string> {
  const urls: string[] = [];
  vi.stubGlobal("fetch", (url: string) => {
    urls.push(url);
    return Promise.resolve(new Response(null, { status: 418 }));
  });
  const model = createModel({ OPENAI_API_KEY: "key", ...env });
  if (typeof model === "string" || model.specificationVersion !== "v4") throw new Error("A model of another version was made.");
  await expect(model.doGenerate({ prompt: [{ role: "user", content: [{ type: "text", text: "hi" }] }] })).rejects.toMatchObject({
    statusCode: 418,
  });
  return urls.join(" ");
}

it.each([
  [{}, "https://api.openai.com/v1/responses"],
  [{ OPENAI_API: "chat" }, "https://api.openai.com/v1/chat/completions"],
  [{ OPENAI_BASE_URL: "http://localhost:1/v1" }, "http://localhost:1/v1/responses"],
  // Set and empty, as a variable of a shell that is not there becomes: the default, as of every other variable that has one.
  [{ OPENAI_BASE_URL: "" }, "https://api.openai.com/v1/responses"],
])("with a key and %j, a model is called at %s", async (env, url) => {
  expect(await asked(env)).toBe(url);
});
