import { join } from "node:path";
import { packageRoot } from "./package-root.ts";

/** How a Worker host starts the Worker of the peers' Agents, as `worker/` is built. @param provider base URL of the model's */
export function peersWorker(provider: string): {
  readonly worker: { readonly config: string; readonly script: string };
  readonly vars: { readonly PROVIDER_URL: string };
} {
  return {
    worker: { config: join(packageRoot, "worker", "wrangler.jsonc"), script: join(packageRoot, "dist", "worker", "worker.js") },
    vars: { PROVIDER_URL: provider },
  };
}
