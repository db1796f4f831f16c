// The commands by which a newcomer runs and deploys the Agent, as the documents show them, in a clone that nothing was built in:
//   node .ci/fresh-clone.mjs <folder of the clone>
// Installs by the first command, as it does for them. Ends what it started, and prints what failed. Runs on Node 20.
import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";

const START_SECONDS = 240; // With the install.
const COMMAND_SECONDS = 120;
const STOP_SECONDS = 20;

const clone = process.argv[2];
if (clone === undefined || !existsSync(join(clone, "pnpm-workspace.yaml"))) {
  console.error("Usage: node .ci/fresh-clone.mjs <folder of a clone in which nothing was built>");
  process.exit(2);
}

const documents = ["README.md", "packages/agent-worker/README.md", "packages/playground/README.md"];
const lines = documents.flatMap((path) => shellLines(readFileSync(join(clone, path), "utf8")).map((command) => ({ path, command })));
const is = (pattern) => lines.filter(({ command }) => pattern.test(command));
const starts = is(/^npx -y pnpm@12 (--filter \S+ )?(run )?(dev|demo)\b/);
const deploys = is(/^npx -y pnpm@12 (--filter \S+ )?run deploy\b/);
const curls = is(/^curl .*localhost:8787\/(agents\/transport-agent|\?agent-id)/);
// What the documents show for the whole repository works for the package alone, too.
const filtered = "npx -y pnpm@12 --filter @agent-transports/agent-worker";

const failures = [];
await check("the documents show what is run here", async () => {
  for (const [what, found] of Object.entries({ dev: starts, deploy: deploys, curl: curls })) {
    if (found.length === 0) throw new Error(`No document shows a command for ${what}.`);
  }
});
for (const [index, command] of unique([...starts.map(({ command }) => command), `${filtered} dev`]).entries()) {
  await check(command, () => whileServing(command, index === 0 ? curls : curls.slice(0, 1)));
}
for (const command of unique([...deploys.map(({ command }) => command), `${filtered} run deploy`])) {
  await check(`${command} --dry-run`, () => run(`${command} --dry-run`));
}
await check("nothing of that needed, or made, a build", async () => {
  const built = readdirSync(join(clone, "packages")).filter((name) => existsSync(join(clone, "packages", name, "dist")));
  if (built.length > 0) throw new Error(`There is a dist in ${built.join(", ")}.`);
});
await check(`${filtered} build`, () => run(`${filtered} build`));

for (const failure of failures) console.log(`failed: ${failure}`);
console.log(failures.length === 0 ? "A fresh clone runs, answers and deploys." : `${failures.length} failed.`);
process.exitCode = failures.length === 0 ? 0 : 1;

async function check(name, body) {
  const startedAt = Date.now();
  try {
    await body();
    console.log(`ok (${seconds(startedAt)} s): ${name}`);
  } catch (error) {
    console.log(`FAILED (${seconds(startedAt)} s): ${name}\n${error.message}`);
    failures.push(name);
  }
}

/** Serves by a command, asks it by each curl, and ends it: nothing of it may be left. */
async function whileServing(command, curls) {
  const port = await freePort();
  const startedAt = Date.now();
  const server = start(`${command} --port ${port}`);
  try {
    // Asked sooner, it would answer when it is ready; but what it says is what a newcomer goes by.
    await server.until(() => /Ready on/.test(server.printed()), START_SECONDS);
    console.log(`  ready after ${seconds(startedAt)} s`);
    for (const curl of unique(curls.map((line) => line.command))) {
      const asked = curl
        .replace(/^curl /, "curl --fail-with-body --silent --show-error ")
        .replaceAll("localhost:8787", `localhost:${port}`);
      const printed = await run(asked);
      // The scripted model's sentences, as they are or as deltas.
      if (!/^\w+ \w+|"text-delta"[\s\S]*"state":"finished"/.test(printed)) throw new Error(`${curl} printed: ${printed.slice(0, 500)}`);
    }
  } catch (error) {
    throw new Error(`${error.message} It printed:\n${server.printed().slice(-3000)}`, { cause: error });
  } finally {
    await server.end();
  }
  if (await answers(port)) throw new Error(`Something still answers on port ${port}.`);
}

/** @returns what it printed; a command that fails, or takes too long, is an error */
async function run(command) {
  const running = start(command);
  try {
    await running.until(() => running.ended(), COMMAND_SECONDS);
    if (running.ended().code !== 0) throw new Error(`${command} ended with ${running.ended().code}:\n${running.printed().slice(-3000)}`);
    return running.printed();
  } finally {
    await running.end();
  }
}

/** A command in a process group of its own, so that all of it can be ended. */
function start(command) {
  const child = spawn("sh", ["-c", command], { cwd: clone, detached: true, stdio: ["ignore", "pipe", "pipe"], env: environment() });
  let printed = "";
  let ended;
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (printed += data));
  const exit = new Promise((resolve) => child.once("close", (code, signal) => resolve((ended = { code: code ?? signal }))));
  const signal = (name) => {
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, name);
    } catch (error) {
      if (error.code !== "ESRCH") throw error; // All of it has ended.
    }
  };
  return {
    printed: () => printed,
    ended: () => ended,
    /** Waits for what is asked every 200 ms; the command's own end is an error where it is not what is waited for. */
    async until(there, limitSeconds) {
      const until = Date.now() + limitSeconds * 1000;
      while (!(await there())) {
        if (ended !== undefined && !(await there())) throw new Error(`${command} ended with ${ended.code}.`);
        if (Date.now() > until) throw new Error(`${command} was not done after ${limitSeconds} s.`);
        await pause(200);
      }
    },
    async end() {
      if (ended === undefined) signal("SIGINT");
      const killing = setTimeout(signal, STOP_SECONDS * 1000, "SIGKILL");
      await exit;
      clearTimeout(killing);
    },
  };
}

/** As a newcomer's shell: nothing of a workspace that this script itself was started in, nor of what was built there. */
function environment() {
  const kept = Object.entries(process.env).filter(([name]) => !/^(npm_(?!config_)|pnpm_|NODE_ENV$|INIT_CWD$|TURBO_)/i.test(name));
  return { ...Object.fromEntries(kept), WRANGLER_SEND_METRICS: "false", CLOUDFLARE_CF_FETCH_ENABLED: "false", NO_COLOR: "1" };
}

async function answers(port) {
  try {
    const response = await fetch(`http://localhost:${port}/`, { signal: AbortSignal.timeout(5_000) });
    return response.ok;
  } catch {
    return false; // Not yet, or no longer.
  }
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** The lines of a document's shell blocks, without their comments. */
function shellLines(markdown) {
  return [...markdown.matchAll(/^```(?:sh|bash)\n([\s\S]*?)^```$/gm)].flatMap(([, code]) =>
    code.split("\n").map((line) => line.replace(/\s+# .*$/, "").trim()),
  );
}

function unique(list) {
  return [...new Set(list)];
}

function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function seconds(since) {
  return ((Date.now() - since) / 1000).toFixed(1);
}
