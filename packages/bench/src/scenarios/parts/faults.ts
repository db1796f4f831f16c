import type { FaultProxy } from "@agent-transports/lab/proxy";
import type { Depth } from "./scenario.ts";
import type { Condition } from "../../results/schema.ts";

/** What is done to the connection of a run that streams, and how long the run goes on. */
export interface Fault {
  readonly label: string;
  /** When it is made, in ms after the run began to stream. */
  readonly atMs: readonly number[];
  /** How long the model speaks, in ms. */
  readonly runMs: number;
  /** Makes it. @returns its moment, of `performance.now()`, and when the way was open again, where the fault is what ends by itself */
  make(worksOn: FaultTarget): Promise<{ readonly at: number; readonly healedAt?: number }>;
  /** Kills the agent, so that the run ends where it was. */
  readonly kills?: true;
  readonly groups: Readonly<Record<Depth, number>>;
}

export interface FaultTarget {
  readonly proxy: FaultProxy;
  /** Kills the Worker and starts it again on the same storage. @returns the moment of the kill */
  readonly restart: () => Promise<number>;
}

const THREE_TIMES = { atMs: [250, 500, 750], runMs: 950 } as const;
const cheap = { quick: 5, standard: 15, full: 100 } as const;
const dear = { quick: 0, standard: 5, full: 40 } as const;

const STALL_MS = 600;
const REFUSALS = 3;

/** A peer that is gone without a word is `half-open`'s: noticing it is a matter of heartbeats, and of chance in their period. */
export const faults: Readonly<Record<string, Fault>> = {
  reset: { ...THREE_TIMES, label: "reset (RST)", groups: cheap, make: async ({ proxy }) => ({ at: proxy.reset().at }) },
  clean: {
    ...THREE_TIMES,
    label: "clean close (FIN)",
    groups: { quick: 0, standard: 15, full: 100 },
    make: async ({ proxy }) => ({ at: proxy.closeClean("down").at }),
  },
  stall: {
    label: `stalled for ${STALL_MS} ms`,
    atMs: [200],
    runMs: 1_200,
    groups: dear,
    async make({ proxy }) {
      const { at } = proxy.stall("down");
      await new Promise((resolve) => setTimeout(resolve, STALL_MS));
      proxy.heal();
      return { at, healedAt: performance.now() };
    },
  },
  refused: {
    label: `reset, then refused ${REFUSALS} times`,
    atMs: [200],
    // The waits before the second, third and fourth try are at most 0.5, 1 and 2 s.
    runMs: 4_500,
    groups: dear,
    async make({ proxy }) {
      proxy.refuse(REFUSALS);
      return { at: proxy.reset().at };
    },
  },
  restart: {
    label: "the Worker killed and started again",
    atMs: [300],
    runMs: 60_000,
    kills: true,
    groups: dear,
    make: async ({ restart }) => ({ at: await restart() }),
  },
};

export const faultConditions: readonly Condition[] = Object.entries(faults).map(([id, { label }]) => ({
  id,
  label,
  factors: { fault: id },
}));
