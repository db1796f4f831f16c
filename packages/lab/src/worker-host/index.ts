export { HostError, portOutsideEphemeral, startWorker, writeOptions, type HostOptions, type WorkerHost } from "./worker-host.ts";
