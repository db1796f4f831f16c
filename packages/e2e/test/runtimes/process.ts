import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ASK_LIMIT_MS, inside, jsonOf, type Runtime } from "./runtime.ts";

const START_LIMIT_MS = 50_000;
/** The binaries themselves: what a package manager puts on the path is a script above them, which cannot be ended with them. */
const packages = join(import.meta.dirname, "..", "..", "node_modules");
const bunBinary = join(packages, "bun", "bin", "bun.exe");
const denoBinary = join(packages, "deno", process.platform === "win32" ? "deno.exe" : "deno");

/** Bun, from its npm package. It imports the packages as they are installed, and looks for none elsewhere. */
export function startBun(): Promise<Runtime> {
  return startProcess(bunBinary, ["--no-install", inside], { BUN_RUNTIME_TRANSPILER_CACHE_PATH: "0" });
}

/** Deno, from its npm package. It imports the packages as they are installed, and may speak to loopback only. */
export async function startDeno(): Promise<Runtime> {
  const cache = await mkdtemp(join(tmpdir(), "deno-"));
  const args = ["serve", "--no-remote", "--no-prompt", "--allow-net=127.0.0.1", "--host", "127.0.0.1", "--port", "0", inside];
  const forget = (): Promise<void> => rm(cache, { recursive: true, force: true });
  try {
    const runtime = await startProcess(denoBinary, args, { DENO_DIR: cache, DENO_NO_UPDATE_CHECK: "1" });
    return { ...runtime, close: () => runtime.close().finally(forget) };
  } catch (error) {
    await forget();
    throw error;
  }
}

/** A process that serves `inside.ts` and says where. @throws Error with what it wrote where it does not */
async function startProcess(binary: string, args: readonly string[], env: Readonly<Record<string, string>>): Promise<Runtime> {
  const child = spawn(binary, args, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...env, NO_COLOR: "1" } });
  let written = "";
  const started = Promise.withResolvers<string>();
  const wrote = (data: Buffer): void => {
    written += data.toString();
    const [url] = /http:\/\/127\.0\.0\.1:\d+/.exec(written) ?? [];
    if (url !== undefined) started.resolve(url);
  };
  child.stdout.on("data", wrote);
  child.stderr.on("data", wrote);
  const ended = new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(`${binary} did not start: ${error.message}. Did \`pnpm install\` run its build script?`));
    child.once("close", (code) => resolve(`${binary} ended with ${code}: ${written}`));
  });
  let end: string | undefined;
  void ended.then((why) => (end = why));
  const close = async (): Promise<void> => {
    child.kill("SIGKILL");
    await ended;
  };
  void ended.then((why) => started.reject(new Error(why)));
  const late = setTimeout(
    () => started.reject(new Error(`${binary} did not listen within ${START_LIMIT_MS} ms: ${written}`)),
    START_LIMIT_MS,
  );
  let url: string;
  try {
    url = await started.promise;
  } catch (error) {
    await close();
    throw error;
  } finally {
    clearTimeout(late);
  }
  const greeting = written.length;
  return {
    async ask(query) {
      if (end !== undefined) throw new Error(end);
      return jsonOf(await fetch(`${url}/?${new URLSearchParams(query)}`, { signal: AbortSignal.timeout(ASK_LIMIT_MS) }));
    },
    problems: () => (written.length === greeting ? [] : [written.slice(greeting)]),
    close,
  };
}
