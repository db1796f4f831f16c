import { EVENT_MAX_BYTES } from "./log.ts";
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
    const outcome = this.#store.toolOutcome(this.#n, toolCallId);
    if (outcome === undefined) return { state: "new" };
    if (outcome === null) return { state: "unknown" };
    const record: ToolRecord = JSON.parse(outcome);
    return record;
  }

  /** Durable before anything that the tool sends leaves the agent. */
  begin(toolCallId: string): void {
    this.#store.beginTool(this.#n, toolCallId);
  }

  end(toolCallId: string, record: Extract<ToolRecord, { state: "done" | "failed" }>): void {
    const text = JSON.stringify(record);
    // What no row can take, no event can either: the run fails by that.
    if (text.length * 3 <= EVENT_MAX_BYTES) this.#store.endTool(this.#n, toolCallId, text);
  }
}
