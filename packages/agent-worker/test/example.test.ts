import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { WorkerHost } from "@agent-transports/worker-host";
import { build, post, readEvents, start, startProvider, TestSocket, type BuiltWorker } from "./harness.ts";

const root = join(import.meta.dirname, "..");
const example = join(root, "examples", "support-agent");

/** What a model of OpenAI's chat completions streams: the choices of one chunk each. */
const stream = (...choices: object[]): string =>
  [
    ...choices.map((choice) =>
      JSON.stringify({ id: "1", created: 0, model: "m", choices: [{ index: 0, finish_reason: null, ...choice }] }),
    ),
    "[DONE]",
  ]
    .map((data) => `data: ${data}\n\n`)
    .join("");

const toolCall = { index: 0, id: "call-1", type: "function", function: { name: "orderStatus", arguments: '{"order":"A7"}' } };
const answers = [
  stream({ delta: { role: "assistant", tool_calls: [toolCall] } }, { delta: {}, finish_reason: "tool_calls" }),
  stream({ delta: { role: "assistant", content: "It is on its way." } }, { delta: {}, finish_reason: "stop" }),
];

let built: BuiltWorker;
let host: WorkerHost;
let provider: Awaited<ReturnType<typeof startProvider>>;
const asked: string[] = [];
beforeAll(async () => {
  built = await build(example);
  provider = await startProvider((request, response) => {
    let body = "";
    request.on("data", (data) => (body += String(data)));
    request.on("end", () => {
      response.writeHead(200, { "Content-Type": "text/event-stream" }).end(answers[asked.length]);
      asked.push(body);
    });
  });
  host = await start({
    worker: built,
    vars: { OPENAI_API_KEY: "k", OPENAI_BASE_URL: provider.url, OPENAI_API: "chat" },
  });
}, 60_000);
afterAll(async () => {
  await host.dispose();
  provider.close();
  await built.remove();
});

describe("the README's example", () => {
  it("is the file that these tests build", async () => {
    expect(await readFile(join(root, "README.md"), "utf8")).toContain(await readFile(join(example, "worker.ts"), "utf8"));
  });

  it("runs its tool in the agent, gives the model its instructions, and replays a custom part with the others", async () => {
    const base = new URL("/agents/support-agent/demo", host.url).href;
    const response = await post(`${base}/runs`, { prompt: "Where is A7?" });
    const events = await readEvents(response);
    expect(events.at(-1)?.data).toMatchObject({ data: { state: "finished" } });
    expect(events.find(({ data }) => data.type === "data-order")?.data).toMatchObject({
      id: "call-1",
      data: { order: "A7", status: "on its way" },
    });
    expect(events.find(({ data }) => data.type === "text-delta")?.data).toMatchObject({ delta: "It is on its way." });
    expect(asked[0]).toContain("bicycle shop");
    expect(asked[1]).toContain("on its way");
    const replay = await fetch(`${base}/runs/${response.headers.get("Agent-Run")}/events`);
    expect(await readEvents(replay)).toEqual(events);
  });

  it("is found only under its own name", async () => {
    const response = await fetch(new URL("/agents/transport-agent/demo", host.url));
    expect({ status: response.status, ...((await response.json()) as object) }).toMatchObject({
      status: 404,
      error: { code: "not_found" },
    });
  });
});

describe("the README's Agent, in an empty folder", () => {
  /** The document's section. */
  async function section(): Promise<string> {
    const readme = await readFile(join(root, "README.md"), "utf8");
    return /^## Your own Agent$([\s\S]*?)^## /m.exec(readme)?.[1] ?? "";
  }

  it("uses the configuration that these tests build", async () => {
    const shown = /^```jsonc\n([\s\S]*?)^```$/m.exec(await section())?.[1];
    const file = await readFile(join(example, "wrangler.jsonc"), "utf8");
    expect(shown).toBe(file.replace("../../node_modules/", "node_modules/"));
  });

  it("installs the versions that this package is tested with", async () => {
    const catalog = await readFile(join(root, "..", "..", "pnpm-workspace.yaml"), "utf8");
    const named = [...(await section()).matchAll(/ (ai|zod|wrangler)@(\S+)/g)].map(([, name, version]) => `  ${name}: ${version}\n`);
    expect(named).toHaveLength(3);
    for (const line of named) expect(catalog).toContain(line);
  });

  it("answers each curl as the README shows, with a tool and no key, and requires the token once it is set", async () => {
    const text = await section();
    const [, said] = /^# (The tool .+)$/m.exec(text) ?? [];
    const [, SUPPORT_TOKEN = ""] = /SUPPORT_TOKEN=([\w-]+)/.exec(text) ?? [];
    const [open, guarded] = text.split("\n").filter((line) => line.startsWith("curl "));
    for (const [command, vars] of [
      [open, {}],
      [guarded, { SUPPORT_TOKEN }],
    ] as const) {
      const own = await start({ worker: built, vars });
      try {
        const asked = (command ?? "").replace("http://localhost:8787", own.url.origin);
        expect(asked).toContain(own.url.origin);
        expect((await promisify(execFile)("bash", ["-c", asked], { timeout: 50_000 })).stdout).toBe(said);
        const without = await post(new URL("/agents/support-agent/demo", own.url), { prompt: "Where is order A7?" });
        expect(without.status).toBe("SUPPORT_TOKEN" in vars ? 401 : 200);
      } finally {
        await own.dispose();
      }
    }
  });
});

describe("the README's example of an authority", () => {
  const SESSION_SECRET = "what the sign-in signs with, long enough";
  const members = join(root, "examples", "members-agent");
  let membersBuilt: BuiltWorker;
  let site: WorkerHost;
  beforeAll(async () => {
    membersBuilt = await build(members);
    site = await start({ worker: membersBuilt, vars: { SESSION_SECRET, TICKET_SECRET: "what the tickets are signed with, long enough" } });
  }, 60_000);
  afterAll(async () => {
    await site.dispose();
    await membersBuilt.remove();
  });
  const session = (sub: string, seconds: number): Promise<string> =>
    new SignJWT({})
      .setProtectedHeader({ alg: "HS256" })
      .setSubject(sub)
      .setExpirationTime(Math.floor(Date.now() / 1000) + seconds)
      .sign(new TextEncoder().encode(SESSION_SECRET));

  it("is the file that these tests build", async () => {
    expect(await readFile(join(root, "README.md"), "utf8")).toContain(await readFile(join(members, "worker.ts"), "utf8"));
  });

  it("lets only a member use their own agent, over both transports", async () => {
    const base = new URL("/agents/members-agent/ada", site.url).href;
    const as = async (sub: string, seconds = 60): Promise<Record<string, string>> => ({
      Authorization: `Bearer ${await session(sub, seconds)}`,
    });
    const statuses = [];
    for (const headers of [{}, await as("eve"), await as("ada", -60), { Authorization: "Bearer x" }]) {
      statuses.push((await post(`${base}/runs`, { prompt: "Hello" }, headers)).status);
    }
    expect(statuses).toEqual([401, 401, 401, 401]);
    const response = await post(`${base}/runs`, { prompt: "Hello" }, await as("ada"));
    const events = await readEvents(response);
    const { ticket } = (await (await post(`${base}/tickets`, {}, await as("ada"))).json()) as { ticket: string };
    const run = response.headers.get("Agent-Run") ?? "";
    const socket = await new TestSocket(`${base}?v=1&ticket=${ticket}&resume=${run}`).open();
    expect(await socket.ended(run)).toEqual(events);
    socket.socket.close();
    expect((await post(`${base}/runs`, { prompt: "x".repeat(20_001) }, await as("ada"))).status).toBe(413);
  });
});
