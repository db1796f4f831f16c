import { parentPort } from "node:worker_threads";
import { runJob, type Answer, type Job } from "./jobs.ts";

const port = parentPort;
if (port === null) throw new Error("worker.ts is the entry of a worker thread: see pool.ts.");
port.on("message", (job: Job) => port.postMessage(answer(job)));

function answer(job: Job): Answer<Job> {
  try {
    return { ok: true, result: runJob(job) };
  } catch (error) {
    return { ok: false, error };
  }
}
