import type { PeerWith } from "@agent-transports/peers";
import type { Lab, LocalLab } from "../../lab/lab.ts";
import type { Arm, Condition, Integrity, LocalInstrument, Mark, Metric, MetricKind } from "../../results/schema.ts";

export type Depth = "quick" | "standard" | "full";

/** Pair groups at each depth; 0 where a depth has no time for them, and the report says so. */
export type Groups = Readonly<Record<Depth, number>>;

/** What one block gave. */
export interface Measurement {
  readonly samples: Record<string, number[]>;
  readonly values?: Record<string, number>;
  /** `null` where no run of an agent was followed. */
  readonly integrity: Integrity | null;
  readonly timeline?: Mark[];
}

/** One setting of what a scenario varies. In results it is a condition. */
export interface Setting extends Pick<Condition, "id" | "label" | "factors"> {
  readonly groups: Groups;
  /** Why this machine cannot measure it; `null` where it can. */
  readonly missing: () => string | null;
  /** So many blocks run at once, of whole groups, or of one that is larger: for what waits, and does not compete for the machine. */
  readonly blocksAtOnce: number;
  /**
   * A group is A B C, then C B A, and each half has traffic and luck of its own: with further arms as often as the transports, two effects of one
   * group are independent. Default: A B B A, then each further arm once, and all of a group have the same.
   */
  readonly inHalves: boolean;
  /** Ids of the arms beside the two transports that are measured here. */
  readonly furtherArms: readonly string[];
  /** Whether `--quick` has time for them. */
  readonly furtherArmsAtQuick: boolean;
  /** Measures one block. @param arm the id of one of the scenario's arms */
  measure(lab: Lab, arm: string): Promise<Measurement>;
  /** What people use today, beside ours, where `--peers` asks for it. */
  readonly peers?: PeersAtSetting;
}

/** A peer that is measured in the blocks of a run. */
export type MeasuredPeer = PeerWith<"application">;

/** How peers take part at one setting. */
export interface PeersAtSetting {
  /** They are measured in so many of its first pair groups, where it has as many. */
  readonly groups: Groups;
  /** Why they cannot be asked; `null` where they can. */
  readonly notAsked: () => string | null;
  /** Measures one block. */
  measure(lab: LocalLab, peer: MeasuredPeer): Promise<Measurement>;
}

/** A metric that cannot forget what it is to a person: without its kind, no verdict could say whether a difference matters. */
export interface KnownMetric extends Metric {
  readonly kind: MetricKind;
}

/** One question, and how it is measured. What it varies and records is data. Made by `defineScenario`. */
export interface Scenario {
  readonly name: string;
  readonly title: string;
  readonly question: string;
  /** METHOD.md's numbers of the claims that it serves. */
  readonly claims: readonly number[];
  readonly method: string;
  /** What it is measured with on this machine. */
  readonly instrument: LocalInstrument;
  readonly arms: readonly Arm[];
  readonly metrics: readonly KnownMetric[];
  readonly settings: readonly Setting[];
  /** Why it says nothing about a deployment; `null` where it does. */
  readonly notRemote: string | null;
  /** Runs that one block starts at a deployment, which pays for each. */
  readonly remoteRuns: number;
  /** A block that takes longer has failed. */
  readonly blockLimitMs: number;
}

/** What a file of results says of a setting. */
export function conditionOf({ id, label, factors }: Setting): Condition {
  return { id, label, factors };
}
