import type { FaultProxy } from "@agent-transports/lab/proxy";
import type { Groups } from "./scenario.ts";

/** What is done to the connection of a run that streams, and how long the run goes on. */
export interface Fault {
  readonly id: string;
  readonly label: string;
  /** When it is made, in ms after the run began to stream. */
  readonly atMs: readonly number[];
  /** How long the model speaks, in ms. */
  readonly runMs: number;
  /** Makes it. @returns when */
  make(target: FaultTarget): Promise<FaultMoment>;
  /** Kills the agent, so that the run ends where it was. */
  readonly kills?: true;
  readonly groups: Groups;
}

/** Of `performance.now()`. */
export interface FaultMoment {
  readonly at: number;
  /** When the connection worked again, where the fault is what ends by itself. */
  readonly healedAt?: number;
}

export interface FaultTarget {
  readonly proxy: FaultProxy;
  /** Kills the Worker and starts it again on the same storage. @returns the moment of the kill */
  readonly restart: () => Promise<number>;
}

const threeTimes = { atMs: [250, 500, 750], runMs: 950 } as const;
const costly: Groups = { quick: 0, standard: 3, full: 40 };

const STALL_MS = 600;
const REFUSALS = 3;

export const reset: Fault = {
  id: "reset",
  label: "reset (RST)",
  ...threeTimes,
  groups: { quick: 5, standard: 8, full: 100 },
  make: async ({ proxy }) => ({ at: proxy.reset().at }),
};

export const cleanClose: Fault = {
  id: "clean",
  label: "clean close (FIN)",
  ...threeTimes,
  groups: { quick: 0, standard: 8, full: 100 },
  make: async ({ proxy }) => ({ at: proxy.closeClean("down").at }),
};

const stall: Fault = {
  id: "stall",
  label: `stalled for ${STALL_MS} ms`,
  atMs: [200],
  runMs: 1_200,
  groups: costly,
  async make({ proxy }) {
    const { at } = proxy.stall("down");
    await new Promise((resolve) => setTimeout(resolve, STALL_MS));
    proxy.heal();
    return { at, healedAt: performance.now() };
  },
};

const refused: Fault = {
  id: "refused",
  label: `reset, then refused ${REFUSALS} times`,
  atMs: [200],
  // The waits before the second, third and fourth try are at most 0.5, 1 and 2 s.
  runMs: 4_500,
  groups: costly,
  async make({ proxy }) {
    proxy.refuse(REFUSALS);
    return { at: proxy.reset().at };
  },
};

const restart: Fault = {
  id: "restart",
  label: "the Worker killed and started again",
  atMs: [300],
  runMs: 60_000,
  kills: true,
  groups: costly,
  make: async ({ restart }) => ({ at: await restart() }),
};

/** A peer that is gone without a word is `half-open`'s: noticing it is a matter of heartbeats, and of chance in their period. */
export const faults: readonly Fault[] = [reset, cleanClose, stall, refused, restart];
