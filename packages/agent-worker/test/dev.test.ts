import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { build, eventually, post, raw, readEvents, start, startOf, TestSocket, wholeRun, type BuiltWorker } from "./harness.ts";

const root = join(import.meta.dirname, "..");
const wrangler = join(root, "node_modules", "wrangler", "bin", "wrangler.js");

/** `wrangler dev`, or what starts it, on whichever port was free when it began to listen. */
interface Dev {
  readonly origin: string;
  /** All that it printed so far. */
  printed(): string;
  end(): Promise<void>;
}

async function startDev(command: readonly string[], mode?: string): Promise<Dev> {
  const state = await mkdtemp(join(tmpdir(), "dev-"));
  // As a shell would start it: vitest sets NODE_ENV.
  const { NODE_ENV: _test, ...env } = process.env;
  // A developer's .dev.vars has no say here.
  const none = join(state, "none.env");
  await writeFile(none, "");
  const child = spawn(process.execPath, [...command, "--port", "0", "--persist-to", state, "--env-file", none], {
    cwd: root,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...env,
      ...(mode !== undefined && { NODE_ENV: mode }),
      CLOUDFLARE_CF_FETCH_ENABLED: "false",
      WRANGLER_SEND_METRICS: "false",
      NO_COLOR: "1",
    },
  });
  let printed = "";
  const ended = once(child, "close");
  const end = async (): Promise<void> => {
    if (child.exitCode === null && child.pid !== undefined) interrupt(child.pid);
    await ended;
    await rm(state, { recursive: true, force: true });
  };
  const ready = new Promise<string>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (data) => {
        printed += String(data);
        const [, port] = /Ready on http:\/\/\S+:(\d+)\s/.exec(printed) ?? [];
        if (port !== undefined) resolve(port);
      });
    }
    child.once("close", () => reject(new Error(`It ended:\n${printed}`)));
  });
  try {
    return { origin: `http://localhost:${await ready}`, printed: () => printed, end };
  } catch (error) {
    await end();
    throw error;
  }
}

/** Ends all of a process group, if any of it is left. */
function interrupt(group: number): void {
  try {
    process.kill(-group, "SIGINT");
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}

const printed = (dev: Dev, text: string): Promise<string> =>
  eventually(
    () => Promise.resolve(dev.printed()),
    (all) => all.includes(text),
  );

const preflight = (url: string, origin: string): Promise<Response> =>
  fetch(url, { method: "OPTIONS", headers: { Origin: origin, "Access-Control-Request-Method": "POST" } });

/** A run whose first words have come. */
async function begun(url: string, prompt: string): Promise<{ readonly response: Response; readonly events: () => Promise<unknown> }> {
  const response = await post(url, { prompt });
  const reader = response.body?.getReader();
  await reader?.read();
  const toEnd = async (): Promise<void> => {
    while ((await reader?.read())?.done === false) continue;
  };
  return { response, events: toEnd };
}

const VITE = "http://localhost:5173";
const STRANGE = "https://strange.example";

describe("dev", { timeout: 120_000 }, () => {
  let dev: Dev;
  let base: string;
  beforeAll(async () => {
    // As in a shell that has it for something else.
    dev = await startDev(["dev.ts"], "production");
    base = `${dev.origin}/agents/transport-agent/demo`;
  }, 120_000);
  afterAll(async () => dev?.end());

  it("says what to type, and that a scripted model answers without a key", async () => {
    const model = "OPENAI_API_KEY is not set: a scripted model answers.";
    expect(await printed(dev, model)).toContain(`curl -N -d '{"prompt": "Write me a Cloudflare Worker"}' ${base}`);
  });

  it.each([VITE, "http://127.0.0.1:3000", "http://[::1]:8080", "https://localhost:5173"])("allows pages of %s", async (origin) => {
    const asked = await preflight(`${base}/runs`, origin);
    expect({ status: asked.status, allowed: asked.headers.get("Access-Control-Allow-Origin") }).toEqual({ status: 204, allowed: origin });
    const socket = await new TestSocket(`${base}?v=1`, { Origin: origin }).open();
    socket.send({ type: "ping" });
    await socket.frame(({ type }) => type === "pong");
    socket.socket.close();
  });

  const remedy = (origin: string): string => `Add ${origin} to ALLOWED_ORIGINS: its pages may not use this agent.`;
  it.each([
    [STRANGE, remedy(STRANGE)],
    ["http://localhost.strange.example", remedy("http://localhost.strange.example")],
    ["http://192.0.2.7:5173", remedy("http://192.0.2.7:5173")],
    ["null", "Serve the page over HTTP: one from a file or a sandbox has no origin that could be allowed."],
    ["<no origin at all>", remedy("its origin")],
  ])("refuses pages of %s over both transports, and names the remedy to the client and on the console", async (origin, message) => {
    const refused = await preflight(`${base}/runs`, origin);
    const { error } = (await refused.json()) as { error: { code: string; message: string } };
    expect({ status: refused.status, ...error }).toEqual({
      status: 403,
      code: "forbidden",
      message,
    });
    const socket = new TestSocket(`${base}?v=1`, { Origin: origin });
    const [, reason] = await once(socket.socket, "close");
    expect({ code: socket.closeCode, reason: String(reason) }).toEqual({ code: 4403, reason: error.message });
    await printed(dev, error.message);
  });

  it("kills the Worker when the page asks for it, and the run goes on for its reader in the next one", async () => {
    const { killUrl } = (await (await fetch(`${dev.origin}/page/about`)).json()) as { killUrl: string };
    const { response, events } = await begun(`${base}/runs`, "Write 300 words at 60 tokens/s.");
    expect((await fetch(killUrl.replace(/.$/, ""), { method: "POST" })).status).toBe(404);
    expect((await fetch(killUrl)).status).toBe(404);
    expect((await fetch(killUrl, { method: "POST" })).status).toBe(204);
    await expect(events()).rejects.toThrow("terminated");
    const url = `${base}/runs/${response.headers.get("Agent-Run")}/events`;
    const ended = await readEvents(
      await eventually(
        // Between two Workers, wrangler's proxy may refuse or drop a request.
        () => fetch(url).catch(() => Response.error()),
        ({ status }) => status === 200,
      ),
    );
    expect(ended.at(-1)?.data).toMatchObject({ data: { state: "finished" } });
  });

  it("tells no page of another host where the Worker is killed, though its name leads to this machine", async () => {
    const about = (host: string): Promise<string> =>
      raw(new URL(dev.origin), `GET /page/about HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    const { port } = new URL(dev.origin);
    for (const host of ["localhost", "127.0.0.1"]) expect(await about(`${host}:${port}`)).toContain('"killUrl"');
    const rebound = await about(`rebound.example:${port}`);
    expect(rebound).toContain('"asksForToken"');
    expect(rebound).not.toContain("killUrl");
  });

  it("serves no page whose own name was made to lead to this machine, over either transport", async () => {
    const { port } = new URL(dev.origin);
    const asked = (host: string, path: string, headers: string): Promise<string> =>
      raw(new URL(dev.origin), `${path} HTTP/1.1\r\nHost: ${host}:${port}\r\nConnection: close\r\n${headers}\r\n`);
    const path = new URL(base).pathname;
    const body = '{"prompt": "Write 3 words."}';
    const start = (host: string): Promise<string> =>
      asked(host, `POST ${path}`, `Origin: http://${host}:${port}\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    for (const host of ["localhost", "127.0.0.1", "192.0.2.7", "app.localhost"]) {
      expect([host, (await start(host)).slice(0, 12)]).toEqual([host, "HTTP/1.1 200"]);
    }
    // Of one origin with its page: a browser says so with a POST, and says nothing with a GET.
    const refused = `Add http://rebound.example:${port} to ALLOWED_ORIGINS`;
    for (const answer of [await start("rebound.example"), await asked("rebound.example", `GET ${path}/runs`, "")]) {
      expect(answer).toMatch(/^HTTP\/1\.1 403/);
      expect(answer).toContain(refused);
    }
    const origin = `http://rebound.example:${port}`;
    const socket = new TestSocket(`${base}?v=1`, { Origin: origin, Host: `rebound.example:${port}` });
    const [, reason] = await once(socket.socket, "close");
    expect({ code: socket.closeCode, reason: String(reason) }).toEqual({ code: 4403, reason: expect.stringContaining(refused) });
  });

  it("says that .dev.vars changed and is read only at the start", async () => {
    const file = join(root, ".dev.vars");
    const there = existsSync(file);
    // A developer's own stays as it is.
    if (there) await utimes(file, new Date(), new Date());
    else await writeFile(file, "");
    try {
      expect(await printed(dev, ".dev.vars changed.")).toContain("It is read when dev starts: stop dev with Ctrl-C, and start it again.");
    } finally {
      if (!there) await rm(file);
    }
  });
});

describe("an error that the agent's author did not foresee", { timeout: 120_000 }, () => {
  it("is on the console of `wrangler dev` with its message, cause and source lines, and is not sent to clients", async () => {
    // With the Worker's own domain in every URL, as wrangler does where wrangler.jsonc has routes.
    const host = ["--host", "shop.example"];
    const dev = await startDev([wrangler, "dev", "--config", join(root, "test", "throwing", "wrangler.jsonc"), ...host]);
    try {
      expect((await preflight(`${dev.origin}/agents/throwing-agent/demo/runs`, VITE)).status).toBe(204);
      const { events } = await wholeRun(`${dev.origin}/agents/throwing-agent/demo`);
      expect(JSON.stringify(events)).not.toMatch(/shop|bicycles/);
      expect(events.at(-1)?.data).toMatchObject({ data: { state: "failed", error: { code: "internal" } } });
      // By that domain it cannot tell whose page asks.
      expect(await printed(dev, "DNS rebinding")).toContain("Set AGENT_TOKENS in .dev.vars");
      const console = await printed(dev, "there are no bicycles left");
      expect(console).toContain("the shop is closed");
      expect(console).toMatch(/openShop \S*test\/throwing\/worker\.ts:\d+|openShop \(\S*test\/throwing\/worker\.ts:\d+/);
    } finally {
      await dev.end();
    }
  });

  it.each([
    ["as kind and place only", {}, false],
    ["in full when LOG_ERRORS is set", { LOG_ERRORS: "1" }, true],
  ])("is in a deployment's log %s", async (_how, vars, whole) => {
    const logs: string[] = [];
    const host = await startOf("throwing", { vars, log: (message) => logs.push(message) });
    try {
      const { events } = await wholeRun(new URL("/agents/throwing-agent/demo", host.url).href);
      expect(JSON.stringify(events)).not.toMatch(/shop|bicycles/);
      // In full it is more than one line.
      const last = whole ? ["run:fault", "openShop", "there are no bicycles left"] : ["run:fault", "openShop"];
      const all = await eventually(
        () => Promise.resolve(logs.join("\n")),
        (text) => last.every((one) => text.includes(one)),
      );
      expect([all.includes("the shop is closed"), all.includes("there are no bicycles left"), /\n\s+at /.test(all)]).toEqual([
        whole,
        whole,
        whole,
      ]);
      expect(all).toContain("openShop");
    } finally {
      await host.dispose();
    }
  });
});

/** Built as `wrangler deploy` does in a shell that has this NODE_ENV. */
async function builtIn(folder: string, mode: string | undefined): Promise<BuiltWorker> {
  const before = process.env["NODE_ENV"];
  if (mode !== undefined) process.env["NODE_ENV"] = mode;
  return build(folder).finally(() => {
    if (before === undefined) delete process.env["NODE_ENV"];
    else process.env["NODE_ENV"] = before;
  });
}

/** Cloudflare says who asks, and takes no client's word for it. */
const ELSEWHERE = "Host: agent.example\r\nCF-Connecting-IP: 192.0.2.7\r\nConnection: close\r\n";

describe("a deployment", { timeout: 120_000 }, () => {
  it.each([
    ["bundled as `deploy` does, even at this machine's own address", undefined],
    ["bundled for development by mistake, at any address but this machine's", "development"],
  ])("refuses pages of localhost, %s", async (_how, mode) => {
    const built = await builtIn(join(root, "examples", "support-agent"), mode);
    const host = await start({ worker: built });
    try {
      const address = mode === undefined ? `Host: ${host.url.host}\r\nConnection: close\r\n` : ELSEWHERE;
      const head = `OPTIONS /agents/support-agent/demo/runs HTTP/1.1\r\n${address}Origin: ${VITE}\r\n\r\n`;
      expect(await raw(host.url, head)).toMatch(/^HTTP\/1\.1 403 /);
    } finally {
      await host.dispose();
      await built.remove();
    }
  });

  it("logs only an error's kind and place, even when it was bundled for development by mistake", async () => {
    const logs: string[] = [];
    const built = await builtIn(join(root, "test", "throwing"), "development");
    const host = await start({ worker: built, log: (message) => logs.push(message) });
    try {
      const body = '{"prompt":"Hi"}';
      const head = `POST /agents/throwing-agent/demo/runs HTTP/1.1\r\n${ELSEWHERE}Content-Length: ${body.length}\r\n\r\n`;
      expect(await raw(host.url, head + body)).toContain('"state":"failed"');
      const all = await eventually(
        () => Promise.resolve(logs.join("\n")),
        (text) => text.includes("run:fault"),
      );
      expect(all).not.toMatch(/shop is closed|bicycles/);
    } finally {
      await host.dispose();
      await built.remove();
    }
  });

  it("starts a run for a page that ALLOWED_ORIGINS names", async () => {
    const host = await start({ vars: { ALLOWED_ORIGINS: `https://other.example, ${VITE}` } });
    try {
      const response = await post(new URL("/agents/transport-agent/demo/runs", host.url), { prompt: "Hi" }, { Origin: VITE });
      expect(response.headers.get("Access-Control-Allow-Origin")).toBe(VITE);
      expect((await readEvents(response)).at(-1)?.data).toMatchObject({ data: { state: "finished" } });
    } finally {
      await host.dispose();
    }
  });
});
