import { rmSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startWorker, type WorkerHost } from "@agent-transports/lab/worker-host";
import { ChaosUsageError } from "../errors.ts";
import type { KillPlan } from "../plan/scenario.ts";
import type { ModelProvider } from "./model.ts";
import type { KillListener } from "./stage.ts";
import { pause } from "./wait.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const worker = { config: join(root, "worker", "wrangler.jsonc"), script: join(root, "dist", "worker", "worker.js") };

/** Folders of Workers whose storage outlives them, or is to be seen. */
const storages = new Set<string>();

/** For a process that ends at once. */
export function removeStorages(): void {
  // A Worker may be writing still.
  for (const storage of storages) rmSync(storage, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 });
  storages.clear();
}

/** The Worker of chaos, whose storage is forgotten at its end. @throws HostError */
export function startHost({ vars }: ModelProvider): Promise<WorkerHost> {
  return startWorker({ worker, vars });
}

/** The same with its storage in a folder, with the inspector of its isolate, and with variables besides. @throws HostError */
export async function startWatched({ vars }: ModelProvider, more: Readonly<Record<string, string>>): Promise<WorkerHost> {
  const storage = await mkdtemp(join(tmpdir(), "chaos-"));
  storages.add(storage);
  try {
    const host = await startWorker({ worker, vars: { ...vars, ...more }, persistTo: storage, inspect: true });
    return {
      ...host,
      async dispose() {
        await host.dispose();
        await forget(storage);
      },
    };
  } catch (error) {
    await forget(storage);
    throw error;
  }
}

/** A Worker that is killed, and comes back on the same port and storage. */
export class MortalHost {
  readonly url: URL;
  readonly #storage: string;
  readonly #listeners = new Set<KillListener>();
  #host: WorkerHost | undefined;

  readonly #vars: Readonly<Record<string, string>>;

  private constructor(host: WorkerHost, storage: string, vars: Readonly<Record<string, string>>) {
    this.#host = host;
    this.url = host.url;
    this.#storage = storage;
    this.#vars = vars;
  }

  /** @throws HostError @throws ChaosUsageError where this system does not say which processes are a Worker's */
  static async start({ vars }: ModelProvider): Promise<MortalHost> {
    const storage = await mkdtemp(join(tmpdir(), "chaos-"));
    storages.add(storage);
    try {
      const mortal = new MortalHost(await startWorker({ worker, vars, persistTo: storage }), storage, vars);
      if ((mortal.#host?.pids ?? []).length > 0) return mortal;
      await mortal.close();
    } catch (error) {
      await forget(storage);
      throw error;
    }
    throw new ChaosUsageError("cannot_kill", "Here no Worker can be killed: the system has no /proc. Give --kills 0.");
  }

  onKill(listener: KillListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** @returns whether it struck a live answer. @throws HostError where it does not come back */
  async kill({ how, downMs }: Pick<KillPlan, "how" | "downMs">): Promise<boolean> {
    const struck = [...this.#listeners].map((listener) => listener()).includes(true);
    if (how === "kill") this.#host?.kill();
    await this.#host?.dispose();
    this.#host = undefined;
    await pause(downMs);
    this.#host = await startWorker({ worker, vars: this.#vars, persistTo: this.#storage, port: Number(this.url.port) });
    return struck;
  }

  async close(): Promise<void> {
    await this.#host?.dispose();
    await forget(this.#storage);
  }
}

async function forget(storage: string): Promise<void> {
  await rm(storage, { recursive: true, force: true });
  storages.delete(storage);
}
