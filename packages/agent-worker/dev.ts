import { spawn } from "node:child_process";
import { watch } from "node:fs";
import { join } from "node:path";
import { startFaultServer } from "./dev-faults.ts";

/**
 * `pnpm dev`: `wrangler dev` on this repository's sources, which says what to type once it is ready, and when `.dev.vars` changed, which wrangler does
 * not read again.
 */
const root = import.meta.dirname;
const variables = ".dev.vars";

// Windows has no `ps`.
const faults = process.platform === "win32" ? undefined : await startFaultServer();
const variable = faults === undefined ? [] : ["--var", `DEV_KILL_URL:${faults.killUrl}`];

const wrangler = spawn(
  process.execPath,
  [
    join(root, "node_modules", "wrangler", "bin", "wrangler.js"),
    "dev",
    "--tsconfig",
    "tsconfig.wrangler.json",
    ...variable,
    ...process.argv.slice(2),
  ],
  {
    cwd: root,
    // With the terminal itself, so that wrangler's keys work; on the fourth it says when it is ready.
    stdio: ["inherit", "inherit", "inherit", "ipc"],
    // A Worker that runs here asks nobody outside. What else a shell has NODE_ENV for, this is development.
    env: { CLOUDFLARE_CF_FETCH_ENABLED: "false", WRANGLER_SEND_METRICS: "false", ...process.env, NODE_ENV: "development" },
  },
);

wrangler.on("message", (message) => {
  const ready: unknown = typeof message === "string" ? JSON.parse(message) : undefined;
  if (typeof ready !== "object" || ready === null || !("port" in ready) || typeof ready.port !== "number") return;
  const url = `http://localhost:${ready.port}`;
  // Whoever started this with a channel wants to know where it is.
  process.send?.({ url });
  console.log(`
Open ${url} in a browser, or ask in another terminal:
  curl -N -d '{"prompt": "Write me a Cloudflare Worker"}' ${url}/agents/transport-agent/demo
`);
});

let toldAt = 0;
watch(root, (_event, file) => {
  // One change is more than one event.
  if (file !== variables || Date.now() - toldAt < 1_000) return;
  toldAt = Date.now();
  console.log(`\n${join(root, variables)} changed. It is read when dev starts: stop dev with Ctrl-C, and start it again.\n`);
});

// Ctrl-C reaches wrangler by itself; a signal to this process alone is passed on. Either way wrangler ends first, and then this does.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => wrangler.kill(signal));
wrangler.on("exit", (code) => process.exit(code ?? 1));
