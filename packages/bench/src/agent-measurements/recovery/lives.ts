import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cpuMs } from "@agent-transports/lab/machine";
import { portOutsideEphemeral, type WorkerHost } from "@agent-transports/lab/worker-host";
import type { StartHost } from "../stalled.ts";
import type { Kill } from "./watched-answer.ts";

/** A Worker that is killed again and again, and each time comes back on the same storage and port. What its agents wrote in each life is added up. */
export class Lives {
  readonly url: URL;
  readonly kills: Kill[] = [];
  readonly #start: StartHost;
  readonly #storage: string;
  readonly #segment: string;
  readonly #agents: readonly string[];
  readonly #rows: Map<string, number> = new Map();
  #host: WorkerHost | undefined;
  #cpuMs = 0;

  private constructor(start: StartHost, storage: string, host: WorkerHost, segment: string, agents: readonly string[]) {
    this.#start = start;
    this.#storage = storage;
    this.#host = host;
    this.url = host.url;
    this.#segment = segment;
    this.#agents = agents;
  }

  /** @param agents whose rows are counted */
  static async begin(start: StartHost, segment: string, agents: readonly string[]): Promise<Lives> {
    const storage = await mkdtemp(join(tmpdir(), "transport-bench-"));
    try {
      return new Lives(start, storage, await start(storage, await portOutsideEphemeral()), segment, agents);
    } catch (error) {
      await rm(storage, { recursive: true, force: true });
      throw error;
    }
  }

  /** SIGKILL, and another process at once. Resolves once it listens. @param onKill is called in the kill's own turn, just before it */
  async kill(onKill: () => void): Promise<Kill> {
    const host = this.#alive();
    await this.#addUp(host);
    onKill();
    const killedAt = performance.now();
    host.kill();
    this.#host = undefined;
    await host.dispose();
    this.#host = await this.#start(this.#storage, Number(this.url.port));
    const kill = { killedAt, listenedAt: performance.now() };
    this.kills.push(kill);
    return kill;
  }

  /** What the agents have written by now. Asking wakes none of them. */
  async rows(): Promise<ReadonlyMap<string, number>> {
    const current = await this.#rowsOf();
    return new Map(this.#agents.map((agent) => [agent, (this.#rows.get(agent) ?? 0) + (current[agent] ?? 0)]));
  }

  /** Of workerd in all lives. */
  async cpuMs(): Promise<number> {
    return this.#cpuMs + (await cpuMs(this.#alive().pids));
  }

  async dispose(): Promise<void> {
    try {
      await this.#host?.dispose();
    } finally {
      await rm(this.#storage, { recursive: true, force: true });
    }
  }

  #alive(): WorkerHost {
    if (this.#host === undefined) throw new Error("The Worker did not come back from its last end.");
    return this.#host;
  }

  /** A process's counts die with it. */
  async #addUp(host: WorkerHost): Promise<void> {
    const [current, cpu] = await Promise.all([this.#rowsOf(), cpuMs(host.pids)]);
    for (const [agent, rows] of Object.entries(current)) this.#rows.set(agent, (this.#rows.get(agent) ?? 0) + rows);
    this.#cpuMs += cpu;
  }

  async #rowsOf(): Promise<Readonly<Record<string, number>>> {
    const url = new URL(`/written/${this.#segment}`, this.url);
    for (const agent of this.#agents) url.searchParams.append("agent", agent);
    const answer = await fetch(url);
    if (!answer.ok) throw new Error(`The rows of ${this.#segment} cannot be counted: the Worker answered ${answer.status}.`);
    const rows: Readonly<Record<string, number>> = await answer.json();
    return rows;
  }
}
