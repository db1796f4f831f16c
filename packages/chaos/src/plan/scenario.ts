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
}

export interface Scenario {
  readonly seed: number;
  /** `s` with a number shares its Worker with others, `k` has one of its own that is killed. */
  readonly id: string;
  readonly runs: readonly RunPlan[];
  readonly kills: readonly KillPlan[];
}
