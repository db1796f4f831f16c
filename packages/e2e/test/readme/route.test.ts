/** docs/migration.md, "A route with streamText": both programs run, before one model. */
import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { promisify } from "node:util";
import { listen } from "@agent-transports/lab/listen";
import { replyMarker, startProvider, type ScriptedProvider } from "@agent-transports/lab/provider";
import { startWorker, writeOptions, type WorkerHost } from "@agent-transports/lab/worker-host";
import { createSseClient } from "@agent-transports/sse-client";
import type { UIMessage } from "ai";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { readDocuments, type Block } from "./blocks.ts";
import { Examples, replace } from "./examples.ts";

const blocks = await readDocuments();
const TOKEN = "a-token-that-nobody-can-guess";
const message: UIMessage = { id: "message-1", role: "user", parts: [{ type: "text", text: `Where is A7? ${replyMarker("order")}` }] };

let examples: Examples;
let provider: ScriptedProvider;
let recorder: Server;
let baseUrl: string;
/** What the provider is asked, as the AI SDK wrote it. */
let asked: object[] = [];
beforeAll(async () => {
  examples = await Examples.create(["e2e", "agent-worker"]);
  provider = await startProvider();
  provider.addReply("order", { tokens: [], dueMs: [], toolCall: { name: "orderStatus", arguments: { order: "A7" } } });
  provider.addReply("order~1", { tokens: ["It is ", "on its way."], dueMs: [0, 0] });
  recorder = createServer(async (request, response) => {
    let body = "";
    for await (const piece of request) body += String(piece);
    asked.push(JSON.parse(body) as object);
    const answer = await fetch(new URL(request.url ?? "", provider.baseUrl), { method: "POST", body });
    response.writeHead(answer.status, { "Content-Type": answer.headers.get("Content-Type") ?? "" });
    response.end(await answer.text());
  });
  baseUrl = `http://127.0.0.1:${await listen(recorder)}${new URL(provider.baseUrl).pathname}`;
}, 60_000);
afterAll(async () => {
  vi.unstubAllEnvs();
  recorder?.close();
  await provider?.close();
  await examples?.remove();
});

function block(id: string): Block {
  const found = blocks.find((one) => one.id === id);
  if (found === undefined) throw new RangeError(`There is no ${id}.`);
  return found;
}

/** What the model was asked, without the ids that differ from answer to answer. */
const taken = (): object[] => {
  const all = asked;
  asked = [];
  return all.map(
    (one) => JSON.parse(JSON.stringify(one, (key, value: unknown) => (key === "id" || key === "call_id" ? undefined : value))) as object,
  );
};

/** Builds the second program with the configuration of "Your own Agent", renamed as the page says. */
async function startAgent(): Promise<WorkerHost> {
  const folder = join(examples.folder, "agent");
  await mkdir(folder);
  const configuration = blocks.find(({ id, language }) => id === "agent-worker#your-own-agent" && language === "jsonc")?.code ?? "";
  const config = join(folder, "wrangler.jsonc");
  await writeFile(config, replace(configuration, { SupportAgent: "ChatAgent", "support-agent": "chat-agent" }));
  await writeFile(join(folder, "worker.ts"), block("docs/migration.md#a-route-with-streamtext.2").code);
  const wrangler = join(examples.folder, "node_modules", "wrangler", "bin", "wrangler.js");
  const out = join(folder, "built");
  await promisify(execFile)(process.execPath, [wrangler, "deploy", "--dry-run", "--outdir", out, "--config", config], {
    cwd: folder,
    env: { ...process.env, WRANGLER_SEND_METRICS: "false" },
    timeout: 90_000,
  });
  const worker = { config, script: join(out, "worker.js") };
  await writeOptions(worker);
  return startWorker({ worker, vars: { OPENAI_API_KEY: "scripted", OPENAI_BASE_URL: baseUrl, CHAT_TOKEN: TOKEN } });
}

it("a route with streamText and the Agent in its place ask the model the same, and answer the same", { timeout: 120_000 }, async () => {
  vi.stubEnv("OPENAI_API_KEY", "scripted");
  vi.stubEnv("OPENAI_BASE_URL", baseUrl);
  const { POST } = (await examples.load(block("docs/migration.md#a-route-with-streamtext"), {})) as {
    POST: (request: Request) => Promise<Response>;
  };
  const body = JSON.stringify({ messages: [message] });
  const said = await (await POST(new Request("http://localhost/api/chat", { method: "POST", body }))).text();
  const before = taken();
  expect(said).toContain("on its way.");
  expect(before).toHaveLength(2);
  expect(JSON.stringify(before[0])).toContain("You help the customers of a bicycle shop.");

  const host = await startAgent();
  try {
    using client = createSseClient({ url: host.url, agent: "chat-agent", name: "demo", headers: { Authorization: `Bearer ${TOKEN}` } });
    const run = client.start({ messages: [message] });
    let text = "";
    for await (const { data } of run) if (data.type === "text-delta") text += data.delta;
    expect({ text, state: run.end?.state }).toEqual({ text: "It is on its way.", state: "finished" });
    expect(taken()).toEqual(before);
  } finally {
    await host.dispose();
  }
});
