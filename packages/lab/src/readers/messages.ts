import type { ConnectionState } from "@agent-transports/client-core";
import type { Integrity } from "../integrity/index.ts";

/** A number of readers of one run, each a client with a connection of its own. */
export interface ReadersOptions {
  readonly transport: "sse" | "ws";
  /** Of the Worker, or of a proxy before it. */
  readonly url: string;
  readonly agent: string;
  readonly run: string;
  readonly count: number;
  /** Tokens that the model says, where all of them will come: then they are checked one by one. */
  readonly tokens?: number;
}

/** A reader that another module opens, such as a peer's client. */
export interface ModuleReaderOptions {
  /** Its URL. It is loaded only when it is asked for, and exports `openReader`, a `OpenReader`. */
  readonly module: string;
  /** For its `openReader`. */
  readonly options: unknown;
}

/** What one reader saw. Stamps are of the machine's clock, `clock.ts`, in ms. */
export interface Reading {
  readonly run: string;
  /** Of each event, in order. */
  readonly eventAt: readonly number[];
  /** By token. */
  readonly tokenAt: readonly number[];
  readonly states: readonly { readonly to: ConnectionState; readonly at: number }[];
  /** How its run ended. */
  readonly end: string;
  readonly integrity: Integrity;
}

/** What the process of readers is asked, and what each question is answered with. */
export interface Questions {
  /** Answered when all of them are open. */
  open: { readonly ask: ReadersOptions | ModuleReaderOptions; readonly answer: null };
  /** Answered when the run of every reader has ended. */
  ended: { readonly ask: null; readonly answer: null };
  /** What every reader has seen. */
  collect: { readonly ask: null; readonly answer: readonly Reading[] };
  /** Their clients are closed, and they are forgotten, whatever they were about. */
  forget: { readonly ask: null; readonly answer: null };
  /** After a forced collection. */
  memory: { readonly ask: null; readonly answer: { readonly residentBytes: number; readonly liveBytes: number } };
  /** So far, user and system, in µs. */
  cpu: { readonly ask: null; readonly answer: number };
  clock: { readonly ask: null; readonly answer: number };
}

export type Question = {
  [Name in keyof Questions]: { readonly n: number; readonly name: Name; readonly ask: Questions[Name]["ask"] };
}[keyof Questions];

export type Answer<Name extends keyof Questions> = { readonly n: number } & (
  | { readonly answer: Questions[Name]["answer"] }
  | { readonly error: string }
);
