export { HostError, startWorker, type HostOptions, type WorkerHost } from "./worker-host.ts";
