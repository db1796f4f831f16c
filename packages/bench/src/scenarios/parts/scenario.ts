import type { PeerWith } from "@agent-transports/peers";
import type { Lab } from "../../lab/lab.ts";
import type { Arm, Condition, Integrity, Mark, Metric } from "../../results/schema.ts";

export type Depth = "quick" | "standard" | "full";

/** What one block gave. */
export interface Measurement {
  readonly samples: Record<string, number[]>;
  readonly values?: Record<string, number>;
  /** `null` where no run of an agent was followed. */
  readonly integrity: Integrity | null;
  readonly timeline?: Mark[];
}

/** One question, and how it is measured. What it varies and records is data. */
export interface Scenario {
  readonly name: string;
  readonly title: string;
  readonly question: string;
  /** METHOD.md's numbers of the claims that it serves. */
  readonly claims: readonly number[];
  readonly method: string;
  readonly arms: readonly Arm[];
  readonly metrics: readonly Metric[];
  readonly conditions: readonly Condition[];
  /** Pair groups at each condition; 0 where a depth has no time for it, and the report says so. */
  readonly groups: Readonly<Record<Depth, number>>;
  /** Why it says nothing about a deployment; `null` where it does. */
  readonly notRemote: string | null;
  /** Pair groups at a condition that is dearer than the others; {@link groups} if absent. */
  readonly groupsAt?: (condition: Condition) => Readonly<Record<Depth, number>>;
  /** Why this machine cannot measure a condition; `null` where it can. */
  readonly missing?: (condition: Condition) => string | null;
  /** So many blocks run at once, whole groups: for what waits, and does not compete for the machine. Default: 1. */
  readonly blocksAtOnce?: number;
  /** The same at one condition; {@link blocksAtOnce} if absent. */
  readonly blocksAtOnceAt?: (condition: Condition) => number;
  /** Runs that one block starts at a deployment, which pays for each. */
  readonly remoteRuns?: number;
  /** Which of the further arms are measured at a condition; all if absent. */
  readonly furtherArms?: (condition: Condition) => readonly string[];
  /** A block that takes longer has failed. Default 60,000. */
  readonly blockLimitMs?: number;
  /** What people use today, beside ours, where `--peers` asks for it. */
  readonly peers?: PeerPart;
  runBlock(lab: Lab, arm: string, condition: Condition): Promise<Measurement>;
}

/** How peers take part in a scenario. */
export interface PeerPart {
  readonly peers: readonly PeerWith<"application">[];
  /** They are measured in so many of a condition's first pair groups, where the condition has as many. */
  groups(condition: Condition): Readonly<Record<Depth, number>>;
  /** Why a peer cannot be asked at a condition; `null` where it can. */
  readonly missing?: (condition: Condition, peer: PeerWith<"application">) => string | null;
  runBlock(lab: Lab, peer: PeerWith<"application">, condition: Condition): Promise<Measurement>;
}

export const SSE_ARM: Arm = { id: "sse", label: "SSE" };
export const WS_ARM: Arm = { id: "ws", label: "WebSocket" };
export const FLOOR_ARM: Arm = { id: "floor", label: "floor, no agent" };
export const COLD_ARM: Arm = { id: "sse-cold", label: "SSE, each request on a new connection" };
