import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { answerSchema, type Figures, type Job } from "./job.ts";

/** This folder's code runs as TypeScript in the tests, and as JavaScript once it is built. */
export function moduleFile(name: string): string {
  return fileURLToPath(new URL(`./${name}${extname(import.meta.url)}`, import.meta.url));
}

/** How long after its last word a process may take to write its profile and end. */
const END_GRACE_MS = 30_000;

/**
 * Runs one job in a process of its own, with nothing else in it.
 *
 * @param profileTo a folder for its CPU profile
 * @throws Error what the job threw, or that it took longer than `withinMs`
 */
export async function runJob(job: Job, withinMs: number, profileTo?: string): Promise<Figures> {
  const execArgv = ["--expose-gc", ...(profileTo === undefined ? [] : profileFlags(job, profileTo))];
  const child = fork(moduleFile("measuring-process"), { execArgv, stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const name = `${job.kind} of ${job.arm}`;
  const ended = once(child, "exit");
  let grace: ReturnType<typeof setTimeout> | undefined;
  try {
    child.send(job);
    const answer = answerSchema.parse(await messageFrom(child, withinMs, name));
    if ("error" in answer) throw new Error(`${name}: ${answer.error}`);
    grace = setTimeout(() => child.kill("SIGKILL"), END_GRACE_MS);
    await ended;
    return answer.figures;
  } finally {
    clearTimeout(grace);
    child.kill("SIGKILL");
  }
}

/**
 * The next message of a process.
 *
 * @param name as it stands in the error
 * @throws Error where it ended before, or took longer
 */
export async function messageFrom(child: ChildProcess, withinMs: number, name: string): Promise<unknown> {
  const settled = new AbortController();
  const { signal } = settled;
  const timeout = AbortSignal.any([signal, AbortSignal.timeout(withinMs)]);
  try {
    const [message]: unknown[] = await Promise.race([
      once(child, "message", { signal: timeout }),
      endOf(child, signal).then((how) => {
        throw new Error(`${name}: its process ended with ${how} before it answered.`);
      }),
    ]);
    return message;
  } catch (error) {
    if (timeout.aborted) throw new Error(`${name} took longer than ${withinMs / 1000} s.`, { cause: error });
    throw error;
  } finally {
    settled.abort();
  }
}

/**
 * Once all that a process said has been read. Its exit alone does not say so: where several processes end at once, the exit of one
 * can be told before its last message.
 */
async function endOf(child: ChildProcess, signal: AbortSignal): Promise<string> {
  const exit = once(child, "exit", { signal });
  await Promise.all([exit, child.connected ? once(child, "disconnect", { signal }) : undefined]);
  const [code, by]: unknown[] = await exit;
  return String(by ?? code);
}

function profileFlags({ kind, arm }: Job, folder: string): readonly string[] {
  return ["--cpu-prof", `--cpu-prof-dir=${folder}`, `--cpu-prof-name=${kind}-${arm}-${Date.now()}.cpuprofile`];
}
