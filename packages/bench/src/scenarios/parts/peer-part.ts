import type { LocalLab } from "../../lab/lab.ts";
import type { Groups, MeasuredPeer, Measurement } from "./scenario.ts";

/** How peers take part in a scenario. */
export interface PeerPart<Value> {
  /** They are measured in so many of a setting's first pair groups, where the setting has as many. */
  readonly groups: Groups;
  /** Why peers cannot be asked at a setting; `null` where they can. Default: they can. */
  readonly notAsked?: (value: Value) => string | null;
  /** Measures one block. */
  measure(lab: LocalLab, peer: MeasuredPeer, value: Value): Promise<Measurement>;
}
