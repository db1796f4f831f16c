import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

/**
 * `pnpm demo`: the page with the scripted model, whatever keys this machine has, in a browser if there is one. Ctrl-C ends it.
 */
const dev = join(import.meta.dirname, "..", "agent-worker", "dev.ts");
// No file of variables: an empty one in the place of `.dev.vars`.
const none = join(import.meta.dirname, "demo.env");

const child = spawn(process.execPath, [dev, "--env-file", none, ...process.argv.slice(2)], {
  stdio: ["inherit", "inherit", "inherit", "ipc"],
});

child.on("message", (message) => {
  if (typeof message !== "object" || message === null || !("url" in message) || typeof message.url !== "string") return;
  console.log(`The page: ${message.url}. A scripted model answers. Ctrl-C ends it.\n`);
  openBrowser(message.url);
});

// Ctrl-C reaches all of them by itself; a signal to this process alone is passed on.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => child.kill(signal));
child.on("exit", (code) => process.exit(code ?? 1));

/** Where there is none, the URL above is enough. */
function openBrowser(url: string): void {
  const [program, ...args] = opener();
  if (program === undefined) return;
  const opened = spawn(program, [...args, url], { stdio: "ignore", detached: true });
  opened.on("error", () => console.log(`No browser was opened: ${program} does not start.`));
  // It outlives the demo, as a browser that a person opened does.
  opened.unref();
}

function opener(): readonly string[] {
  if (process.platform === "darwin") return ["open"];
  if (process.platform === "win32") return ["cmd", "/c", "start", ""];
  // Without a display, xdg-open would start a browser of the terminal.
  const display = process.env["DISPLAY"] ?? process.env["WAYLAND_DISPLAY"];
  return display !== undefined && isOnPath("xdg-open") ? ["xdg-open"] : [];
}

function isOnPath(name: string): boolean {
  return (process.env["PATH"] ?? "").split(delimiter).some((folder) => existsSync(join(folder, name)));
}
