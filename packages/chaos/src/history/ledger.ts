/** How much the agent holds: in its storage, of all runs and besides, and of the runtime. */
export interface Held {
  /** By table. */
  readonly rows: Readonly<Record<string, number>>;
  /** Whether an alarm is set. */
  readonly alarm: boolean;
  /** WebSockets that the runtime keeps for it, also those that are closing. */
  readonly sockets: number;
}

/** What the agent's own SQLite holds of a run, row by row. */
export interface Ledger {
  /** All of the agent's runs: each start makes one, however often it is sent. */
  readonly runs: readonly { readonly id: string; readonly state: string; readonly epoch: string }[];
  /** `chunks` are JSON texts, one a line. */
  readonly rows: readonly { readonly seq: number; readonly count: number; readonly chunks: string }[];
  readonly inputs: readonly { readonly key: string; readonly seq: number }[];
}
