import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { cpus, loadavg, release, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { caddyPath, chromiumPath, haproxyPath, nginxPath } from "@agent-transports/lab/tools";
import type { Environment } from "../results/schema.ts";
import { quantile } from "../stats/index.ts";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");

/** What a figure depends on besides the code. */
export async function readEnvironment(): Promise<Environment> {
  const lateness = await timerLateness();
  return {
    cpuModel: cpus()[0]?.model ?? "unknown",
    cores: cpus().length,
    memoryBytes: totalmem(),
    kernel: release(),
    loadAverageAtStart: loadavg(),
    node: process.version,
    versions: versions(),
    commit: git("rev-parse", "HEAD"),
    dirty: ((status) => (status === null ? null : status !== ""))(git("status", "--porcelain")),
    build: buildHash(),
    timerLatenessMs: { p50: quantile(lateness, 0.5), p99: quantile(lateness, 0.99) },
    clockStepMs: clockStep(),
  };
}

/** The smallest step of the clock that stamps everything, in ms: what it shows between two different readings. */
function clockStep(): number {
  let smallest = Infinity;
  let last = performance.now();
  for (let reading = 0; reading < 100_000; reading++) {
    const now = performance.now();
    if (now > last) smallest = Math.min(smallest, now - last);
    last = now;
  }
  return smallest;
}

/** How late a timer of 1 ms fires, in ms. */
async function timerLateness(): Promise<number[]> {
  const late: number[] = [];
  for (let i = 0; i < 200; i++) {
    const due = performance.now() + 1;
    await new Promise((resolve) => setTimeout(resolve, 1));
    late.push(performance.now() - due);
  }
  return late;
}

/** Each asked of the package that uses it, since pnpm gives each its own; of this one where none is named. */
const measured: readonly (readonly [name: string, of?: string])[] = [
  ["agents", "@agent-transports/agent-worker"],
  ["ai", "@agent-transports/agent-worker"],
  ["@ai-sdk/openai", "@agent-transports/agent-worker"],
  ["partysocket", "@agent-transports/ws-client"],
  ["eventsource-parser", "@agent-transports/sse-client"],
  ["eventsource", "@agent-transports/peers"],
  ["@microsoft/fetch-event-source", "@agent-transports/peers"],
  ["@cloudflare/ai-chat", "@agent-transports/peers"],
  ["react", "@agent-transports/peers"],
  ["react-dom", "@agent-transports/peers"],
  ["esbuild"],
  ["miniflare", "@agent-transports/worker-host"],
  ["wrangler", "@agent-transports/agent-worker"],
];

/** pnpm links workspace packages; what they use is found from where they really are. */
function packageFolder(name: string): string {
  const user = name === "@agent-transports/worker-host" ? packageFolder("@agent-transports/lab") : root;
  return realpathSync(join(user, "node_modules", ...name.split("/")));
}

function versions(): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [name, of] of measured) {
    found[name] = versionOf(name, of === undefined ? root : packageFolder(of));
  }
  found["workerd"] = versionOf(
    "workerd",
    dirname(createRequire(join(packageFolder("@agent-transports/worker-host"), "x.js")).resolve("miniflare")),
  );
  for (const [name, path, argument] of programs) {
    const { stdout, stderr } = spawnSync(path(), [argument], { encoding: "utf8", timeout: PROGRAM_LIMIT_MS });
    // One that is not there takes part in nothing.
    const version = /\d+(\.\d+)+/.exec(`${stdout}${stderr}`)?.[0];
    if (version !== undefined) found[name] = version;
  }
  return found;
}

/** What npm does not install, and how it says its version. */
const programs: readonly (readonly [name: string, path: () => string, argument: string])[] = [
  ["chromium", chromiumPath, "--version"],
  ["nginx", nginxPath, "-v"],
  ["haproxy", haproxyPath, "-v"],
  ["caddy", caddyPath, "version"],
];
const PROGRAM_LIMIT_MS = 10_000;

/** Looks upwards for the package's own package.json: `exports` may hide it from `require`. */
function versionOf(name: string, from: string): string {
  for (const folder of createRequire(join(from, "x.js")).resolve.paths(name) ?? []) {
    try {
      const manifest: { version?: string } = JSON.parse(readFileSync(join(folder, name, "package.json"), "utf8"));
      return manifest.version ?? "unknown";
    } catch (error) {
      if (!(error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR"))) throw error;
    }
  }
  return "unknown";
}

/** Of every script that takes part in a measurement. */
function buildHash(): string {
  const hash = createHash("sha256");
  const folders = [
    root,
    ...["protocol", "client-core", "sse-client", "ws-client", "agent-worker", "worker-host", "lab", "peers"].map((name) =>
      packageFolder(`@agent-transports/${name}`),
    ),
  ];
  for (const folder of folders) {
    const scripts = readdirSync(join(folder, "dist"), { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".js"));
    for (const name of scripts.sort()) hash.update(name).update(readFileSync(join(folder, "dist", name)));
  }
  return hash.digest("hex");
}

function git(...args: readonly string[]): string | null {
  try {
    return execFileSync("git", args, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  } catch {
    return null; // Not a checkout, or no git: the report says so.
  }
}
