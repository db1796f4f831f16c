import { rmSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { portOutsideEphemeral, startWorker, type WorkerHost } from "@agent-transports/lab/worker-host";
import { ChaosUsageError } from "../errors.ts";
import { WORKER_CLOCK } from "../faults/index.ts";
import type { KillPlan } from "../plan/scenario.ts";
import type { ModelProvider } from "./model.ts";
import type { StrikeListener } from "./stage.ts";
import { pause } from "./wait.ts";
import { WorkerClock } from "./worker-clock.ts";

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

/** A Worker that is killed, and comes back on the same port and storage. Its wall clock may jump. */
export class MortalHost {
  readonly url: URL;
  readonly #start: () => Promise<WorkerHost>;
  readonly #storage: string;
  readonly #clock: WorkerClock | undefined;
  readonly #listeners = new Set<StrikeListener>();
  #host: WorkerHost | undefined;

  private constructor(host: WorkerHost, storage: string, start: () => Promise<WorkerHost>, clock: WorkerClock | undefined) {
    this.#host = host;
    this.url = host.url;
    this.#start = start;
    this.#storage = storage;
    this.#clock = clock;
  }

  /**
   * @param clockMs by so much its wall clock is off; absent: it is the machine's
   * @throws HostError
   * @throws ChaosUsageError where this system does not say which processes are a Worker's, or has nothing to move a clock with
   */
  static async start({ vars }: ModelProvider, clockMs?: number): Promise<MortalHost> {
    const storage = await mkdtemp(join(tmpdir(), "chaos-"));
    storages.add(storage);
    let mortal: MortalHost | undefined;
    try {
      const clock = clockMs === undefined ? undefined : await WorkerClock.make(storage, clockMs);
      const port = await portOutsideEphemeral();
      const options = { worker, vars, port, persistTo: join(storage, "agents"), ...(clock !== undefined && { env: clock.env }) };
      const start = (): Promise<WorkerHost> => startWorker(options);
      mortal = new MortalHost(await start(), storage, start, clock);
      if ((mortal.#host?.pids ?? []).length === 0)
        throw new ChaosUsageError("cannot_kill", "Here no Worker can be killed: the system has no /proc. Give --kills 0 --clocks 0.");
      await clock?.check(mortal.url);
      return mortal;
    } catch (error) {
      await (mortal === undefined ? forget(storage) : mortal.close());
      throw error;
    }
  }

  onStrike(listener: StrikeListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #strike(kind: Parameters<StrikeListener>[0]): boolean {
    return [...this.#listeners].map((listener) => listener(kind)).includes(true);
  }

  /** @returns whether it struck a live answer. @throws HostError where it does not come back */
  async kill({ how, downMs, clockMs }: Pick<KillPlan, "how" | "downMs" | "clockMs">): Promise<boolean> {
    const struck = this.#strike("kill");
    if (how === "kill") this.#host?.kill();
    await this.#host?.dispose();
    this.#host = undefined;
    if (clockMs !== undefined) await this.#clock?.set(clockMs);
    await pause(downMs);
    this.#host = await this.#start();
    return struck;
  }

  /** Its wall clock jumps while it runs. @returns whether it struck a live answer @throws ChaosUsageError where it does not */
  async jump(ms: number): Promise<boolean> {
    const struck = this.#strike(WORKER_CLOCK);
    await this.#clock?.jump(ms);
    await this.#clock?.check(this.url);
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
