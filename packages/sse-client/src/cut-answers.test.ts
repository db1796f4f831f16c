import { expect, it } from "vitest";
import { createSseClient } from "./client.ts";
import { createSseClient as createSmallSseClient } from "./core.ts";

const json = { status: 422, headers: { "Content-Type": "application/json" } };
const refused = JSON.stringify({ error: { code: "key_reused", message: "This key already started a run with another input." } });

it.each([
  ["client", createSseClient],
  ["small client", createSmallSseClient],
])("the %s asks again where a refusal's connection is lost in the middle of it, and tells what was refused", async (_which, create) => {
  let asked = 0;
  const cutOnce: typeof fetch = () => {
    asked += 1;
    if (asked > 1) return Promise.resolve(new Response(refused, json));
    const half = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode(refused.slice(0, 20)));
        controller.error(new TypeError("terminated"));
      },
    });
    return Promise.resolve(new Response(half, json));
  };
  const client = create({ url: "http://localhost", retry: { baseMs: 1, capMs: 1 }, fetch: cutOnce });
  const run = client.start({ prompt: "Hello" }, { key: "used" });
  await expect(run[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: "key_reused", status: 422 });
  expect(asked).toBe(2);
  client.close();
});
