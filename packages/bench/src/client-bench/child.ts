import { fork } from "node:child_process";
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
  const child = fork(moduleFile("child-main"), { execArgv, stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const name = `${job.kind} of ${job.arm}`;
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    const answer = await new Promise<unknown>((resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`${name} took longer than ${withinMs / 1000} s.`)), withinMs);
      child.once("message", resolve);
      child.once("error", reject);
      child.once("exit", (code, signal) => reject(new Error(`${name}: its process ended with ${signal ?? code} before it answered.`)));
      child.send(job);
    });
    const parsed = answerSchema.parse(answer);
    if ("error" in parsed) throw new Error(`${name}: ${parsed.error}`);
    clearTimeout(timer);
    timer = setTimeout(() => child.kill("SIGKILL"), END_GRACE_MS);
    await ended;
    return parsed.figures;
  } finally {
    clearTimeout(timer);
    child.kill("SIGKILL");
  }
}

function profileFlags({ kind, arm }: Job, folder: string): readonly string[] {
  return ["--cpu-prof", `--cpu-prof-dir=${folder}`, `--cpu-prof-name=${kind}-${arm}-${Date.now()}.cpuprofile`];
}
