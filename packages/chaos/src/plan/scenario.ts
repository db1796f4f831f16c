import type { ReplySpec } from "./reply.ts";

export const TRANSPORTS = ["sse", "ws"] as const;
export type TransportName = (typeof TRANSPORTS)[number];

/** A fault that is to come: JSON, so that a scenario can be printed and read. */
export interface FaultPlan {
  readonly kind: string;
  /** Comes when its line's first reader has so many events; 0: before the first connection. */
  readonly atEvent: number;
  readonly params: Readonly<Record<string, number>>;
}

/** How a leg reads: one event after another, in batches, or with the small client, which sends nothing. */
export type Reads = "events" | "batches" | "core";

/** One client after another reads on where the one before left. */
export interface LegPlan {
  readonly transport: TransportName;
  readonly reads: Reads;
  /** Leaves after so many events; `null`: stays to the end. */
  readonly events: number | null;
  /** Its client remembers where it is, its page is closed, and the next client is restored from that. Otherwise the next one is told where to go on. */
  readonly saves: boolean;
}

export interface InputPlan {
  readonly atEvent: number;
  /** Bytes, or JSON. */
  readonly bytes: boolean;
  readonly size: number;
}

/** A person's device: a connection of its own to the Worker, on which faults strike, and one client at a time. */
export interface LinePlan {
  readonly legs: readonly LegPlan[];
  /** Its clients are so far from its proxy, on a link of their own whose packets may be lost. Absent: they are beside it. */
  readonly roundTripMs?: number;
  /** Of one client. The second one only reads. */
  readonly readers: 1 | 2;
  /** Comes when the run's first reader has so many events. The first line starts the run. */
  readonly joinsAt: number;
  /** Reads from behind the event with this number; 0: from the start. */
  readonly from: number;
  /** So long each event takes the application, in ms. */
  readonly slowMs: number;
  readonly inputs: readonly InputPlan[];
  /** Cancels the run when it has so many events. */
  readonly cancelAt: number | null;
  readonly faults: readonly FaultPlan[];
}

/** Another run of the same agent, which the first line's first client starts and reads beside its own. Each has its own history. */
export interface BesidePlan {
  readonly reply: ReplySpec;
  /** Starts when the first reader has so many events. */
  readonly startsAt: number;
  /** By its own count of events. */
  readonly inputs: readonly InputPlan[];
  readonly cancelAt: number | null;
}

/** Behind the run's end, its agent is left alone until the runtime evicts it. The first line's last client is still there, and then wants something. */
export interface SleepPlan {
  /** Nothing is asked of the agent for so long. */
  readonly ms: number;
  /** What becomes of the client's connection just before it wants something, where it has one. */
  readonly cut: "reset" | "half-open" | null;
  /** It reads the ended run again, from behind the event with this number; 0: from the start; `null`: it does not. */
  readonly resumesBehind: number | null;
  /** It sends an input to the run that it reads again, which has to be refused. */
  readonly sendsLate: boolean;
  /** Runs that it starts, all at once. */
  readonly besides: readonly BesidePlan[];
}

/** One answer, and all who read it. */
export interface RunPlan {
  readonly agent: string;
  /**
   * Of its start, where its agent answers others before and behind it. Its question brings the whole context then, and the agent keeps nothing
   * of it. Absent: its agent answers this alone, and those beside it.
   */
  readonly key?: string;
  readonly reply: ReplySpec;
  readonly lines: readonly LinePlan[];
  readonly besides: readonly BesidePlan[];
  /** Absent: all is over with its last reader. */
  readonly sleep?: SleepPlan;
  /** When the first reader has so many events, its client starts another run under the same key, which the agent has to refuse. */
  readonly refusedAt: readonly number[];
  /** Over this transport, the whole log is read again when all is over. */
  readonly readAgain: TransportName;
}

export interface KillPlan {
  /** After the scenario began. */
  readonly atMs: number;
  /** SIGKILL, or an end by the runtime's own. */
  readonly how: "kill" | "restart";
  /** For so long nothing listens, and more: what the next start takes. */
  readonly downMs: number;
  /** By so much the wall clock is off where it comes back. Absent: as before. */
  readonly clockMs?: number;
}

/** The wall clock of the Worker, and nothing else of the machine. */
export interface ClockPlan {
  /** By so much it is off as the Worker starts. */
  readonly startMs: number;
  /** While the Worker runs, in the order of their times. A jump back by long stops the runtime's own timers for as long. */
  readonly jumps: readonly { readonly atMs: number; readonly ms: number }[];
}

export interface Scenario {
  readonly seed: number;
  /**
   * `s` and `e` with a number share their Worker with others, and `e` has an agent that is evicted. The lines of `n` have links. `k` has a Worker of its
   * own that is killed, and `c` one whose clock jumps.
   */
  readonly id: string;
  readonly runs: readonly RunPlan[];
  readonly kills: readonly KillPlan[];
  /** Absent: it is the machine's. */
  readonly clock?: ClockPlan;
}
