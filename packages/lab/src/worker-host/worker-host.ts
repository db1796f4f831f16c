import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import {
  HostError,
  portOutsideEphemeral,
  startWorker as startBuilt,
  writeOptions,
  type BuiltWorker,
  type HostOptions as BuiltOptions,
  type WorkerHost,
} from "@agent-transports/worker-host";

export { HostError, portOutsideEphemeral, writeOptions, type WorkerHost };

export interface HostOptions extends BuiltOptions {
  /** Another Worker than that of `packages/agent-worker`. */
  readonly worker?: BuiltWorker;
}

/** Starts the Agent's own Worker, as the build of `packages/agent-worker` has left it, or another. @throws HostError */
export async function startWorker({ worker = agentWorker(), ...options }: HostOptions = {}): Promise<WorkerHost> {
  return startBuilt(worker, options);
}

const require = createRequire(import.meta.url);

/** @throws HostError where it is not built */
function agentWorker(): BuiltWorker {
  try {
    const dist = dirname(require.resolve("@agent-transports/agent-worker"));
    return { config: join(dist, "..", "wrangler.jsonc"), script: join(dist, "worker", "worker.js") };
  } catch (cause) {
    throw new HostError("not_built", "The Agent's Worker is not built. Build it first: pnpm build.", cause);
  }
}
