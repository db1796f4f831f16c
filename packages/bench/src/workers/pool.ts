import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { Answer, Job, Result } from "./jobs.ts";

/** More would only wait for each other's memory: one analysis has some hundred jobs of a few ms. */
const MOST_WORKERS = 8;

/** One a core, and never more than {@link MOST_WORKERS}. */
export function defaultWorkers(): number {
  return Math.min(availableParallelism(), MOST_WORKERS);
}

/**
 * Runs jobs in worker threads, each at most one at a time, and gives their results in the order of the jobs. A job carries its own seed, so
 * the results are the same whatever the number of workers and whichever of them is faster.
 *
 * @param options.workers how many threads at most; never more than there are jobs.
 * @param options.done is called after each job.
 * @throws RangeError for fewer than 1 worker; what a job throws, once all workers have been ended.
 */
export async function runJobs<Of extends Job>(
  jobs: readonly Of[],
  options: { readonly workers?: number; readonly done?: () => void } = {},
): Promise<Result<Of>[]> {
  const wanted = options.workers ?? defaultWorkers();
  if (!Number.isInteger(wanted) || wanted < 1) throw new RangeError(`Workers are a whole number from 1 on, not ${wanted}.`);
  const results: Result<Of>[] = [];
  let next = 0;
  const workers = Array.from({ length: Math.min(wanted, MOST_WORKERS, jobs.length) }, startWorker);
  try {
    await Promise.all(
      workers.map(async (worker) => {
        for (let index = next++; index < jobs.length; index = next++) {
          results[index] = await ask(worker, jobs[index]!);
          options.done?.();
        }
      }),
    );
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
  return results;
}

/** Beside this file, in TypeScript as the tests run it or as it was built. */
function startWorker(): Worker {
  return new Worker(new URL(import.meta.url.endsWith(".ts") ? "./worker.ts" : "./worker.js", import.meta.url));
}

/** A worker that dies, or cannot read what it is sent, fails its job: nothing waits for it. */
function ask<Of extends Job>(worker: Worker, job: Of): Promise<Result<Of>> {
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void): void => {
      worker.off("message", onMessage).off("error", onError).off("messageerror", onError).off("exit", onExit);
      finish();
    };
    const onMessage = (answer: Answer<Of>): void => settle(() => (answer.ok ? resolve(answer.result) : reject(answer.error)));
    const onError = (error: unknown): void => settle(() => reject(error));
    const onExit = (code: number): void => settle(() => reject(new Error(`A worker thread ended with ${code} before its job did.`)));
    worker.on("message", onMessage).on("error", onError).on("messageerror", onError).on("exit", onExit);
    // A thread has no origin: this is not a window.
    // oxlint-disable-next-line unicorn/require-post-message-target-origin
    worker.postMessage(job);
  });
}
