import { spawn, type ChildProcess } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { listen } from "../listen.ts";
import { nginxPath, withoutNginx } from "../tools.ts";
import { makeCertificate } from "./certificate.ts";
import { FILES, nginxConfig, type NginxSettings } from "./config.ts";
import { NginxError } from "./errors.ts";

/** A real nginx on loopback, before the Worker. */
export interface Nginx {
  readonly url: URL;
  readonly pid: number;
  /** Its own, in PEM, where it speaks TLS. */
  readonly certificate: string | undefined;
  /** What it has logged: warnings and worse. */
  errors(): Promise<string>;
  /** Ends it, by its pid, and removes its files. */
  close(): Promise<void>;
}

const START_LIMIT_MS = 10_000;
const STOP_LIMIT_MS = 3_000;
/** A free port may be taken by another between the asking and nginx's own listening. */
const PORTS_TRIED = 3;

/** Starts one with a folder, a port and a log of its own. @throws NginxError */
export async function startNginx(target: URL, settings: NginxSettings): Promise<Nginx> {
  const missing = withoutNginx();
  if (missing !== null) throw new NginxError("not_installed", missing);
  const prefix = await mkdtemp(join(tmpdir(), "nginx-"));
  try {
    await mkdir(join(prefix, "temp"));
    const certificate = settings.http2 ? await makeCertificate(prefix) : undefined;
    for (let tried = 1; ; tried++) {
      try {
        const { child, pid, port } = await launch(prefix, target, settings);
        return {
          url: new URL(`${settings.http2 ? "https" : "http"}://127.0.0.1:${port}`),
          pid,
          certificate,
          errors: () => readFile(join(prefix, FILES.errors), "utf8"),
          async close() {
            await stop(child);
            await rm(prefix, { recursive: true, force: true });
          },
        };
      } catch (error) {
        if (!(error instanceof NginxError && error.code === "port_taken" && tried < PORTS_TRIED)) throw error;
      }
    }
  } catch (error) {
    await rm(prefix, { recursive: true, force: true });
    throw error;
  }
}

interface Launched {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly port: number;
}

async function launch(prefix: string, target: URL, settings: NginxSettings): Promise<Launched> {
  const port = await freePort();
  await writeFile(join(prefix, FILES.config), nginxConfig({ port, target, settings }, prefix));
  await rm(join(prefix, FILES.ready), { force: true });
  const child = spawn(nginxPath(), ["-p", prefix, "-c", FILES.config, "-e", FILES.errors], { stdio: ["ignore", "ignore", "pipe"] });
  const end = watch(child);
  try {
    await ready(join(prefix, FILES.ready), end);
  } catch (error) {
    await stop(child);
    throw error;
  }
  const { pid } = child;
  if (pid === undefined) throw new NginxError("start_failed", "nginx started without a pid.");
  if (running.size === 0) process.on("exit", killRunning);
  running.add(child);
  child.once("exit", () => {
    running.delete(child);
    if (running.size === 0) process.off("exit", killRunning);
  });
  return { child, pid, port };
}

const running = new Set<ChildProcess>();

/** A program that is ended without a word takes its nginxes with it. One listener for all: Node warns of more than ten. */
function killRunning(): void {
  for (const child of running) child.kill("SIGKILL");
}

/** What became of a process, and what it said. */
interface End {
  /** `undefined` while it runs. */
  error: NginxError | undefined;
  stderr: string;
}

function watch(child: ChildProcess): End {
  const end: End = { error: undefined, stderr: "" };
  child.stderr?.on("data", (data) => (end.stderr += String(data)));
  child.once("error", (cause) => (end.error ??= new NginxError("start_failed", `nginx cannot be run: ${cause.message}.`, cause)));
  child.once("close", (code, signal) => {
    const said = end.stderr.trim().split("\n").at(-1) ?? "";
    const taken = /Address already in use/.test(end.stderr);
    end.error ??= new NginxError(taken ? "port_taken" : "start_failed", `nginx ended with ${signal ?? code}: ${said}`);
  });
  return end;
}

/** Waits until it answers on its own socket, which it only does once it listens on all of them. */
async function ready(socketPath: string, end: End): Promise<void> {
  const giveUpAt = performance.now() + START_LIMIT_MS;
  while (!(await answers(socketPath))) {
    if (end.error !== undefined) throw end.error;
    if (performance.now() > giveUpAt)
      throw new NginxError("start_timeout", `nginx did not answer within ${START_LIMIT_MS / 1000} s. ${end.stderr}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function answers(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const asking = request({ socketPath, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 204);
    });
    asking.once("error", () => resolve(false)); // Not yet.
    asking.end();
  });
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_LIMIT_MS);
  await ended;
  clearTimeout(timer);
}

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}
