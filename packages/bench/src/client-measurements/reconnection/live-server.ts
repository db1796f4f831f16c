import { fork, type ChildProcess } from "node:child_process";
import { portOutsideEphemeral } from "@agent-transports/lab/worker-host";
import { z } from "zod";
import { messageFrom, moduleFile } from "../run-job.ts";

export const liveOptionsSchema = z.object({ port: z.int().nonnegative(), startedAtMs: z.number(), periodMs: z.int().positive() });
type LiveOptions = z.infer<typeof liveOptionsSchema>;

const readySchema = z.object({ port: z.int().positive() });
const closedSchema = z.object({ tail: z.int().nonnegative() });

/** The newest event of the log: a function of the system's monotonic clock, so that a server that was killed has its log again. */
export function tailOf({ startedAtMs, periodMs }: Pick<LiveOptions, "startedAtMs" | "periodMs">): number {
  return Math.floor((nowMs() - startedAtMs) / periodMs);
}

/** A clock that all processes share, in ms. */
function nowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/**
 * A server of one endless run, an event each period, in a process of its own. Its log outlives it. Over SSE and to clients of this protocol
 * it sends the log from a cursor, or from the start; to other sockets what falls due while they are open.
 */
export interface LiveServer {
  readonly url: URL;
  /** The newest event of now. */
  readonly tail: number;
  /** Ends each response, and each socket with 1001. @returns the newest event that they may have had */
  closeConnections(): Promise<number>;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** The same server again. */
  revive(): Promise<void>;
  close(): Promise<void>;
}

const ANSWER_TIMEOUT_MS = 15_000;

export async function startLiveServer(periodMs: number): Promise<LiveServer> {
  const options = { startedAtMs: nowMs(), periodMs };
  let { child, port } = await launch({ ...options, port: await portOutsideEphemeral() });
  return {
    url: new URL(`http://127.0.0.1:${port}`),
    get tail() {
      return tailOf(options);
    },
    async closeConnections() {
      const answer = messageFrom(child, ANSWER_TIMEOUT_MS, "The live server");
      child.send("close");
      return closedSchema.parse(await answer).tail;
    },
    kill: () => kill(child),
    async revive() {
      ({ child, port } = await launch({ ...options, port }));
    },
    close: () => kill(child),
  };
}

async function launch(options: LiveOptions): Promise<{ readonly child: ChildProcess; readonly port: number }> {
  const child = fork(moduleFile("reconnection/live-server-main"), [JSON.stringify(options)], {
    execArgv: [],
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  try {
    return { child, port: readySchema.parse(await messageFrom(child, ANSWER_TIMEOUT_MS, "The live server")).port };
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  }
}

function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once("exit", () => resolve());
    child.kill("SIGKILL");
  });
}
