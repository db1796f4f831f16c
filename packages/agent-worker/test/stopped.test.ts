/** Stop, and "go on": the model is shown what it had said. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { post, readEvents, segment, start, startProvider, TestSocket, textOf, type SseEvent } from "./harness.ts";

const WORDS = ["The first half", " of it,"];
const said = (events: readonly SseEvent[]): boolean => textOf(events).includes(WORDS.join(""));

/** What the provider was asked, in order; it says its words to the first prompt of each agent and then waits, and answers the next one whole. */
const prompts: { readonly messages: readonly { readonly role: string; readonly content: unknown }[] }[] = [];
let provider: Awaited<ReturnType<typeof startProvider>>;
let worker: Awaited<ReturnType<typeof start>>;

beforeAll(async () => {
  provider = await startProvider(async (request, response) => {
    let body = "";
    for await (const data of request) body += String(data);
    const prompt = JSON.parse(body) as (typeof prompts)[number];
    prompts.push(prompt);
    response.writeHead(200, { "Content-Type": "text/event-stream" });
    const say = (delta: object, finish_reason: string | null = null): unknown =>
      response.write(`data: ${JSON.stringify({ choices: [{ index: 0, delta, finish_reason }] })}\n\n`);
    for (const content of WORDS) say({ content });
    if (prompt.messages.filter(({ role }) => role === "user").length === 1) return; // Until it is cancelled.
    say({}, "stop");
    response.end("data: [DONE]\n\n");
  });
  worker = await start({ vars: { OPENAI_API_KEY: "k", OPENAI_BASE_URL: provider.url, OPENAI_API: "chat" } });
}, 60_000);

afterAll(async () => {
  await worker.dispose();
  provider.close();
});

/** Asks, stops the answer in its middle, asks again. @returns both answers' events */
async function overSse(base: string): Promise<(readonly SseEvent[])[]> {
  const response = await post(`${base}/runs`, { prompt: "Tell me." });
  const run = response.headers.get("Agent-Run") ?? "";
  await readEvents(response, said);
  await fetch(`${base}/runs/${run}`, { method: "DELETE" });
  const stopped = await readEvents(await fetch(`${base}/runs/${run}/events`));
  return [stopped, await readEvents(await post(`${base}/runs`, { prompt: "Go on." }))];
}

/** The same. */
async function overWebSocket(base: string): Promise<(readonly SseEvent[])[]> {
  const socket = await new TestSocket(`${base}?v=1`).open();
  const startRun = async (key: string, prompt: string): Promise<string> => {
    socket.send({ type: "start", key, input: { prompt } });
    const { run } = await socket.frame((frame) => frame.type === "started" && frame["key"] === key);
    return (run as { readonly id: string }).id;
  };
  const run = await startRun("1", "Tell me.");
  await socket.frame(() => said(socket.events(run)));
  socket.send({ type: "cancel", run });
  const stopped = await socket.ended(run);
  const next = await socket.ended(await startRun("2", "Go on."));
  socket.socket.close();
  return [stopped, next];
}

it.each([
  ["SSE", overSse],
  ["WebSocket", overWebSocket],
] as const)("an answer that is cancelled is shown to the model when it is asked again, over %s", async (transport, ask) => {
  const [stopped = [], next = []] = await ask(new URL(`${segment}/stopped-${transport}`, worker.url).href);
  expect(stopped.at(-1)?.data).toMatchObject({ data: { state: "cancelled" } });
  expect(next.at(-1)?.data).toMatchObject({ data: { state: "finished" } });
  expect(prompts.at(-1)?.messages).toMatchObject([
    { role: "user", content: "Tell me." },
    { role: "assistant", content: textOf(stopped) },
    { role: "user", content: "Go on." },
  ]);
});
