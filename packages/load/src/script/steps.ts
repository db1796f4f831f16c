import type { RunInput } from "@agent-transports/protocol";
import type { Transport } from "../metrics/metric-list.ts";

/** Until when a `read` reads: the run's end, a number of events, or an event of a type. */
export type Until =
  | { readonly kind: "end" }
  | { readonly kind: "events"; readonly count: number }
  | { readonly kind: "type"; readonly type: string };

/** One step of a scenario's flow, as the engine runs it. */
export type Step =
  /** Opens a connection before there is anything to ask. */
  | { readonly step: "connect" }
  /** Starts a run. */
  | { readonly step: "start"; readonly input: RunInput }
  /** Reads the run's events, and checks their ids. */
  | { readonly step: "read"; readonly until: Until }
  /** Sends an input into the live run, and waits until it is in the log. */
  | { readonly step: "send"; readonly data: unknown }
  /** Waits, in seconds. */
  | { readonly step: "think"; readonly seconds: Span }
  /** The user goes away: its connections close at once. It keeps what has come. @property atSecond of the test: all users go together */
  | { readonly step: "drop"; readonly atSecond: number | undefined }
  /** Comes back behind the last event that has come. @property transport over the other one too; `undefined`: as before */
  | { readonly step: "resume"; readonly transport: Transport | undefined }
  /** Cancels the run; its terminal event is still to be read. */
  | { readonly step: "cancel" }
  | { readonly step: "loop"; readonly count: number; readonly steps: readonly Step[] };

/** A fixed number, or any number between two. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Which share of the users comes over SSE; the rest comes over WebSocket. */
export interface Shares {
  readonly sse: number;
}

/** A scenario, read and checked. */
export interface Flow {
  readonly name: string;
  readonly shares: Shares;
  readonly steps: readonly Step[];
}

/** `config.engines.agent-transports`, read and checked. */
export interface EngineOptions {
  readonly target: URL;
  /** The agent's URL segment. Default `transport-agent`. */
  readonly agent: string;
  /** What the agents' names begin with. Default `load`. */
  readonly name: string;
  /** How many agents take the users in turn. Default 20. */
  readonly agents: number;
  /** Gaps above this are stalls, in milliseconds. Default 1,000. */
  readonly stallMs: number;
  /** A run that takes longer has failed, in milliseconds. Default 120,000. */
  readonly runLimitMs: number;
}
