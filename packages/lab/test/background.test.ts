import { backgroundResponses, joiningFetch } from "@agent-transports/agent-worker/generate";
import { createOpenAI } from "@ai-sdk/openai";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { replyMarker, replyOf, startProvider, tokenText, type Reply, type ScriptedProvider } from "../src/provider/index.ts";
import { startWorker, type WorkerHost } from "../src/worker-host/index.ts";

let provider: ScriptedProvider;
beforeAll(async () => {
  provider = await startProvider();
});
afterAll(() => provider.close());

const tokens = Array.from({ length: 400 }, (_, index) => tokenText(index, () => 0.3));
const text = tokens.join("");
let ids = 0;

/** A reply whose last token waits. */
function halted(): { readonly id: string; readonly goOn: () => void } {
  const id = `background-${(ids += 1)}`;
  const gate = Promise.withResolvers<void>();
  provider.addReply(id, { tokens, dueMs: tokens.map(() => 0), end: gate.promise });
  return { id, goOn: () => gate.resolve() };
}

function scripted(reply: Reply): string {
  const id = `background-${(ids += 1)}`;
  provider.addReply(id, reply);
  return id;
}

/** The response's JSON, as the provider has it. */
async function kept(id: string): Promise<unknown> {
  return (await fetch(`${provider.baseUrl}/responses/${provider.sent(id)?.responseId}`)).json();
}

type Model = ReturnType<ReturnType<typeof createOpenAI>["responses"]>;
type Streamed = Awaited<ReturnType<Model["doStream"]>>;
type Part = Streamed["stream"] extends ReadableStream<infer Each> ? Each : never;

/** The AI SDK's model, as an Agent's middleware asks it. */
function ask(id: string, more: { readonly resume?: string; readonly abortSignal?: AbortSignal; readonly fetch?: typeof fetch } = {}) {
  const { resume, abortSignal } = more;
  const openai = createOpenAI({ apiKey: "k", baseURL: provider.baseUrl, fetch: joiningFetch(more.fetch ?? backgroundResponses()) });
  return openai.responses("gpt-4o").doStream({
    prompt: [{ role: "user", content: [{ type: "text", text: replyMarker(id) }] }],
    ...(resume !== undefined && { headers: { "agent-resume-response": resume } }),
    ...(abortSignal !== undefined && { abortSignal }),
  });
}

async function read({ stream }: Streamed, enough: (parts: readonly Part[]) => boolean = () => false): Promise<Part[]> {
  const parts: Part[] = [];
  for await (const part of stream) {
    parts.push(part);
    if (enough(parts)) break;
  }
  return parts;
}

const textIn = (parts: readonly Part[]): string => parts.map((part) => (part.type === "text-delta" ? part.delta : "")).join("");
const someText = (parts: readonly Part[]): boolean => textIn(parts) !== "";

describe("@ai-sdk/openai in background mode", () => {
  it("says that an answer can be taken up again and by which id, and reads it joined", async () => {
    const id = scripted({ tokens, dueMs: tokens.map(() => 0) });
    const streamed = await ask(id);
    expect(streamed.response?.headers?.["agent-resumable"]).toBe("1");
    const parts = await read(streamed);
    expect(parts).toContainEqual(expect.objectContaining({ type: "response-metadata", id: provider.sent(id)?.responseId }));
    expect(textIn(parts)).toBe(text);
    expect(parts.filter(({ type }) => type === "text-delta").length).toBeLessThan(tokens.length / 10);
    expect(parts.at(-1)).toMatchObject({ type: "finish", finishReason: { unified: "stop" } });
  });

  it("reads an answer from its first part on that was left in its middle, with its reasoning and its calls", async () => {
    const gate = Promise.withResolvers<void>();
    const reply = replyOf([
      { type: "reasoning", tokens: ["Think ", "first."] },
      { type: "text", tokens },
      { type: "call", name: "lookup", tokens: ['{"page":', "3}"] },
    ]);
    const id = scripted({ ...reply, end: gate.promise });
    const left = await read(await ask(id), someText);
    const responseId = provider.sent(id)?.responseId ?? "";
    const streamed = await ask(id, { resume: responseId });
    expect(streamed.response?.headers?.["agent-resumable"]).toBe("1");
    gate.resolve();
    const again = await read(streamed);
    expect(textIn(again)).toBe(text);
    const kinds = (parts: readonly Part[]): unknown[] => parts.map((part) => ("id" in part ? [part.type, part.id] : part.type));
    expect(kinds(again).slice(0, left.length - 1)).toEqual(kinds(left).slice(0, -1));
    expect(again).toContainEqual(expect.objectContaining({ type: "tool-call", toolName: "lookup", input: '{"page":3}' }));
    expect(provider.allSent(id)).toHaveLength(1);
    expect(provider.sent(id)).toMatchObject({ outcome: "finished", resumed: 1, generated: reply.tokens.length });
  });

  it("gives the provider's refusal where the answer is no longer there", async () => {
    const id = scripted({ tokens, dueMs: tokens.map(() => 0) });
    await read(await ask(id));
    const responseId = provider.sent(id)?.responseId ?? "";
    provider.forgetResponse(responseId);
    await expect(ask(id, { resume: responseId })).rejects.toMatchObject({ statusCode: 404 });
    expect(provider.allSent(id)).toHaveLength(1);
  });

  it.each([
    ["stops it at the provider when it is aborted", "AbortError", "cancelled", "cancelled"],
    ["leaves it to the provider after a timeout", "TimeoutError", "in_progress", "finished"],
  ])("%s", async (_what, name, status, outcome) => {
    const { id, goOn } = halted();
    const abort = new AbortController();
    const { stream } = await ask(id, { abortSignal: abort.signal });
    const reader = stream.getReader();
    while ((await reader.read()).value?.type !== "text-delta");
    abort.abort(new DOMException("Enough.", name));
    const rest = async (): Promise<void> => {
      while (!(await reader.read()).done);
    };
    await expect(rest()).rejects.toMatchObject({ name });
    // The first that asks comes to the provider behind a request that cancels.
    await vi.waitFor(async () => expect(await kept(id)).toMatchObject({ status }), { timeout: 20_000 });
    goOn();
    expect((await provider.whenFinished(id)).outcome).toBe(outcome);
  });

  it("has as few text deltas as without it", async () => {
    const counts: number[] = [];
    for (const fetched of [fetch, backgroundResponses()]) {
      const id = scripted({ tokens, dueMs: tokens.map(() => 0) });
      const parts = await read(await ask(id, { fetch: fetched }));
      expect(textIn(parts)).toBe(text);
      counts.push(parts.filter(({ type }) => type === "text-delta").length);
    }
    expect(Math.max(...counts)).toBeLessThan(tokens.length / 10);
  });
});

describe("an Agent with OPENAI_BACKGROUND=1", () => {
  let host: WorkerHost;
  beforeAll(async () => {
    host = await startWorker({ vars: { OPENAI_API_KEY: "scripted", OPENAI_BASE_URL: provider.baseUrl, OPENAI_BACKGROUND: "1" } });
  });
  afterAll(() => host.dispose());

  const base = (): URL => new URL("/agents/transport-agent/background/", host.url);
  const start = (id: string): Promise<Response> =>
    fetch(new URL("runs", base()), { method: "POST", body: JSON.stringify({ prompt: replyMarker(id) }) });

  it("gives the whole answer once, which the provider keeps", async () => {
    const id = scripted({ tokens, dueMs: tokens.map((_, index) => index) });
    const deltas = [...(await (await start(id)).text()).matchAll(/^data: (\{"type":"text-delta".*\})$/gm)];
    expect(deltas.map(([, data]): string => JSON.parse(data ?? "").delta).join("")).toBe(text);
    expect(await kept(id)).toMatchObject({ background: true, status: "completed" });
  });

  it("cancels the answer at the provider with its run", async () => {
    const { id, goOn } = halted();
    const response = await start(id);
    await vi.waitFor(() => expect(provider.sent(id)?.sentAt).toHaveLength(tokens.length - 1), { timeout: 20_000 });
    const run = response.headers.get("Agent-Run") ?? "";
    const seen = response.text();
    expect((await fetch(new URL(`runs/${run}`, base()), { method: "DELETE" })).ok).toBe(true);
    await vi.waitFor(() => expect(provider.sent(id)?.outcome).toBe("cancelled"), { timeout: 20_000 });
    goOn();
    expect(await seen).toContain('"cancelled"');
    expect(provider.sent(id)?.generated).toBe(tokens.length - 1);
  });

  it("leaves the answer to the provider when its Worker dies", async () => {
    const { id, goOn } = halted();
    const seen = (await start(id)).text();
    await vi.waitFor(() => expect(provider.sent(id)?.sentAt).toHaveLength(tokens.length - 1), { timeout: 20_000 });
    // No test comes behind this one.
    host.kill();
    await expect(seen).rejects.toThrow(/terminated/);
    goOn();
    expect((await provider.whenFinished(id)).outcome).toBe("finished");
    expect(provider.sent(id)?.generated).toBe(tokens.length);
    expect(await kept(id)).toMatchObject({ status: "completed" });
  });
});
