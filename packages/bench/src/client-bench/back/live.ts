import { fork, type ChildProcess } from "node:child_process";
import { z } from "zod";
import { moduleFile } from "../child.ts";

export const liveOptionsSchema = z.object({ port: z.int().nonnegative(), startedAtMs: z.number(), periodMs: z.int().positive() });
type LiveOptions = z.infer<typeof liveOptionsSchema>;

const readySchema = z.object({ port: z.int().positive() });

/** The system's monotonic clock, which all processes share, in ms. */
export function nowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/**
 * A server of one endless run, an event each period, in a process of its own. Its log outlives it. Over SSE and to clients of this protocol
 * it sends the log from a cursor, or from the start; to other sockets what falls due while they are open.
 */
export interface LiveServer {
  readonly url: URL;
  /** Ends each response, and each socket with 1001. */
  closeConnections(): void;
  /** SIGKILL, and the same server again after `downMs`. @returns once it listens */
  restart(downMs: number): Promise<void>;
  close(): Promise<void>;
}

const START_TIMEOUT_MS = 15_000;

export async function startLiveServer(periodMs: number): Promise<LiveServer> {
  const options = { startedAtMs: nowMs(), periodMs };
  let { child, port } = await launch({ ...options, port: 0 });
  return {
    url: new URL(`http://127.0.0.1:${port}`),
    closeConnections: () => void child.send("close"),
    async restart(downMs) {
      await kill(child);
      await new Promise((resolve) => setTimeout(resolve, downMs));
      ({ child, port } = await launch({ ...options, port }));
    },
    close: () => kill(child),
  };
}

async function launch(options: LiveOptions): Promise<{ readonly child: ChildProcess; readonly port: number }> {
  const child = fork(moduleFile("back/live-main"), [JSON.stringify(options)], {
    execArgv: [],
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    const ready = await new Promise<unknown>((resolve, reject) => {
      timer = setTimeout(() => reject(new Error("The live server did not start.")), START_TIMEOUT_MS);
      child.once("message", resolve);
      child.once("error", reject);
      child.once("exit", (code, signal) => reject(new Error(`The live server ended with ${signal ?? code} before it listened.`)));
    });
    return { child, port: readySchema.parse(ready).port };
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once("exit", () => resolve());
    child.kill("SIGKILL");
  });
}
