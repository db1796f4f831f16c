/** JSON texts of a run that has not ended; `null` where there is none. */
export interface Unended {
  /** What its generation kept. */
  readonly kept: string | null;
  /** What was tried since it was interrupted. */
  readonly tried: string | null;
}

/**
 * What of a run outlives its agent, beside its events: in the row of the run, which its start and its end write in any case, and a row for each tool call.
 *
 * Each method is synchronous, as all of the log's: nothing that is sent after it is sent before what it wrote is durable.
 */
export class UnendedRuns {
  readonly #sql: SqlStorage;
  readonly #write: <Result>(act: () => Result) => Result;

  /** @param write does what needs room, see RunLog.write */
  constructor(sql: SqlStorage, write: <Result>(act: () => Result) => Result = (act) => act()) {
    this.#sql = sql;
    this.#write = write;
    sql.exec(`CREATE TABLE IF NOT EXISTS transport_tool_calls (
      run INTEGER NOT NULL, call TEXT NOT NULL, outcome TEXT, PRIMARY KEY (run, call)) WITHOUT ROWID`);
  }

  /** @param n of a run that the log has */
  of(n: number): Unended {
    // A type, and not the interface: the runtime's own rows are indexed by name.
    return this.#sql.exec<{ kept: string | null; tried: string | null }>("SELECT kept, tried FROM transport_runs WHERE n = ?", n).one();
  }

  /** Whether it is known what it is generated from, without reading that. */
  hasOrigin(n: number): boolean {
    return this.#sql.exec<{ known: number }>("SELECT origin IS NOT NULL AS known FROM transport_runs WHERE n = ?", n).one().known === 1;
  }

  /** What it is generated from; `null` where that was too large to be kept, and once the run has ended. */
  origin(n: number): string | null {
    return this.#sql.exec<{ origin: string | null }>("SELECT origin FROM transport_runs WHERE n = ?", n).one().origin;
  }

  keep(n: number, kept: string | null): void {
    this.#exec("UPDATE transport_runs SET kept = ? WHERE n = ?", kept, n);
  }

  /** Nothing, where the run has ended. */
  noteTried(n: number, tried: string): void {
    this.#exec("UPDATE transport_runs SET tried = ? WHERE n = ? AND ended_at IS NULL", tried, n);
  }

  /** What came of a tool call; `undefined` where it was never begun, `null` where it was and nothing else is known. */
  toolOutcome(n: number, call: string): string | null | undefined {
    return this.#sql
      .exec<{ outcome: string | null }>("SELECT outcome FROM transport_tool_calls WHERE run = ? AND call = ?", n, call)
      .toArray()[0]?.outcome;
  }

  beginTool(n: number, call: string): void {
    this.#exec("INSERT OR REPLACE INTO transport_tool_calls (run, call, outcome) VALUES (?, ?, NULL)", n, call);
  }

  endTool(n: number, call: string, outcome: string): void {
    this.#exec("UPDATE transport_tool_calls SET outcome = ? WHERE run = ? AND call = ?", outcome, n, call);
  }

  /** Its tool calls, once its events are deleted. */
  forget(n: number): void {
    this.#sql.exec("DELETE FROM transport_tool_calls WHERE run = ?", n);
  }

  #exec(statement: string, ...bindings: readonly (string | number | null)[]): void {
    this.#write(() => this.#sql.exec(statement, ...bindings));
  }
}
