import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { WorkerHost } from "@agent-transports/worker-host";
import { bearer, post, readEvents, segment, start, startGuarded, startProvider, TestSocket } from "./harness.ts";

let host: WorkerHost;
let base: string;
beforeAll(async () => {
  host = await startGuarded();
  base = new URL("/agents/guarded-agent/parts", host.url).href;
}, 60_000);
afterAll(async () => {
  await host.dispose();
});
const headers = bearer({ subject: "tester" });

describe("what an agent's own stream holds besides text", () => {
  it("passes through unchanged, in order, over both transports and again from the log", async () => {
    const response = await post(`${base}/runs`, { prompt: "parts" }, headers);
    const run = response.headers.get("Agent-Run") ?? "";
    const events = await readEvents(response);
    expect(events.map(({ data }) => data.type)).toEqual([
      "start",
      "start-step",
      "reasoning-start",
      "reasoning-delta",
      "reasoning-end",
      "source-url",
      "file",
      "data-weather",
      "data-progress",
      "tool-input-start",
      "tool-input-delta",
      "tool-input-available",
      "tool-output-available",
      "text-start",
      "text-delta",
      "text-end",
      "finish-step",
      "finish",
      "data-run-end",
    ]);
    expect(events.map(({ data }) => data)).toContainEqual({ type: "file", mediaType: "image/png", url: "data:image/png;base64,AAAA" });
    const socket = await new TestSocket(`${base}?v=1&resume=${run}`, headers).open();
    expect(await socket.ended(run)).toEqual(events);
    socket.socket.close();
  });

  it("is in the conversation of the next run, except for transient parts", async () => {
    await readEvents(await post(`${base}/runs`, { prompt: "parts" }, headers));
    const events = await readEvents(await post(`${base}/runs`, { prompt: "context" }, headers));
    const said = events.map(({ data }) => (data.type === "text-delta" ? data : undefined)).find((chunk) => chunk !== undefined);
    const messages = JSON.parse(String(said?.delta)) as { id: string; role: string; parts: { type: string }[] }[];
    const answer = messages.findLast(({ role }) => role === "assistant");
    expect(answer).toMatchObject({ id: "m1" });
    expect(answer?.parts.map(({ type }) => type)).toEqual([
      "step-start",
      "reasoning",
      "source-url",
      "file",
      "data-weather",
      "tool-look",
      "text",
    ]);
  });
});

it("a file that a person sends reaches the model", async () => {
  const asked: string[] = [];
  const provider = await startProvider((request, response) => {
    let body = "";
    request.on("data", (data) => (body += String(data)));
    request.on("end", () => {
      asked.push(body);
      response.writeHead(200, { "Content-Type": "text/event-stream" });
      response.end(
        [
          '{"choices":[{"index":0,"delta":{"content":"A dot."},"finish_reason":null}]}',
          '{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}',
          "[DONE]",
        ]
          .map((data) => `data: ${data}\n\n`)
          .join(""),
      );
    });
  });
  const worker = await start({ vars: { OPENAI_API_KEY: "k", OPENAI_BASE_URL: provider.url, OPENAI_API: "chat" } });
  try {
    const png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
    const parts = [
      { type: "text", text: "What is it?" },
      { type: "file", mediaType: "image/png", url: `data:image/png;base64,${png}` },
    ];
    const url = new URL(`${segment}/files/runs`, worker.url);
    const events = await readEvents(await post(url, { message: { id: "1", role: "user", parts } }));
    expect(events.at(-1)?.data).toMatchObject({ data: { state: "finished" } });
    expect(asked[0]).toContain(png);
  } finally {
    await worker.dispose();
    provider.close();
  }
});

describe("a tool call of which nobody gives the output", () => {
  const tools = { weather: { description: "weather", inputSchema: { type: "object", properties: { city: { type: "string" } } } } };
  const endOf = async (response: Response): Promise<unknown> => (await readEvents(response)).at(-1)?.data;
  const finished = { type: "data-run-end", data: { state: "finished" } };

  it("holds up no later prompt, over either way in", async () => {
    const worker = await start({ vars: { SCRIPTED_TOKENS_PER_SECOND: "2000" } });
    try {
      const at = new URL(`${segment}/unanswered`, worker.url).href;
      const events = await readEvents(await post(`${at}/runs`, { prompt: "How is the weather?", tools }));
      const call = events.find(({ data }) => data.type === "tool-input-available")?.data;
      expect(call).toMatchObject({ toolName: "weather" });
      expect(await endOf(await post(`${at}/runs`, { prompt: "Never mind. Say hello." }))).toMatchObject(finished);
      expect(await endOf(await post(`${at}/runs`, { prompt: "And again." }))).toMatchObject(finished);
      // It is too late for it, and the agent says so.
      const { toolCallId } = call as { toolCallId: string };
      const late = await post(`${at}/runs`, { toolOutputs: [{ toolCallId, output: "Sunny." }] });
      expect([late.status, await late.json()]).toMatchObject([
        400,
        { error: { code: "invalid_request", path: "toolOutputs.0.toolCallId" } },
      ]);
      const passed = {
        id: "1",
        role: "assistant",
        parts: [{ type: "tool-weather", toolCallId: "c", state: "input-available", input: {} }],
      };
      const next = { id: "2", role: "user", parts: [{ type: "text", text: "Never mind." }] };
      expect(await endOf(await post(`${at}/runs`, { messages: [passed, next] }))).toMatchObject(finished);
    } finally {
      await worker.dispose();
    }
  });
});

it("a start that would go on with a message with which a live run does is refused, over both transports", async () => {
  const at = new URL("/agents/guarded-agent/twice", host.url).href;
  const asked = (toolCallId: string): object => ({ type: "tool-look", toolCallId, state: "input-available", input: {} });
  const message = { id: "m", role: "assistant", parts: [{ type: "text", text: "wait" }, asked("a"), asked("b")] };
  const toolOutputs = (toolCallId: string): object => ({ toolOutputs: [{ toolCallId, output: toolCallId }] });
  const begin = (input: object): Promise<Response> => post(`${at}/runs`, input, { ...headers, Accept: "application/json" });
  const { id } = (await (await begin({ message })).json()) as { id: string };
  const refused = { code: "invalid_request", path: "toolOutputs", message: expect.stringContaining("together") };
  const response = await begin(toolOutputs("a"));
  expect([response.status, await response.json()]).toMatchObject([400, { error: refused }]);
  const socket = await new TestSocket(`${at}?v=1`, headers).open();
  socket.send({ type: "start", key: "k", input: toolOutputs("a") });
  expect(await socket.frame(({ type }) => type === "error")).toMatchObject({ key: "k", frame: "start", error: refused });
  await fetch(`${at}/runs/${id}`, { method: "DELETE", headers });
  const next = await begin(toolOutputs("a"));
  expect(next.status).toBe(201);
  await fetch(`${at}/runs/${((await next.json()) as { id: string }).id}`, { method: "DELETE", headers });
  socket.socket.close();
});

describe("what no model can be given", () => {
  const text = { type: "text", text: "Look." };
  const file = (url: string): object => ({ id: url, role: "user", parts: [text, { type: "file", mediaType: "image/png", url }] });
  const approved = {
    type: "tool-weather",
    toolCallId: "c",
    state: "approval-responded",
    input: {},
    approval: { id: "a", approved: true },
  };

  it("fails its own run at most, and none that follows", async () => {
    const worker = await start({ vars: { SCRIPTED_TOKENS_PER_SECOND: "2000" } });
    try {
      const runs = new URL(`${segment}/unshowable/runs`, worker.url);
      const endOf = async (input: object): Promise<unknown> => (await readEvents(await post(runs, input))).at(-1)?.data;
      const refused = { data: { state: "failed", error: { code: "invalid_request" } } };
      const finished = { data: { state: "finished" } };
      const wrong = [
        file("blob:https://example.com/1"),
        file("a.png"),
        file("data:image/png;base64,%"),
        { id: "s", role: "system", parts: [text] },
      ];
      for (const message of wrong) expect(await endOf({ message })).toMatchObject(refused);
      expect(await endOf({ prompt: "Say hello." })).toMatchObject(finished);
      await endOf({
        message: { id: "3", role: "assistant", parts: [{ type: "reasoning-file", mediaType: "image/png", url: "" }, approved] },
      });
      expect(await endOf({ prompt: "And again." })).toMatchObject(finished);
      // As `useChat` sends it, which keeps the conversation itself.
      const messages = [...wrong, { id: "4", role: "assistant", parts: [approved] }, { id: "5", role: "user", parts: [text] }];
      expect(await endOf({ messages })).toMatchObject(finished);
    } finally {
      await worker.dispose();
    }
  });
});
