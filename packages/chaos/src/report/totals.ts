import type { Violation } from "../history/violations.ts";
import { PROVIDER } from "../plan/planner.ts";
import type { TransportName } from "../plan/scenario.ts";
import type { Played } from "../run/play.ts";
import { upperBound } from "./bounds.ts";

/** Of one transport. A stream is one reader of one client; where it is handed over, the next client's is another. */
export interface TransportTotals {
  streams: number;
  /** Streams that a fault has struck before they were read to their end. */
  faulted: number;
  /** Of runs in which something is wrong. */
  violated: number;
  reconnects: number;
  /** Streams that came back at least once. */
  recovered: number;
  events: number;
  /** Streams that each kind has struck, and those of answers whose provider failed. */
  readonly byFault: Record<string, number>;
}

/** What is kept of a violation: enough to play it again. */
export interface Found {
  readonly scenario: string;
  readonly violations: readonly Violation[];
}

/** Sums only: a run of a million streams takes no more memory than one of ten. */
export class Totals {
  readonly transports: Record<TransportName, TransportTotals> = { sse: none(), ws: none() };
  readonly found: Found[] = [];
  /** How many there are of each kind. */
  readonly violations: Record<string, number> = {};
  scenarios = 0;
  runs = 0;
  inputs = 0;
  /** Inputs that the agent took. */
  accepted = 0;
  /** Runs that a cancel ended. */
  cancelled = 0;
  resumed = 0;
  kills = 0;
  restarts = 0;
  violatedRuns = 0;

  add(scenario: string, played: readonly Played[]): void {
    this.scenarios += 1;
    for (const one of played) this.#addRun(scenario, one);
  }

  #addRun(scenario: string, { history, violations, streams, resumed, providerFailed }: Played): void {
    this.runs += 1;
    this.inputs += history.inputs.length;
    this.accepted += history.inputs.filter(({ answer }) => answer.kind === "accepted").length;
    if (history.ledger.runs.some(({ id, state }) => id === history.run && state === "cancelled")) this.cancelled += 1;
    this.resumed += resumed;
    for (const { transport, strikes, reconnects, events } of streams) {
      const totals = this.transports[transport];
      totals.streams += 1;
      totals.events += events;
      totals.reconnects += reconnects;
      if (reconnects > 0) totals.recovered += 1;
      if (strikes.size > 0) totals.faulted += 1;
      // To a reader that is a pause or an end: no fault of its stream.
      if (providerFailed) totals.byFault[PROVIDER] = (totals.byFault[PROVIDER] ?? 0) + 1;
      for (const kind of strikes.keys()) totals.byFault[kind] = (totals.byFault[kind] ?? 0) + 1;
      if (violations.length > 0) totals.violated += 1;
    }
    if (violations.length === 0) return;
    this.violatedRuns += 1;
    for (const { kind } of violations) this.violations[kind] = (this.violations[kind] ?? 0) + 1;
    if (this.found.length < 50) this.found.push({ scenario, violations: violations.slice(0, 10) });
  }
}

function none(): TransportTotals {
  return { streams: 0, faulted: 0, violated: 0, reconnects: 0, recovered: 0, events: 0, byFault: {} };
}

/** The rate of violated streams that still fits, of those that were faulted. */
export function boundOf({ faulted, violated }: TransportTotals): number {
  return upperBound(Math.min(violated, faulted), faulted);
}
