/** One answer with text, reasoning, two tool calls, a source and a file, killed at each of its moments: its readers have it whole, and its tools ran once. */
import { createServer, type ServerResponse } from "node:http";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { LanguageModelV4Prompt, LanguageModelV4StreamPart } from "@ai-sdk/provider";
import type { WorkerHost } from "@agent-transports/worker-host";
import { isToolUIPart, readUIMessageStream, type UIMessage, type UIMessageChunk } from "ai";
import { describe, expect, inject, it } from "vitest";
import { post, range, readEvents, seqs, startOf, TestSocket, textOf, type SseEvent } from "./harness.ts";
import { answerFor, FIRST, SECOND } from "./recovery/book.ts";

/** What outlives a Worker: its model's provider, and the world that its tool works on. */
class World {
  readonly prompts: LanguageModelV4Prompt[] = [];
  readonly worked: string[] = [];
  readonly #outputs = new Map<string, unknown>();
  readonly #responses = new Map<string, readonly LanguageModelV4StreamPart[]>();
  readonly #resumable: boolean;
  readonly #numbersAnew: boolean;
  /** Called before each thing that it says or does; so a test kills at each of them. */
  before: () => void = () => undefined;
  readonly server = createServer((request, response) => {
    let body = "";
    request.on("data", (data) => (body += String(data)));
    request.on("end", () => void this.#answer(new URL(request.url ?? "/", "http://world"), body, response));
  });

  constructor(resumable: boolean, numbersAnew: boolean) {
    this.#resumable = resumable;
    this.#numbersAnew = numbersAnew;
  }

  async #answer({ pathname, searchParams }: URL, body: string, response: ServerResponse): Promise<void> {
    const key = searchParams.get("key") ?? "";
    if (pathname === "/done") return void response.end(JSON.stringify(this.#outputs.get(key) ?? null));
    if (pathname === "/weather") {
      const town = searchParams.get("town") ?? "";
      this.before();
      await pause(3);
      this.worked.push(town);
      this.#outputs.set(key, { town, celsius: town.length });
      this.before();
      await pause(3);
      return void response.end(JSON.stringify(this.#outputs.get(key)));
    }
    let parts = this.#responses.get(pathname.replace("/responses/", ""));
    if (pathname === "/respond") {
      const prompt = JSON.parse(body) as LanguageModelV4Prompt;
      this.prompts.push(prompt);
      parts = answerFor(prompt, this.#responses.size, this.#numbersAnew);
      this.#responses.set(`response-${this.#responses.size}`, parts);
    }
    if (parts === undefined) return void response.writeHead(404).end();
    response.writeHead(200, this.#resumable ? { "agent-resumable": "1" } : {});
    for (const part of parts) {
      this.before();
      await pause(4);
      if (response.destroyed) return;
      response.write(`${JSON.stringify(part)}\n`);
    }
    response.end();
  }
}

/** The message that the AI SDK's own reader makes of a log. */
async function shown(events: readonly SseEvent[]): Promise<UIMessage | undefined> {
  let message: UIMessage | undefined;
  const stream = new ReadableStream<UIMessageChunk>({
    start(controller) {
      for (const { data } of events) controller.enqueue(data as UIMessageChunk);
      controller.close();
    },
  });
  for await (const next of readUIMessageStream({ stream })) message = next;
  return message;
}

/** What a reader is given that comes back over a socket, up to the run's end. */
async function restOf(run: string, agent: string, after: string | undefined): Promise<SseEvent[]> {
  const socket = await new TestSocket(`${agent}?v=1`).open();
  socket.send({ type: "resume", run, after });
  const rest = await socket.ended(run);
  socket.socket.close();
  return rest;
}

/** About so many moments has an answer. */
const MOMENTS = 74;

// Each has a runtime of its own, and mostly waits for it.
describe.concurrent("an answer whose Worker is killed in its middle, that its", () => {
  it.each([
    ["provider streams again", true, false],
    ["model goes on with", false, false],
    ["model goes on with, and numbers its calls anew in each step", false, true],
  ])(
    "%s: is whole for readers over both transports, and its tools ran once",
    { timeout: 60_000 + inject("kills") * 20_000 },
    async (_what, resumable, numbersAnew) => {
      const storage = await mkdtemp(join(tmpdir(), "answered-"));
      const world = new World(resumable, numbersAnew);
      await new Promise<void>((resolve) => void world.server.listen(0, "127.0.0.1", resolve));
      const address = world.server.address();
      const vars = { WORLD: `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}` };
      const start = (): Promise<WorkerHost> => startOf("answering", { persistTo: storage, vars });
      let host = await start();
      let struck = 0;
      try {
        for (let kill = 0; kill < inject("kills"); kill++) {
          // Spread over the answer; with as many kills as it has moments, each of them.
          const moment = 1 + Math.floor(((kill + 0.5) * MOMENTS) / inject("kills"));
          let moments = 0;
          const killed = Promise.withResolvers<void>();
          world.before = () => {
            if ((moments += 1) !== moment) return;
            host.kill();
            killed.resolve();
          };
          world.worked.length = 0;
          const base = new URL(`/agents/answering-agent/moment-${moment}`, host.url);
          const response = await post(`${base.href}/runs`, { prompt: "What is the weather in Lisbon and in Oslo?" });
          const run = response.headers.get("Agent-Run") ?? "";
          const seen: SseEvent[] = [];
          const reading = readEvents(response, (events) => {
            seen.splice(0, seen.length, ...events);
            return false;
          });
          const ended = reading.then(
            () => "whole",
            () => killed.promise,
          );
          await Promise.race([killed.promise, ended]);
          // An answer that is over before this moment is the last one, and nothing killed it.
          const isStruck = moments >= moment;
          world.before = () => undefined;
          await reading.catch(() => undefined);
          if (isStruck) {
            struck += 1;
            await host.dispose();
            host = await start();
          }
          const again = new URL(base.pathname, host.url).href;
          const rest: SseEvent[] = isStruck ? await restOf(run, again, seen.at(-1)?.id) : [];
          const log = await readEvents(await fetch(`${again}/runs/${run}/events`));
          const message = await shown(log);
          const calls = (message?.parts ?? []).flatMap((part) => (isToolUIPart(part) && part.state === "output-available" ? [part] : []));
          // What the next question's model is shown is what the conversation holds.
          world.prompts.length = 0;
          await readEvents(await post(`${again}/runs`, { prompt: "Thank you." }));
          expect({
            moment,
            ids: seqs(log),
            both: [...seen, ...rest],
            end: log.at(-1)?.data,
            text: textOf(log),
            worked: world.worked.toSorted(),
            outputs: calls.filter(({ input, output }) => (input as { town: string }).town === (output as { town: string }).town).length,
            files: message?.parts.filter(({ type }) => type === "file").length,
            roles: world.prompts[0]?.filter(({ role }) => role === "user").length,
          }).toEqual({
            moment,
            ids: range(1, log.length),
            both: log,
            end: { type: "data-run-end", data: { state: "finished" }, transient: true },
            text: FIRST + SECOND,
            worked: ["Lisbon", "Oslo"],
            outputs: 2,
            files: 1,
            roles: 2,
          });
          if (!isStruck) break;
        }
        expect(struck).toBeGreaterThanOrEqual(Math.max(1, inject("kills") - 1));
      } finally {
        world.before = () => undefined;
        await host.dispose();
        world.server.closeAllConnections();
        world.server.close();
        await rm(storage, { recursive: true, force: true });
      }
    },
  );
});
