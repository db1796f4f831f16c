import { createOpenAI } from "@ai-sdk/openai";
import { streamText } from "ai";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { startProvider, type ScriptedProvider } from "./provider.ts";
import { replyOf, type Reply } from "./reply.ts";
import { replyMarker } from "./reply-asked.ts";
import { tokenText } from "./tokens.ts";

let provider: ScriptedProvider;
beforeAll(async () => {
  provider = await startProvider();
});
afterAll(() => provider.close());

const tokens = Array.from({ length: 30 }, (_, index) => tokenText(index, () => 0.3));
const text = tokens.join("");
const half = tokens.length / 2;
let ids = 0;

interface Event {
  readonly type: string;
  readonly sequence_number: number;
  readonly delta?: string;
  readonly response?: { readonly id: string; readonly status: string };
}

function eventsIn(body: string): Event[] {
  return body
    .split("\n\n")
    .slice(0, -1)
    .map((block) => JSON.parse(block.replace(/^event: .*\ndata: /, "")));
}

function textOf(events: readonly Event[]): string {
  return events.map(({ type, delta }) => (type === "response.output_text.delta" ? delta : "")).join("");
}

/** What each test waits for: its answer stops in the middle until it is told to go on. */
function halted(): { readonly reply: Reply; readonly goOn: () => void } {
  const gate = Promise.withResolvers<void>();
  return { reply: { tokens, dueMs: tokens.map(() => 0), end: gate.promise }, goOn: () => gate.resolve() };
}

async function make(reply: Reply, more: object = { background: true }): Promise<{ readonly id: string; readonly response: Response }> {
  const id = `b${(ids += 1)}`;
  provider.addReply(id, reply);
  const body = JSON.stringify({ model: "gpt-4o", stream: true, input: replyMarker(id), ...more });
  return { id, response: await fetch(`${provider.baseUrl}/responses`, { method: "POST", body }) };
}

/** Reads a response until so many of its tokens came, and then drops the connection. */
async function readSome(response: Response, count: number): Promise<Event[]> {
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let body = "";
  for (;;) {
    const { done, value } = await reader.read();
    body += value ?? "";
    const events = eventsIn(`${body.slice(0, body.lastIndexOf("\n\n"))}\n\n`);
    if (done || events.filter(({ type }) => type === "response.output_text.delta").length >= count) {
      await reader.cancel();
      return events;
    }
  }
}

const get = (responseId: string, query = ""): Promise<Response> => fetch(`${provider.baseUrl}/responses/${responseId}${query}`);
const cancel = (responseId: string): Promise<Response> => fetch(`${provider.baseUrl}/responses/${responseId}/cancel`, { method: "POST" });
const idOf = (id: string): string => provider.sent(id)?.responseId ?? "";

describe("background mode of the scripted provider", () => {
  it("sends OpenAI's events in OpenAI's order, numbered from 0 without a gap", async () => {
    const { response } = await make({ tokens: ["a", "b"], dueMs: [0, 0] });
    const events = eventsIn(await response.text());
    expect(events.map(({ type }) => type.replace("response.", ""))).toEqual([
      "created",
      "queued",
      "in_progress",
      "output_item.added",
      "content_part.added",
      "output_text.delta",
      "output_text.delta",
      "output_text.done",
      "content_part.done",
      "output_item.done",
      "completed",
    ]);
    expect(events.map((event) => event.sequence_number)).toEqual(events.map((_, index) => index));
    expect(events.flatMap((event) => event.response?.status ?? [])).toEqual(["queued", "queued", "in_progress", "completed"]);
  });

  it("is read by @ai-sdk/openai as any other response", async () => {
    const id = `b${(ids += 1)}`;
    provider.addReply(id, { tokens, dueMs: tokens.map(() => 0) });
    const inBackground: typeof fetch = async (input, init) => {
      const asked: object = await new Request(input, init).json();
      return fetch(input, { ...init, body: JSON.stringify({ ...asked, background: true }) });
    };
    const openai = createOpenAI({ apiKey: "k", baseURL: provider.baseUrl, fetch: inBackground });
    const result = streamText({ model: openai.responses("gpt-4o"), prompt: replyMarker(id), maxRetries: 0 });
    expect(await result.text).toBe(text);
    expect(await result.finishReason).toBe("stop");
    expect((await result.response).id).toBe(idOf(id));
  });

  it("generates an answer to its end whose client dropped the connection, and streams it again as the same text", async () => {
    const { reply, goOn } = halted();
    const { id, response } = await make(reply);
    const first = await readSome(response, half);
    const responseId = first[0]?.response?.id ?? "";
    expect(responseId).toBe(idOf(id));
    goOn();
    expect((await provider.whenFinished(id)).outcome).toBe("finished");

    const again = eventsIn(await (await get(responseId, "?stream=true")).text());
    expect(textOf(again)).toBe(text);
    const last = first.at(-1)!.sequence_number;
    const rest = eventsIn(await (await get(responseId, `?stream=true&starting_after=${last}`)).text());
    expect(textOf([...first, ...rest])).toBe(text);
    expect([...first, ...rest].map((event) => event.sequence_number)).toEqual(again.map((_, index) => index));

    const laterTokens = rest.filter(({ type }) => type === "response.output_text.delta").length;
    const { sentAt, ...sent } = provider.sent(id)!;
    expect(sent).toMatchObject({
      generated: tokens.length,
      resumed: 2,
      sentInAll: sentAt.length + tokens.length + laterTokens,
      outcome: "finished",
    });
    expect(provider.allSent(id)).toHaveLength(1);
  });

  it.each([
    ["from the beginning", ""],
    ["from behind an event", "&starting_after=6"],
  ])("streams an answer that still runs again %s, and then live", async (_what, query) => {
    const { reply, goOn } = halted();
    const { id, response } = await make(reply);
    const first = await readSome(response, 3);
    const kept = query === "" ? [] : first.filter((event) => event.sequence_number <= 6);
    const again = await get(idOf(id), `?stream=true${query}`);
    await vi.waitFor(() => expect(provider.sent(id)?.generated).toBe(tokens.length - 1), { timeout: 20_000 });
    goOn();
    const rest = eventsIn(await again.text());
    expect(textOf([...kept, ...rest])).toBe(text);
    expect(rest.at(-1)?.type).toBe("response.completed");
  });

  it("goes on behind a connection that it breaks itself, by the script", async () => {
    const { id, response } = await make({ tokens, dueMs: tokens.map((_, index) => index), failure: { breakAfterTokens: half } });
    await expect(response.text()).rejects.toThrow(/terminated/);
    const sent = await provider.whenFinished(id);
    expect(sent).toMatchObject({ outcome: "finished", generated: tokens.length });
    expect(sent.sentAt).toHaveLength(half);
    expect(textOf(eventsIn(await (await get(idOf(id), "?stream=true")).text()))).toBe(text);
  });

  it("is queued until its times begin to count", async () => {
    const begun = Promise.withResolvers<void>();
    const { id, response } = await make({ tokens, dueMs: tokens.map(() => 0), begin: begun.promise });
    expect(await (await get(idOf(id))).json()).toMatchObject({ status: "queued", background: true, output: [] });
    begun.resolve();
    expect(textOf(eventsIn(await response.text()))).toBe(text);
    expect(await (await get(idOf(id))).json()).toMatchObject({
      status: "completed",
      output: [{ type: "message", status: "completed", content: [{ type: "output_text", text }] }],
      usage: { output_tokens: tokens.length },
    });
  });

  it("stops when it is cancelled, and its stream ends without a last event", async () => {
    const { reply, goOn } = halted();
    const { id, response } = await make(reply);
    const streamed = response.text();
    await vi.waitFor(() => expect(provider.sent(id)?.sentAt).toHaveLength(tokens.length - 1), { timeout: 20_000 });
    expect(await (await cancel(idOf(id))).json()).toMatchObject({ id: idOf(id), status: "cancelled" });
    expect(await (await cancel(idOf(id))).json()).toMatchObject({ status: "cancelled" });
    goOn();
    const events = eventsIn(await streamed);
    expect(events.at(-1)?.type).toBe("response.output_text.delta");
    expect(eventsIn(await (await get(idOf(id), "?stream=true")).text())).toEqual(events);
    expect(await (await get(idOf(id))).json()).toMatchObject({ status: "cancelled", usage: null });
    expect(provider.sent(id)).toMatchObject({ outcome: "cancelled", generated: tokens.length - 1 });
  });

  it("leaves an answer that has ended as it is when it is cancelled", async () => {
    const { id, response } = await make({ tokens, dueMs: tokens.map(() => 0) });
    await response.text();
    expect(await (await cancel(idOf(id))).json()).toMatchObject({ status: "completed" });
    expect(provider.sent(id)?.outcome).toBe("finished");
  });

  it("gives each response its own id, also of one reply", async () => {
    const { id, response } = await make({ tokens, dueMs: tokens.map(() => 0) });
    const body = JSON.stringify({ stream: true, background: true, input: replyMarker(id) });
    const other = await fetch(`${provider.baseUrl}/responses`, { method: "POST", body });
    const [first, second] = [eventsIn(await response.text()), eventsIn(await other.text())];
    expect(first[0]?.response?.id).not.toBe(second[0]?.response?.id);
    expect(provider.allSent(id).map((sent) => sent.responseId)).toEqual([first[0]?.response?.id, second[0]?.response?.id]);
  });
});

describe("the scripted provider refuses in OpenAI's error format", () => {
  it.each([
    ["a response that nobody made", () => get("resp_nobody", "?stream=true"), 404],
    ["to cancel what nobody made", () => cancel("resp_nobody"), 404],
    [
      "to store nothing in background mode",
      async () => (await make({ tokens, dueMs: [...tokens.keys()] }, { background: true, store: false })).response,
      400,
    ],
  ])("%s", async (_what, ask, status) => {
    const response = await ask();
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error: { type: "invalid_request_error" } });
  });

  it("to stream or to cancel what was not made in background mode, which it still answers as JSON", async () => {
    const { id, response } = await make({ tokens, dueMs: tokens.map(() => 0) }, {});
    await response.text();
    expect((await get(idOf(id), "?stream=true")).status).toBe(400);
    expect((await cancel(idOf(id))).status).toBe(400);
    expect(await (await get(idOf(id))).json()).toMatchObject({ status: "completed", background: false });
  });

  it("a position that is no number", async () => {
    const { id, response } = await make({ tokens, dueMs: tokens.map(() => 0) });
    await response.text();
    expect((await get(idOf(id), "?stream=true&starting_after=-1")).status).toBe(400);
  });

  it("what it has forgotten, and what was not to be stored", async () => {
    const { id, response } = await make({ tokens, dueMs: tokens.map(() => 0) });
    await response.text();
    provider.forgetResponse(idOf(id));
    expect((await get(idOf(id), "?stream=true")).status).toBe(404);
    const unstored = await make({ tokens, dueMs: tokens.map(() => 0) }, { store: false });
    await unstored.response.text();
    expect((await get(idOf(unstored.id))).status).toBe(404);
  });
});

it("a reply of parts has them in the response's JSON", async () => {
  const { id, response } = await make(
    replyOf([
      { type: "reasoning", tokens: ["Look ", "first."] },
      { type: "text", tokens: ["I look."] },
      { type: "call", name: "lookup", tokens: ['{"page":', "3}"] },
    ]),
  );
  const events = eventsIn(await response.text());
  expect(events.map((event) => event.sequence_number)).toEqual(events.map((_, index) => index));
  expect(await (await get(idOf(id))).json()).toMatchObject({
    output: [
      { type: "reasoning", summary: [{ type: "summary_text", text: "Look first." }] },
      { type: "message", content: [{ type: "output_text", text: "I look." }] },
      { type: "function_call", name: "lookup", arguments: '{"page":3}', status: "completed" },
    ],
  });
});
