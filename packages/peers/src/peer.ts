import type { Lab } from "../lab.ts";
import type { Condition } from "../results/schema.ts";
import type { Depth, Measurement } from "../scenarios/types.ts";

/** What people stream an agent's answer with today: an Agent and its client, with the client's defaults. */
export interface Peer {
  readonly id: string;
  readonly label: string;
  /** The transport of ours that it is held against: its own. */
  readonly beside: "sse" | "ws";
  /** Whose Agent answers: this project's, in the lab's Worker, or one of `peers/worker.ts`. */
  readonly agent: "ours" | "peers";
  /** An agent of it answers one question after another, so that each conversation that runs at once is an agent of its own. */
  readonly takesTurns?: true;
  /** @param url the Worker, or a proxy before it */
  connect(url: URL, agent: string): PeerClient;
}

export interface PeerClient {
  ask(prompt: string, heard: Heard): PeerRun;
  close(): void;
}

/** What an application is told. */
export interface Heard {
  text(delta: string): void;
  /** The client shows the answer anew, from its first word: what was shown of it before is gone. */
  again(): void;
  state(to: "connecting" | "open"): void;
}

export interface PeerRun {
  /** Resolves when there is a connection for it. */
  readonly opened: Promise<void>;
  /** Resolves when the client says that the answer is over. @throws Error where the client gave up */
  readonly ended: Promise<void>;
}

/** How peers take part in a scenario. */
export interface PeerPart {
  readonly peers: readonly Peer[];
  /** They are measured in so many of a condition's first pair groups, where the condition has as many. */
  groups(condition: Condition): Readonly<Record<Depth, number>>;
  /** Why a peer cannot be asked at a condition; `null` where it can. */
  readonly missing?: (condition: Condition, peer: Peer) => string | null;
  runBlock(lab: Lab, peer: Peer, condition: Condition): Promise<Measurement>;
}
