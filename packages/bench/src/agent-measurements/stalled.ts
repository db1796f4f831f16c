import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { cpuMs, residentBytes } from "@agent-transports/lab/machine";
import type { WorkerHost } from "@agent-transports/lab/worker-host";
import { quantile } from "../stats/index.ts";
import { openGate } from "./gate.ts";
import { PausableReader } from "./pausable-reader.ts";
import type { Follow, PausingArm } from "./pausing-arms.ts";

/** workerd's memory beside a reader that stops. In bytes above its resident memory just before the reader came. */
export interface StalledMemory {
  /** Of the samples while the reader stood still. */
  readonly medianBytes: number;
  readonly maxBytes: number;
  /** While it read on. */
  readonly catchUpMaxBytes: number;
  /** What the agent had made of its events when the reader went on: less than all where the reader holds up the generation. */
  readonly madeBytes: number;
}

export interface StalledSample {
  readonly tokens: number;
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly memory: StalledMemory;
}

/** Of each event's JSON. */
const EVENT_BYTES = 10_000;
const EVENTS_PER_MB = 100;
/** An agent that has made nothing for so long waits for its reader. */
const STILL_MS = 15_000;
/** With a log that grows no more, memory is looked at so often. */
const REPLAY_SAMPLES = 20;
const REPLAY_SAMPLE_MS = 100;

/** Another Worker than the others', so that what one arm leaves behind is not the next one's. `persistTo`: a folder for its storage. `port`: any free one, if absent. */
export type StartHost = (persistTo?: string, port?: number) => Promise<WorkerHost>;

/** What the agent is asked to make, `packages/peers/worker/filling.ts`. */
function promptFor(events: number, gate: string, every: number): string {
  return `fill ${JSON.stringify({ events, bytes: EVENT_BYTES, gate, every })}`;
}

/** A run of `megabytes`, whose reader stops after the first and goes on when the agent has made the last. @throws Error where an event is missing */
export async function stalled(start: StartHost, arm: PausingArm, megabytes: number): Promise<StalledSample> {
  const host = await start();
  try {
    const total = sizeFor(arm, megabytes);
    await warmUp(host, arm, total);
    const memory = new Memory(host.pids);
    await memory.level();
    const cpuBefore = await cpuMs(host.pids);
    const startedAt = performance.now();
    const reader = new PausableReader(EVENTS_PER_MB, (seen) => seen % EVENTS_PER_MB === 0 && reader.wasResumed && memory.catchingUp());
    const gate = await openGate(async (made) => {
      if (made === 0) return;
      await reader.stopped;
      await memory.standingStill();
    });
    try {
      const following = arm.follow(host.url, "stalled", promptFor(total, gate.url, EVENTS_PER_MB), reader);
      const made = await Promise.race([gate.until(total, STILL_MS), following.then(() => gate.made)]);
      // An agent that waits for its reader has made no sample since.
      await memory.standingStill();
      reader.resume();
      await following;
      reader.complete(total);
      const wallMs = performance.now() - startedAt;
      const figures = await memory.figures();
      return {
        tokens: total,
        wallMs,
        cpuMs: (await cpuMs(host.pids)) - cpuBefore,
        memory: { ...figures, madeBytes: made * EVENT_BYTES },
      };
    } finally {
      await gate.close();
    }
  } finally {
    await host.dispose();
  }
}

/** A finished run of `megabytes`, whose reader stops after the first for two seconds. @throws Error where an event is missing */
export async function stalledReplay(start: StartHost, arm: PausingArm, megabytes: number): Promise<StalledSample> {
  const folder = await mkdtemp(join(tmpdir(), "transport-bench-"));
  try {
    const total = sizeFor(arm, megabytes);
    const handle = await makeLog(start, folder, arm, total);
    // Another process on the same storage: what the making of the log took is not taken for the reader's.
    const host = await start(folder);
    try {
      await warmUp(host, arm, total);
      const memory = new Memory(host.pids);
      await memory.level();
      const cpuBefore = await cpuMs(host.pids);
      const startedAt = performance.now();
      const reader = new PausableReader(EVENTS_PER_MB, (seen) => seen % EVENTS_PER_MB === 0 && reader.wasResumed && memory.catchingUp());
      const reading = arm.replay?.(host.url, "stalled", handle, reader);
      await Promise.race([reader.stopped, reading]);
      for (let sample = 0; sample < REPLAY_SAMPLES; sample++) {
        await pause(REPLAY_SAMPLE_MS);
        await memory.standingStill();
      }
      reader.resume();
      await reading;
      reader.complete(total);
      const wallMs = performance.now() - startedAt;
      const figures = await memory.figures();
      return { tokens: total, wallMs, cpuMs: (await cpuMs(host.pids)) - cpuBefore, memory: { ...figures, madeBytes: total * EVENT_BYTES } };
    } finally {
      await host.dispose();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** In events. */
function sizeFor(arm: PausingArm, megabytes: number): number {
  return Math.min(megabytes, arm.atMost ?? Number.POSITIVE_INFINITY) * EVENTS_PER_MB;
}

async function makeLog(start: StartHost, folder: string, arm: PausingArm, events: number): Promise<string> {
  const host = await start(folder);
  try {
    return await readAll(host, arm.follow, "stalled", events);
  } finally {
    await host.dispose();
  }
}

/** Up to ten megabytes through another agent of the same class, so that code and heap have their size before the level is taken. */
async function warmUp(host: WorkerHost, arm: PausingArm, events: number): Promise<void> {
  await readAll(host, arm.warm ?? arm.follow, "warm", Math.min(events, 10 * EVENTS_PER_MB));
}

/** Reads a run whose agent is never ahead of its reader by more than half a megabyte. */
async function readAll(host: WorkerHost, follow: Follow, agent: string, events: number): Promise<string> {
  const reader = new PausableReader(Number.POSITIVE_INFINITY);
  const gate = await openGate((made) => reader.reached(made));
  try {
    const handle = await follow(host.url, agent, promptFor(events, gate.url, EVENTS_PER_MB / 2), reader);
    reader.complete(events);
    return handle;
  } finally {
    await gate.close();
  }
}

/** workerd's resident memory, from when to when. */
class Memory {
  readonly #pids: readonly number[];
  readonly #still: number[] = [];
  readonly #catchingUp: Promise<number>[] = [];
  #before = Number.NaN;

  constructor(pids: readonly number[]) {
    this.#pids = pids;
  }

  /** What the others are above. */
  async level(): Promise<void> {
    this.#before = await residentBytes(this.#pids);
  }

  async standingStill(): Promise<void> {
    this.#still.push(await residentBytes(this.#pids));
  }

  catchingUp(): void {
    this.#catchingUp.push(residentBytes(this.#pids));
  }

  async figures(): Promise<Pick<StalledMemory, "medianBytes" | "maxBytes" | "catchUpMaxBytes">> {
    const catchingUp = await Promise.all(this.#catchingUp);
    return {
      medianBytes: quantile(this.#still, 0.5) - this.#before,
      maxBytes: Math.max(...this.#still) - this.#before,
      catchUpMaxBytes: Math.max(...catchingUp) - this.#before,
    };
  }
}
