import type { Violation } from "../history/violations.ts";
import { EVICTION, ON_LINK, PROVIDER, STRIKES_NO_STREAM } from "../faults/index.ts";
import type { KillPlan, TransportName } from "../plan/scenario.ts";
import { AFTERWARDS, type Played } from "../run/play.ts";
import { upperBound } from "./bounds.ts";

/** Of one transport. A stream is one reader of one client; where it is handed over, the next client's is another. */
export interface TransportTotals {
  streams: number;
  /** Streams that a fault has struck before they were read to their end. */
  faulted: number;
  /** Of these, those of which packets were lost. */
  lost: number;
  /** Runs with a stream that a fault has struck: what goes wrong in one of a run's streams is no news in another. */
  struckRuns: number;
  /** Runs in which something is wrong with what a reader of this transport was given, or sent. */
  violatedRuns: number;
  reconnects: number;
  /** Streams that came back at least once. */
  recovered: number;
  events: number;
  /** Streams that each kind has struck, and those of answers whose provider failed. */
  readonly byFault: Record<string, number>;
}

/** The log's own, which no transport has made. */
export interface AgentTotals {
  struckRuns: number;
  violatedRuns: number;
}

/** What is kept of a violation: enough to play it again. */
export interface Found {
  readonly scenario: string;
  readonly violations: readonly Violation[];
}

/** Sums only: a run of a million streams takes no more memory than one of ten. */
export class Totals {
  readonly transports: Record<TransportName, TransportTotals> = { sse: none(), ws: none() };
  readonly agent: AgentTotals = { struckRuns: 0, violatedRuns: 0 };
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
  /** By SIGKILL, of a Worker whose answers were being read. */
  kills = 0;
  /** The same, by the runtime's own end. */
  restarts = 0;
  /** Of either kind, before the first answer was read, or behind the last: they prove nothing. */
  missed = 0;
  /** Of a Worker's clock, while its answers were being read. */
  clocks = 0;
  /** Agents that were evicted, and then asked for something. */
  evictions = 0;
  /** Agents that were left alone for as long, and not evicted. */
  awake = 0;
  violatedRuns = 0;

  add(scenario: string, played: readonly Played[]): void {
    this.scenarios += 1;
    for (const one of played) this.#addRun(scenario, one);
  }

  /** @param struck of each, whether a live answer was there */
  addDeaths(deaths: readonly Pick<KillPlan, "how">[], struck: readonly boolean[]): void {
    for (const [index, { how }] of deaths.entries()) {
      if (struck[index] !== true) this.missed += 1;
      else if (how === "kill") this.kills += 1;
      else this.restarts += 1;
    }
  }

  /** @param struck of each jump, whether a live answer was there */
  addJumps(struck: readonly boolean[]): void {
    this.clocks += struck.filter(Boolean).length;
  }

  /** @param played by one agent that was left alone */
  addSleep(played: readonly Pick<Played, "streams">[]): void {
    if (played.some(({ streams }) => streams.some(({ strikes }) => strikes.has(EVICTION)))) this.evictions += 1;
    else this.awake += 1;
  }

  #addRun(scenario: string, played: Played): void {
    const { history, violations, streams, resumed, providerFailed } = played;
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
      if (isStruck(strikes)) totals.faulted += 1;
      if ([...strikes.keys()].some((kind) => ON_LINK.has(kind))) totals.lost += 1;
      if (providerFailed) totals.byFault[PROVIDER] = (totals.byFault[PROVIDER] ?? 0) + 1;
      for (const kind of strikes.keys()) totals.byFault[kind] = (totals.byFault[kind] ?? 0) + 1;
    }
    const struck = new Set(streams.filter(({ strikes }) => isStruck(strikes)).map(({ transport }) => transport));
    for (const transport of struck) this.transports[transport].struckRuns += 1;
    if (struck.size > 0) this.agent.struckRuns += 1;
    const blamed = new Set(violations.flatMap((violation) => blamedFor(violation, played)));
    for (const one of blamed) (one === "agent" ? this.agent : this.transports[one]).violatedRuns += 1;
    if (violations.length === 0) return;
    this.violatedRuns += 1;
    for (const { kind } of violations) this.violations[kind] = (this.violations[kind] ?? 0) + 1;
    if (this.found.length < 50) this.found.push({ scenario, violations: violations.slice(0, 10) });
  }
}

function none(): TransportTotals {
  return { streams: 0, faulted: 0, lost: 0, struckRuns: 0, violatedRuns: 0, reconnects: 0, recovered: 0, events: 0, byFault: {} };
}

function isStruck(strikes: ReadonlyMap<string, number>): boolean {
  return [...strikes.keys()].some((kind) => !STRIKES_NO_STREAM.has(kind));
}

/** Whose it is: that of each transport over which its reader read, or the agent's where it is nobody's. */
function blamedFor({ of }: Violation, { streams, readAgain }: Played): readonly (TransportName | "agent")[] {
  if (of === AFTERWARDS) return [readAgain];
  // Whoever sends is named by the leg, too.
  const names = streams.filter(({ reader }) => of === reader || of.startsWith(`${reader}-leg`)).map(({ transport }) => transport);
  return names.length === 0 ? ["agent"] : names;
}

/** The rate of violated runs that still fits, of those in which a stream was struck. */
export function boundOf({ struckRuns, violatedRuns }: AgentTotals): number {
  return upperBound(Math.min(violatedRuns, struckRuns), struckRuns);
}
