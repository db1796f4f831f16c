import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ASK_LIMIT_MS, inside, jsonOf, type Runtime } from "./runtime.ts";

const START_LIMIT_MS = 20_000;
const binaries = join(import.meta.dirname, "..", "..", "node_modules", ".bin");

/** Bun, from its npm package. It imports the packages as they are installed, and looks for none elsewhere. */
export function startBun(): Promise<Runtime> {
  return startProcess("bun", ["--no-install", inside], { BUN_RUNTIME_TRANSPILER_CACHE_PATH: "0" });
}

/** Deno, from its npm package. It imports the packages as they are installed, and may speak to loopback only. */
export async function startDeno(): Promise<Runtime> {
  const cache = await mkdtemp(join(tmpdir(), "deno-"));
  const args = ["serve", "--no-remote", "--no-prompt", "--allow-net=127.0.0.1", "--host", "127.0.0.1", "--port", "0", inside];
  const runtime = await startProcess("deno", args, { DENO_DIR: cache, DENO_NO_UPDATE_CHECK: "1" });
  return {
    ...runtime,
    async close() {
      await runtime.close();
      await rm(cache, { recursive: true, force: true });
    },
  };
}

/** A process that serves `inside.ts` and says where. @throws Error with what it wrote where it does not */
async function startProcess(name: string, args: readonly string[], env: Readonly<Record<string, string>>): Promise<Runtime> {
  const child = spawn(join(binaries, name), args, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...env, NO_COLOR: "1" } });
  let written = "";
  let running = true;
  const ended = once(child, "close").then(() => (running = false));
  const url = await new Promise<string>((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`${name} did not listen within ${START_LIMIT_MS} ms: ${written}`)), START_LIMIT_MS);
    const wrote = (data: Buffer): void => {
      written += data.toString();
      const [found] = /http:\/\/127\.0\.0\.1:\d+/.exec(written) ?? [];
      if (found === undefined) return;
      clearTimeout(late);
      resolve(found);
    };
    child.stdout.on("data", wrote);
    child.stderr.on("data", wrote);
    child.once("error", reject);
    ended.then(() => reject(new Error(`${name} ended before it listened: ${written}`)), reject);
  });
  const greeting = written.length;
  return {
    async ask(query) {
      if (!running) throw new Error(`${name} has ended: ${written.slice(greeting)}`);
      return jsonOf(await fetch(`${url}/?${new URLSearchParams(query)}`, { signal: AbortSignal.timeout(ASK_LIMIT_MS) }));
    },
    problems: () => (written.length === greeting ? [] : [written.slice(greeting)]),
    async close() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}
