import type { Lab } from "../lab.ts";
import type { Condition } from "../results/schema.ts";
import type { Depth, Measurement } from "../scenarios/types.ts";
import type { MeasuredPeer } from "./measured-peers.ts";

/** How peers take part in a scenario. */
export interface PeerPart {
  readonly peers: readonly MeasuredPeer[];
  /** They are measured in so many of a condition's first pair groups, where the condition has as many. */
  groups(condition: Condition): Readonly<Record<Depth, number>>;
  /** Why a peer cannot be asked at a condition; `null` where it can. */
  readonly missing?: (condition: Condition, peer: MeasuredPeer) => string | null;
  runBlock(lab: Lab, peer: MeasuredPeer, condition: Condition): Promise<Measurement>;
}
