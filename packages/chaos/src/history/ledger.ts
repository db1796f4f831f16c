/** What the agent's own SQLite holds of a run, row by row. */
export interface Ledger {
  /** All of the agent's runs: each start makes one, however often it is sent. */
  readonly runs: readonly { readonly id: string; readonly state: string; readonly epoch: string }[];
  /** `chunks` are JSON texts, one a line. */
  readonly rows: readonly { readonly seq: number; readonly count: number; readonly chunks: string }[];
  readonly inputs: readonly { readonly key: string; readonly seq: number }[];
}
