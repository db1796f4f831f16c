import type { Links } from "../link/links.ts";
import type { ModelProvider } from "./model.ts";
import type { MakeClient } from "./subject.ts";

/** Is called at once when a Worker is killed, or its clock jumps. @returns whether an answer was just being read there */
export type StrikeListener = (kind: "kill" | "worker-clock") => boolean;

/** Where a run is played. */
export interface Stage {
  /** Of the Worker itself, without a proxy. */
  readonly worker: URL;
  readonly provider: ModelProvider;
  readonly makeClient: MakeClient;
  /** A reader that is given nothing for so long waits for ever. */
  readonly patienceMs: number;
  /** Tells when the Worker is killed or its clock jumps, and is told whether that struck a live answer. @returns what ends that */
  readonly onStrike: (listener: StrikeListener) => () => void;
  /** For lines that are planned to have one. */
  readonly links?: Links;
  /** Handed to every client, run and input, and outlives them all: what they listen to it with is to be gone when they are. */
  readonly signal?: AbortSignal;
  /** Where a process is watched for long. By default, each line has a port of its own, and ends at once. */
  readonly ports?: Ports;
}

/** Ports for lines, of which one that is over leaves its own to another: `fetch` keeps what it knows of an origin for good. */
export interface Ports {
  /** @returns 0 where none is free: any will do then */
  readonly take: () => number;
  readonly giveBack: (port: number) => void;
}

/** The signal as an option of a client, a run or an input. */
export function listening({ signal }: Stage): Pick<Stage, "signal"> {
  return signal === undefined ? {} : { signal };
}

/** One reader of one leg: what was faulted, and whether it came back. */
export interface Stream {
  readonly reader: string;
  readonly transport: "sse" | "ws";
  /** Kinds that struck it, and how often; empty where none did. */
  readonly strikes: ReadonlyMap<string, number>;
  /** Connections behind the first. */
  readonly reconnects: number;
  readonly events: number;
}
