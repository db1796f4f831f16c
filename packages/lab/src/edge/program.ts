/** The life of a server that is a program of its own: it is started, says that it is ready, and ends with us at the latest. */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { request } from "node:http";
import { createServer } from "node:net";
import { endProcess } from "../end-process.ts";
import { portOf } from "../listen.ts";
import { spawnEndingWithUs } from "../spawn-ending-with-us.ts";
import { EdgeError } from "./errors.ts";

/** Runs a function in the place where sockets and processes are to be made: `inside` of a side of a network. */
export type Inside = <T>(run: () => T) => T;

export const here: Inside = (run) => run();

/**
 * What tells that a program listens on all its ports, in whichever namespace of the network it is: it answers on a socket that is a file, or it says
 * something on its standard error.
 */
export type Ready = { readonly socketPath: string } | { readonly says: string };

export interface ProgramOptions {
  /** For what messages say of it. */
  readonly name: string;
  readonly path: string;
  readonly args: readonly string[];
  /** Beside this process's own. */
  readonly env?: Readonly<Record<string, string>>;
  readonly ready: Ready;
  readonly inside?: Inside;
}

export interface Program {
  readonly pid: number;
  /** What it has said so far. */
  stderr(): string;
  /** Ends it, by its pid. */
  stop(): Promise<void>;
}

const START_LIMIT_MS = 30_000;
const STOP_LIMIT_MS = 3_000;
/** A socket that takes the question and gives no answer must not hide that the start has taken too long. */
const ANSWER_LIMIT_MS = 1_000;
/** A free port may be taken by another between the asking and the program's own listening. */
const PORTS_TRIED = 3;

/** @throws EdgeError */
export async function startProgram({ name, path, args, env = {}, ready, inside = here }: ProgramOptions): Promise<Program> {
  const child = inside(() => spawnEndingWithUs(path, args, env));
  const end = watch(name, child);
  try {
    await isReady(name, ready, end);
  } catch (error) {
    await endProcess(child, STOP_LIMIT_MS);
    throw error;
  }
  const { pid } = child;
  if (pid === undefined) throw new EdgeError("start_failed", `${name} started without a pid.`);
  return { pid, stderr: () => end.stderr, stop: () => endProcess(child, STOP_LIMIT_MS) };
}

/** Starts something on so many free ports, and on others where one of them is taken meanwhile. @throws EdgeError */
export async function onFreePorts<T>(count: number, inside: Inside, start: (ports: readonly number[]) => Promise<T>): Promise<T> {
  for (let tried = 1; ; tried++) {
    try {
      return await start(await freePorts(count, inside));
    } catch (error) {
      if (!(error instanceof EdgeError && error.code === "port_taken" && tried < PORTS_TRIED)) throw error;
    }
  }
}

/** On all addresses, because only then does Node make the socket at once, in the place where it is asked to. */
async function freePorts(count: number, inside: Inside): Promise<number[]> {
  const servers = Array.from({ length: count }, () => inside(() => createServer().listen(0)));
  return Promise.all(
    servers.map(async (server) => {
      const port = portOf(server);
      server.close();
      await once(server, "close");
      return port;
    }),
  );
}

/** What became of a process, and what it said. */
interface End {
  /** `undefined` while it runs. */
  error: EdgeError | undefined;
  stderr: string;
}

function watch(name: string, child: ChildProcess): End {
  const end: End = { error: undefined, stderr: "" };
  child.stderr?.on("data", (data) => (end.stderr += String(data)));
  child.once("error", (cause) => (end.error ??= new EdgeError("start_failed", `${name} cannot be run: ${cause.message}.`, cause)));
  child.once("close", (code, signal) => {
    const taken = /address already in use/i.test(end.stderr);
    end.error ??= new EdgeError(taken ? "port_taken" : "start_failed", `${name} ended with ${signal ?? code}: ${reasonIn(end.stderr)}`);
  });
  return end;
}

/** The first line that is marked as an error, else the last. */
function reasonIn(stderr: string): string {
  const lines = stderr.trim().split("\n");
  return lines.find((line) => /\[ALERT\]|\[emerg\]|^Error/.test(line)) ?? lines.at(-1) ?? "";
}

async function isReady(name: string, ready: Ready, end: End): Promise<void> {
  const giveUpAt = performance.now() + START_LIMIT_MS;
  while (!("says" in ready ? end.stderr.includes(ready.says) : await answers(ready.socketPath))) {
    if (end.error !== undefined) throw end.error;
    if (performance.now() > giveUpAt) {
      throw new EdgeError("start_timeout", `${name} was not ready within ${START_LIMIT_MS / 1000} s. ${end.stderr}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function answers(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const asking = request({ socketPath, agent: false, timeout: ANSWER_LIMIT_MS }, (response) => {
      response.resume();
      resolve(response.statusCode === 204);
    });
    asking.once("timeout", () => asking.destroy());
    asking.once("close", () => resolve(false));
    asking.once("error", () => resolve(false)); // Not yet.
    asking.end();
  });
}
