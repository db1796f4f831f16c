import { getEventListeners } from "node:events";
import { inspectHeap, openDescriptors, residentBytes, type HeapInspector } from "@agent-transports/lab/machine";
import type { WorkerHost } from "@agent-transports/lab/worker-host";
import { ChaosUsageError } from "../errors.ts";
import { collectGarbage } from "./garbage.ts";
import { heldBy } from "./held.ts";
import { openPage, type StandInPage } from "./page.ts";
import type { Counts, Sample } from "./sample.ts";

/** Counts what a Worker, its agents and this process hold. */
export class Sampler {
  /** For all clients, and for as long as this is open. */
  readonly signal: AbortSignal = new AbortController().signal;
  readonly #host: WorkerHost;
  readonly #agents: readonly string[];
  readonly #heap: HeapInspector;
  /** Of Miniflare's own Worker, which gets each request before ours does. */
  readonly #front: HeapInspector;
  readonly #page: StandInPage;
  readonly #openedAt = performance.now();

  private constructor(host: WorkerHost, agents: readonly string[], { heap, front }: Record<"heap" | "front", HeapInspector>) {
    this.#host = host;
    this.#agents = agents;
    this.#heap = heap;
    this.#front = front;
    this.#page = openPage();
  }

  /** @throws ChaosUsageError where this system has no /proc */
  static async open(host: WorkerHost, agents: readonly string[]): Promise<Sampler> {
    const { pids, inspector, frontInspector } = host;
    if (pids.length === 0 || inspector === undefined || frontInspector === undefined)
      throw new ChaosUsageError("cannot_count", "Here nothing can be counted: the system has no /proc. Run the soak on Linux.");
    return new Sampler(host, agents, { heap: await inspectHeap(inspector), front: await inspectHeap(frontInspector) });
  }

  async take(phase: Sample["phase"], answers: number): Promise<Sample> {
    const atMs = performance.now() - this.#openedAt;
    const counts = await this.#counts();
    const { url, pids } = this.#host;
    const poke = (): Promise<unknown> => heldBy(url, this.#agents.slice(0, 1));
    const workerdHeap = await this.#heap.liveBytes(poke);
    // Resident memory has what either isolate holds. Of each request, workerd keeps kilobytes outside V8's heap until objects on it are collected.
    await this.#front.liveBytes(poke);
    await collectGarbage();
    const { heapUsed, external, rss } = process.memoryUsage();
    return {
      atMs,
      phase,
      answers,
      counts,
      bytes: {
        "workerd heap": workerdHeap,
        "workerd resident": await residentBytes(pids),
        "readers heap": heapUsed + external,
        "readers resident": rss,
      },
    };
  }

  async #counts(): Promise<Counts> {
    // First, and in one turn: what counts opens sockets itself.
    const resources: Record<string, number> = {};
    for (const kind of process.getActiveResourcesInfo()) resources[kind] = (resources[kind] ?? 0) + 1;
    const listeners = { signal: getEventListeners(this.signal, "abort").length, page: this.#page.listeners };
    const workerd = await openDescriptors(this.#host.pids);
    const readers = await openDescriptors([process.pid]);
    const { rows, alarms, sockets } = await heldBy(this.#host.url, this.#agents);
    return {
      descriptors: { workerd: workerd.all, readers: readers.all },
      sockets: { workerd: workerd.sockets, readers: readers.sockets, ...sockets },
      resources,
      listeners,
      rows,
      alarms: { agents: alarms },
    };
  }

  async close(): Promise<void> {
    this.#page.close();
    await this.#heap.close();
    await this.#front.close();
  }
}
