import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { Answer, JobMap, JobOf, ResultOf } from "./jobs.ts";

/** More would only wait for each other's memory: one analysis has some hundred jobs of a few ms. */
const MOST_WORKERS = 8;

/** One a core, and never more than {@link MOST_WORKERS}. */
export function defaultWorkers(): number {
  return Math.min(availableParallelism(), MOST_WORKERS);
}

export interface RunOptions {
  /** How many threads at most; one a core unless given, and never more than there are jobs. */
  readonly workers?: number;
  /** Is called after each job. */
  readonly done?: () => void;
}

/**
 * Runs jobs in worker threads, each at most one at a time, and gives their results in the order of the jobs. A job carries its own seed, so
 * the results are the same whatever the number of workers and whichever of them is faster.
 *
 * @throws RangeError for fewer than 1 worker; what a job throws, once all workers have been ended.
 */
export type RunJobs<Jobs extends JobMap> = <Job extends JobOf<Jobs>>(
  jobs: readonly Job[],
  options?: RunOptions,
) => Promise<ResultOf<Jobs, Job>[]>;

/**
 * @param callerUrl `import.meta.url` of the caller
 * @param name of the worker's entry beside the caller, without its ending. It calls `serveJobs`, and is TypeScript as the tests run it or as it was built.
 */
export function jobRunner<Jobs extends JobMap>(callerUrl: string, name: string): RunJobs<Jobs> {
  const entry = new URL(`${name}${callerUrl.endsWith(".ts") ? ".ts" : ".js"}`, callerUrl);
  return (jobs, options = {}) => runJobs(entry, jobs, options);
}

async function runJobs<Result>(
  entry: URL,
  jobs: readonly object[],
  { workers: wanted = defaultWorkers(), done }: RunOptions,
): Promise<Result[]> {
  if (!Number.isInteger(wanted) || wanted < 1) throw new RangeError(`The number of workers must be a whole number above 0, not ${wanted}.`);
  const results: Result[] = [];
  let next = 0;
  const workers = Array.from({ length: Math.min(wanted, MOST_WORKERS, jobs.length) }, () => new Worker(entry));
  const worked = workers.map(async (worker) => {
    for (let index = next++; index < jobs.length; index = next++) {
      results[index] = await ask<Result>(worker, jobs[index]!);
      done?.();
    }
  });
  try {
    await Promise.race([Promise.all(worked), deathOf(workers)]);
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
  return results;
}

/** Rejects when a worker dies, with a job or without one: an error that nobody listens to would end this process. */
function deathOf(workers: readonly Worker[]): Promise<never> {
  return new Promise((_, reject) => {
    for (const worker of workers)
      worker.on("error", reject).on("exit", (code) => reject(new Error(`A worker thread ended with ${code} before all jobs were done.`)));
  });
}

/** A worker that cannot read what it is sent fails its job. One that dies never answers: {@link deathOf} tells. */
function ask<Result>(worker: Worker, job: object): Promise<Result> {
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void): void => {
      worker.off("message", onMessage).off("messageerror", onError);
      finish();
    };
    const onMessage = (answer: Answer<Result>): void => settle(() => (answer.ok ? resolve(answer.result) : reject(answer.error)));
    const onError = (error: unknown): void => settle(() => reject(error));
    worker.on("message", onMessage).on("messageerror", onError);
    // A thread has no origin: this is not a window.
    // oxlint-disable-next-line unicorn/require-post-message-target-origin
    worker.postMessage(job);
  });
}
