import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { WebSocketServer } from "ws";
import { NGINX_DEFAULTS, type NginxSettings } from "../src/nginx/config.ts";
import { EdgeError } from "../src/edge/errors.ts";
import { http2Fetch } from "../src/edge/http2-fetch.ts";
import { startNginx, type Nginx } from "../src/nginx/nginx.ts";
import { listen } from "../src/listen.ts";
import * as tools from "../src/tools.ts";
import { linux, needs } from "../src/needs.ts";

/** Stands where the Worker does: an event stream that says one thing, and goes on when it is told to; and an echo on a WebSocket. */
const server = createServer((request, response) => {
  asked.push(request.headers);
  streams.push(response);
  response.writeHead(200, {
    "Content-Type": "text/event-stream",
    ...(request.url === "/accel" ? { "X-Accel-Buffering": "no" } : {}),
    ...(request.url === "/identity" ? { "Content-Encoding": "identity" } : {}),
  });
  response.write("data: 1\n\n");
});
const sockets = new WebSocketServer({ server, perMessageDeflate: true });
sockets.on("connection", (socket) => socket.on("message", (data) => socket.send(data, { binary: false })));
let asked: IncomingHttpHeaders[] = [];
let streams: ServerResponse[] = [];
let nginxes: Nginx[] = [];
let target: URL;

beforeAll(async () => {
  target = new URL(`http://127.0.0.1:${await listen(server)}`);
});
afterEach(async () => {
  for (const stream of streams) stream.destroy();
  for (const nginx of nginxes) await nginx.close();
  asked = [];
  streams = [];
  nginxes = [];
});
afterAll(() => {
  sockets.close();
  server.close();
  server.closeAllConnections();
});

async function start(settings: Partial<NginxSettings>): Promise<Nginx> {
  const nginx = await startNginx(target, { ...NGINX_DEFAULTS, ...settings });
  nginxes.push(nginx);
  return nginx;
}

const HELD = "held";
/** Nothing tells that nginx holds something back but that it does not come; what it passes on is there in a few ms. */
const LONG_ENOUGH_MS = 300;
/** The first bytes of a stream, or that those to be held do not come for a while; the stream is then ended, and must say all of it. */
async function firstBytes(nginx: Nginx, path: string, isHeld: boolean): Promise<string> {
  const reached = once(server, "request");
  const asking = fetch(new URL(path, nginx.url));
  // Where it is held back, not even the header of the response comes.
  const first = asking.then(async (response) => {
    const reader = response.body!.getReader();
    const { value } = await reader.read();
    return { reader, text: new TextDecoder().decode(value) };
  });
  await reached;
  const passed = first.then(({ text }) => text);
  // What is not held back comes while the stream goes on, however long a busy machine takes.
  const answer = isHeld
    ? await Promise.race([passed, new Promise<string>((resolve) => setTimeout(resolve, LONG_ENOUGH_MS, HELD))])
    : await passed;
  streams.at(-1)?.end();
  expect((await first).text).toBe("data: 1\n\n");
  return answer;
}

async function open(nginx: Nginx): Promise<WebSocket> {
  const url = new URL(nginx.url);
  url.protocol = "ws:";
  const socket = new WebSocket(url);
  await once(socket, "open");
  return socket;
}

describe("a real nginx", needs(tools.nginx, tools.openssl), () => {
  const held: [string, Partial<NginxSettings>, string, boolean][] = [
    ["buffering on", {}, "/", true],
    ["buffering off", { buffering: false }, "/", false],
    ["buffering on, and X-Accel-Buffering: no", {}, "/accel", false],
    ["the same header, ignored", { accelBuffering: "ignored" }, "/accel", true],
    ["buffering on, and HTTP/1.1 to the Worker", { upstreamHttp: "1.1" }, "/", false],
    ["gzip and buffering on, and HTTP/1.1", { upstreamHttp: "1.1", gzip: "on" }, "/", true],
    ["gzip on and buffering off", { buffering: false, gzip: "on" }, "/", false],
  ];
  it.each(held)("with %s, an event stream's first event is held back or not", async (_title, settings, path, isHeld) => {
    expect(await firstBytes(await start(settings), path, isHeld)).toBe(isHeld ? HELD : "data: 1\n\n");
  });

  it("compresses an event stream, but one with Content-Encoding: identity only when forced to", async () => {
    const encodingOf = async (settings: Partial<NginxSettings>, path: string): Promise<string | null> => {
      const response = await fetch(new URL(path, (await start({ buffering: false, ...settings })).url));
      await response.body?.cancel();
      return response.headers.get("content-encoding");
    };
    expect(await encodingOf({ gzip: "on" }, "/")).toBe("gzip");
    expect(await encodingOf({ gzip: "on" }, "/identity")).toBe("identity");
    expect(await encodingOf({ gzip: "forced" }, "/identity")).toBe("gzip");
  });

  it("carries a WebSocket, with or without compression", async () => {
    for (const [deflate, extensions] of [
      [true, /permessage-deflate/],
      [false, /^$/],
    ] as const) {
      const socket = await open(await start({ deflate }));
      socket.send("hello");
      const [{ data }] = await once(socket, "message");
      expect([data, socket.extensions]).toEqual(["hello", expect.stringMatching(extensions)]);
      socket.close();
    }
  });

  it("cuts a silent connection at its idle timeout, over both transports, and logs it", async () => {
    // Also the first answer has to come within it, on a machine that is busy.
    const nginx = await start({ buffering: false, readTimeoutMs: 3_000 });
    const overSse = async (): Promise<void> => {
      const reader = (await fetch(nginx.url)).body!.getReader();
      await reader.read();
      await expect(reader.read()).rejects.toThrow("terminated");
    };
    const overWs = async (): Promise<void> => void (await once(await open(nginx), "close"));
    await Promise.all([overSse(), overWs()]);
    expect(await nginx.errors()).toContain("upstream timed out");
  });

  it("speaks HTTP/2 on request", async () => {
    const nginx = await start({ http2: true, buffering: false, upstreamHttp: "1.1" });
    const client = http2Fetch(nginx.url, { ca: nginx.certificate! });
    const response = await client.fetch(new URL("/some/path?x=1", nginx.url), { headers: { "X-Of-Mine": "yes" } });
    expect([response.status, response.headers.get("content-type")]).toEqual([200, "text/event-stream"]);
    expect(asked[0]).toMatchObject({ "x-of-mine": "yes" });
    const reader = response.body!.getReader();
    const text = async (): Promise<string> => new TextDecoder().decode((await reader.read()).value);
    expect(await text()).toBe("data: 1\n\n");
    streams[0]!.write("data: 2\n\n");
    expect(await text()).toBe("data: 2\n\n");
    streams[0]!.destroy();
    await expect(reader.read()).rejects.toThrow(/NGHTTP2|was cut/);
    await client.close();
  });

  it("tells the Worker that it was reached by TLS, and where, and leaves every page's origin as it is", async () => {
    const nginx = await start({ http2: true, buffering: false, upstreamHttp: "1.1" });
    const client = http2Fetch(nginx.url, { ca: nginx.certificate! });
    const { host, origin } = nginx.url;
    for (const Origin of [origin, "https://foreign.test"]) {
      const response = await client.fetch(nginx.url, { headers: { Origin, "X-Forwarded-Proto": "http" } });
      await response.body?.cancel();
      expect(asked.at(-1)).toMatchObject({ host, origin: Origin, "x-forwarded-proto": "https" });
    }
    await client.close();
  });

  it("is stopped by its pid, and leaves nothing listening", async () => {
    const nginx = await start({});
    process.kill(nginx.pid, 0);
    await nginx.close();
    expect(() => process.kill(nginx.pid, 0)).toThrow("ESRCH");
    await expect(fetch(nginx.url)).rejects.toThrow("fetch failed");
    await expect(nginx.errors()).rejects.toThrow("ENOENT");
  });

  it("ends with its program, even without a shutdown, and twelve of them cause no warning", { timeout: 120_000 }, async () => {
    const program = [
      'const { startNginx } = await import("./src/nginx/nginx.ts");',
      'const { NGINX_DEFAULTS } = await import("./src/nginx/config.ts");',
      "const started = Array.from({ length: 12 }, () => startNginx(new URL(process.argv[1]), NGINX_DEFAULTS));",
      "console.log((await Promise.all(started)).map(({ pid }) => pid).join());",
      "process.exit(0);",
    ];
    const { stdout, stderr } = await promisify(execFile)(
      process.execPath,
      ["--input-type=module", "--eval", program.join("\n"), target.href],
      { cwd: new URL("..", import.meta.url), timeout: 90_000 },
    );
    expect(stderr).toBe("");
    const pids = stdout.trim().split(",").map(Number);
    expect(pids).toHaveLength(12);
    await vi.waitFor(
      () => {
        for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow("ESRCH");
      },
      { timeout: 20_000, interval: 100 },
    );
  });

  it("ends with its program, even when that is killed", { timeout: 120_000, ...needs(linux) }, async () => {
    const program = [
      'const { startNginx } = await import("./src/nginx/nginx.ts");',
      'const { NGINX_DEFAULTS } = await import("./src/nginx/config.ts");',
      "console.log((await startNginx(new URL(process.argv[1]), NGINX_DEFAULTS)).pid);",
    ];
    const folder = await mkdtemp(join(tmpdir(), "nginx-test-"));
    const child = spawn(process.execPath, ["--input-type=module", "--eval", program.join("\n"), target.href], {
      cwd: new URL("..", import.meta.url),
      env: { ...process.env, TMPDIR: folder },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [said] = await once(child.stdout, "data");
    const pid = Number(String(said));
    process.kill(pid, 0);
    child.kill("SIGKILL");
    await once(child, "exit");
    await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow("ESRCH"), { timeout: 20_000, interval: 100 });
    await rm(folder, { recursive: true });
  });

  it("reports nginx's own message when it does not start", async () => {
    await expect(startNginx(target, { ...NGINX_DEFAULTS, readTimeoutMs: -1 })).rejects.toThrow(
      expect.objectContaining({ code: "start_failed", message: expect.stringMatching(/"proxy_read_timeout".* invalid value/) }),
    );
  });
});

describe("a missing nginx", () => {
  afterEach(() => vi.unstubAllEnvs());

  it("is an error that names the path and the remedy", async () => {
    vi.stubEnv("NGINX_PATH", "/nowhere/nginx");
    const error = await startNginx(target, NGINX_DEFAULTS).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(EdgeError);
    expect(error).toMatchObject({
      code: "not_installed",
      message: "There is no nginx at /nowhere/nginx: install one, or say where it is in NGINX_PATH.",
    });
  });
});
