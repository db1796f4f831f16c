import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** `pnpm demo` without its browser, on any free port and on storage of its own. */
export interface Dev {
  readonly url: string;
  end(): Promise<void>;
}

export async function startDev(): Promise<Dev> {
  const state = await mkdtemp(join(tmpdir(), "playground-dev-"));
  const child = spawn(
    process.execPath,
    [
      join(import.meta.dirname, "../agent-worker/dev.ts"),
      "--env-file",
      join(import.meta.dirname, "demo.env"),
      "--port",
      "0",
      "--persist-to",
      state,
    ],
    { stdio: ["ignore", "ignore", "inherit", "ipc"] },
  );
  const ended = once(child, "exit");
  const end = async (): Promise<void> => {
    child.kill("SIGTERM");
    await ended;
    await rm(state, { recursive: true, force: true });
  };
  try {
    const url = await new Promise<string>((resolve, reject) => {
      child.on("message", (message) => {
        if (typeof message === "object" && message !== null && "url" in message) resolve(String(message.url));
      });
      child.once("error", reject).once("exit", () => reject(new Error("The Worker did not start. What it printed is above.")));
    });
    return { url, end };
  } catch (error) {
    await end();
    throw error;
  }
}
