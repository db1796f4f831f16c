import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { HostOptions } from "@agent-transports/lab/worker-host";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** The Worker of the peers' Agents, as `peers/` is built. @param provider base URL of the model's */
export function peersWorker(provider: string): HostOptions {
  return {
    worker: { config: join(root, "peers", "wrangler.jsonc"), script: join(root, "dist", "peers", "worker.js") },
    vars: { PROVIDER_URL: provider },
  };
}
