import { fitsInRow } from "./log.ts";
import type { UnendedRuns } from "./unended-runs.ts";

/** What is known of a tool call. */
export type ToolRecord =
  /** It was never begun. */
  | { readonly state: "new" }
  /** It was begun, and its agent died or its generation was given up: nobody knows whether it took effect. */
  | { readonly state: "unknown" }
  | { readonly state: "done"; readonly output: unknown }
  | { readonly state: "failed"; readonly errorText: string };

/** The tool calls of one run: that each was begun, and what came of it, are rows of the agent's SQLite. */
export class ToolCalls {
  readonly #store: UnendedRuns;
  readonly #n: number;
  readonly #run: string;
  readonly #settled: Set<string> = new Set();

  constructor(store: UnendedRuns, n: number, run: string) {
    this.#store = store;
    this.#n = n;
    this.#run = run;
  }

  /** The same for each try of the same call: what a service takes as its idempotency key. */
  idempotencyKey(toolCallId: string): string {
    return `${this.#run}:${toolCallId}`;
  }

  of(toolCallId: string): ToolRecord {
    if (this.#settled.has(toolCallId)) return { state: "new" };
    const outcome = this.#store.toolOutcome(this.#n, toolCallId);
    if (outcome === undefined) return { state: "new" };
    if (outcome === null) return { state: "unknown" };
    const record: ToolRecord = JSON.parse(outcome);
    return record;
  }

  /** Its output is in the log. Some providers number their calls anew in each step: the next of this id is another one. */
  settle(toolCallId: string): void {
    this.#settled.add(toolCallId);
  }

  /** Durable before anything that the tool sends leaves the agent. */
  begin(toolCallId: string): void {
    this.#settled.delete(toolCallId);
    this.#store.beginTool(this.#n, toolCallId);
  }

  end(toolCallId: string, record: Extract<ToolRecord, { state: "done" | "failed" }>): void {
    const text = JSON.stringify(record);
    // What no row can take, no event can either: the run fails by that.
    if (fitsInRow(text)) this.#store.endTool(this.#n, toolCallId, text);
  }
}
