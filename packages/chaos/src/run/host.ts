import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startWorker, type WorkerHost } from "@agent-transports/lab/worker-host";
import type { KillPlan } from "../plan/scenario.ts";
import type { ModelProvider } from "./model.ts";
import { pause } from "./wait.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const worker = { config: join(root, "worker", "wrangler.jsonc"), script: join(root, "dist", "worker", "worker.js") };

/** The Worker of chaos, whose storage is forgotten at its end. @throws HostError */
export function startHost({ vars }: ModelProvider): Promise<WorkerHost> {
  return startWorker({ worker, vars });
}

/** A Worker that is killed, and comes back on the same port and storage. */
export class MortalHost {
  readonly url: URL;
  readonly #storage: string;
  readonly #listeners = new Set<() => void>();
  #host: WorkerHost | undefined;

  readonly #vars: Readonly<Record<string, string>>;

  private constructor(host: WorkerHost, storage: string, vars: Readonly<Record<string, string>>) {
    this.#host = host;
    this.url = host.url;
    this.#storage = storage;
    this.#vars = vars;
  }

  /** @throws HostError */
  static async start({ vars }: ModelProvider): Promise<MortalHost> {
    const storage = await mkdtemp(join(tmpdir(), "chaos-"));
    return new MortalHost(await startWorker({ worker, vars, persistTo: storage }), storage, vars);
  }

  onKill(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** @throws HostError where it does not come back */
  async kill({ how, downMs }: Pick<KillPlan, "how" | "downMs">): Promise<void> {
    for (const listener of this.#listeners) listener();
    if (how === "kill") for (const pid of this.#host?.pids ?? []) process.kill(pid, "SIGKILL");
    await this.#host?.dispose();
    this.#host = undefined;
    await pause(downMs);
    this.#host = await startWorker({ worker, vars: this.#vars, persistTo: this.#storage, port: Number(this.url.port) });
  }

  async close(): Promise<void> {
    await this.#host?.dispose();
    await rm(this.#storage, { recursive: true, force: true });
  }
}
