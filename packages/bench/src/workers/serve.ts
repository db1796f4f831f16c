import { parentPort } from "node:worker_threads";
import type { Answer, JobHandlers, JobMap } from "./jobs.ts";

/** Called by the entry of a worker thread: does each job that is sent to it, one after another. */
export function serveJobs<Jobs extends JobMap>(handlers: JobHandlers<Jobs>): void {
  const port = parentPort;
  if (port === null) throw new Error("This file is the entry of a worker thread: start it with jobRunner (workers/pool.ts).");
  port.on("message", (job: { readonly kind: keyof Jobs }) => port.postMessage(answer(handlers, job)));
}

function answer<Jobs extends JobMap, Kind extends keyof Jobs>(
  handlers: JobHandlers<Jobs>,
  job: Jobs[Kind]["job"] & { readonly kind: Kind },
): Answer<Jobs[Kind]["result"]> {
  try {
    return { ok: true, result: handlers[job.kind](job) };
  } catch (error) {
    return { ok: false, error };
  }
}
