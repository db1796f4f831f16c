import { UNKNOWN_OUTCOME } from "../recovery/context.ts";
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

/** Instead of a step's number: calls of the message that an answer goes on with, which a person approved. They run before its first step. */
export const BEFORE_STEPS = -1;

/**
 * The tool calls of one run: that each was begun, and what came of it, are rows of the agent's SQLite. Some providers number their calls anew in each step, so a
 * call is one of its step.
 */
export class ToolCalls {
  readonly #store: UnendedRuns;
  readonly #n: number;
  readonly #run: string;
  readonly #step: (toolCallId: string) => number;
  readonly #known: Known;

  /** @param step in which a call is made now; counted from 0, by the `finish-step`s of the log */
  constructor(
    store: UnendedRuns,
    n: number,
    run: string,
    step: (toolCallId: string) => number = () => 0,
    known: Known = { settled: new Set(), ended: new Set(), adopted: new Map() },
  ) {
    this.#store = store;
    this.#n = n;
    this.#run = run;
    this.#step = step;
    this.#known = known;
  }

  /** The same, of calls that are all made in this step. */
  at(step: number): ToolCalls {
    return new ToolCalls(this.#store, this.#n, this.#run, () => step, this.#known);
  }

  /** The same for each try of the same call: what a service takes as its idempotency key. */
  idempotencyKey(toolCallId: string): string {
    // An agent of an earlier version may have given it to the service.
    if (this.#rowOf(toolCallId) === toolCallId) return `${this.#run}:${toolCallId}`;
    return `${this.#run}:${this.#step(toolCallId)}:${toolCallId}`;
  }

  of(toolCallId: string): ToolRecord {
    if (this.#known.settled.has(this.#call(toolCallId))) return { state: "new" };
    const outcome = this.#store.toolOutcome(this.#n, this.#rowOf(toolCallId));
    if (outcome === undefined) return { state: "new" };
    if (outcome === null) return { state: "unknown" };
    const record: ToolRecord = JSON.parse(outcome);
    return record;
  }

  /** Its output is in the log. Where the model is asked for the step again, the next of this id is another one. */
  settle(toolCallId: string): void {
    this.#known.settled.add(this.#call(toolCallId));
  }

  /**
   * Also where nobody knows what came of it: the log says so from now on. A row of an earlier version that said so still would be taken for the next call of its id.
   */
  settleUnknown(toolCallId: string): void {
    if (this.of(toolCallId).state === "unknown") this.end(toolCallId, { state: "failed", errorText: UNKNOWN_OUTCOME });
  }

  /** A call of this id ended in a step that did. */
  endedEarlier(toolCallId: string): void {
    this.#known.ended.add(toolCallId);
  }

  /** Durable before anything that the tool sends leaves the agent. */
  begin(toolCallId: string): void {
    this.#known.settled.delete(this.#call(toolCallId));
    this.#store.beginTool(this.#n, this.#rowOf(toolCallId));
  }

  end(toolCallId: string, record: Extract<ToolRecord, { state: "done" | "failed" }>): void {
    const text = JSON.stringify(record);
    // What no row can take, no event can either: the run fails by that.
    if (fitsInRow(text)) this.#store.endTool(this.#n, this.#rowOf(toolCallId), text);
  }

  /** A call is one of its step. */
  #call(toolCallId: string): string {
    return JSON.stringify([this.#step(toolCallId), toolCallId]);
  }

  /**
   * The name of its row. An agent of an earlier version named a row by the id alone. It is of the newest call with this id: what it gave is of this one, unless an
   * earlier step has it. It keeps its name, by which each later life knows the key that the service was given.
   */
  #rowOf(toolCallId: string): string {
    const call = this.#call(toolCallId);
    const { adopted, ended } = this.#known;
    const by = adopted.get(toolCallId);
    if (by !== undefined) return by === call ? toolCallId : call;
    if (this.#store.toolOutcome(this.#n, call) !== undefined) return call;
    const outcome = this.#store.toolOutcome(this.#n, toolCallId);
    if (outcome === undefined || (outcome !== null && ended.has(toolCallId))) return call;
    adopted.set(toolCallId, call);
    return toolCallId;
  }
}

/** What is known in memory. */
interface Known {
  /** Calls, each with its step. */
  readonly settled: Set<string>;
  /** Ids. */
  readonly ended: Set<string>;
  /** Ids whose row an agent of an earlier version wrote, and whose call it is. */
  readonly adopted: Map<string, string>;
}
