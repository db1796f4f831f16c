import type { AgentStream } from "./agent-stream.ts";
import type { Application } from "./application.ts";
import type { PageReader, Reader } from "./reader.ts";

/** What people use today to stream an Agent's answer, and what it can do. What is absent it cannot, or nobody measures. */
export interface Peer {
  /** In results. */
  readonly id: string;
  /** In tables. Each part below has a label of its own where its tables say more. */
  readonly label: string;
  /** Ours of the same transport is what it is held against. */
  readonly transport: "sse" | "ws";
  /** It is an Agent, of `worker/`: asked and read by its own wire format, with no client library between. */
  readonly agent?: AgentStream;
  /** It is a client, or the bare parser or socket that one would use instead: reads a run of ours that is there already. */
  readonly reader?: Reader;
  /** It is a browser's own: reads a run of ours in a page. */
  readonly page?: PageReader;
  /** An application on it asks an Agent, and follows the answer through a break. */
  readonly application?: Application;
  /** What an application imports of it. */
  readonly bundle?: Bundle;
}

export interface Bundle {
  readonly label?: string;
  /** An ES module, resolved from this package. */
  readonly source: string;
}

/** A peer that can do at least this. */
export type PeerWith<Part extends "agent" | "reader" | "page" | "application" | "bundle"> = Peer & Required<Pick<Peer, Part>>;
