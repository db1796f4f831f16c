import type { FaultProxy } from "@agent-transports/lab/proxy";
import type { Dice } from "../dice/dice.ts";
import type { LineLink } from "../link/line-link.ts";
import type { Page } from "../page/page.ts";

/** What a fault can reach: one line, and the agent behind it. */
export interface Target {
  readonly proxy: FaultProxy;
  /** Between the line's clients and its proxy, where the line has one. */
  readonly link?: LineLink | undefined;
  /** In which the line's clients are. */
  readonly page: Page;
  /** Whether the line's client has a connection or is making one, and has not read all. */
  readonly live: () => boolean;
  /** The agent is aborted as by a crash. */
  readonly crash: () => Promise<void>;
  /** Resolves when the run has ended, its log was looked at, and its events were deleted. */
  readonly expired: () => Promise<void>;
  /** From now on credentials end so many ms after they are made. */
  readonly shortenCredentials: (ms: number) => void;
  /** How often a connection of this line was lost as its credentials ended, and through nothing else. */
  readonly credentialsEnded: () => number;
  /** Tells that a fault could not be made. */
  readonly failed: (error: unknown) => void;
  /** Waits, unless all is over. */
  readonly pause: (ms: number) => Promise<void>;
}

/** How often it has struck so far. A fault that never struck is no fault that was survived. */
export type Strikes = () => number;

/** One kind of fault: data and a function. */
export interface Fault {
  readonly kind: string;
  /** For `chaos --help`. */
  readonly says: string;
  /** How often it is chosen, beside the others. Default 1. */
  readonly weight?: number;
  /** Only before the line's first connection, or only later. Default: either. */
  readonly when?: "first" | "later";
  /** Not on lines of agents that are killed, whose storage it would look at. */
  readonly notWithKills?: boolean;
  /** What it does, it does to packets: only on lines with a link. */
  readonly onLink?: boolean;
  /** No connection survives it. A stream that neither came back nor waited in vain had all that it needed before. */
  readonly strikesWhoComesBack?: boolean;
  /** A stream does not count as struck by it alone. */
  readonly strikesNoStream?: boolean;
  readonly params: (dice: Dice) => Readonly<Record<string, number>>;
  readonly strike: (target: Target, params: Readonly<Record<string, number>>) => Strikes;
}

/** A parameter that this kind has planned. @throws RangeError where a scenario was written by hand, and lacks it */
export function param(params: Readonly<Record<string, number>>, name: string): number {
  const value = params[name];
  if (value === undefined) throw new RangeError(`The fault lacks its parameter ${name}.`);
  return value;
}

/** Faults that the proxy has noted since now, and that struck a connection, by what it calls them. */
export function noted(proxy: FaultProxy, ...kinds: readonly string[]): Strikes {
  const before = proxy.faults.length;
  return () => proxy.faults.slice(before).filter(({ kind, connections }) => connections > 0 && kinds.includes(kind)).length;
}

/** Whether so many bytes were carried down since now: fewer, and nobody would notice how. */
export function carried(proxy: FaultProxy, least: number): Strikes {
  const bytes = (): number => proxy.connections.reduce((sum, { bytesDown }) => sum + bytesDown, 0);
  const before = bytes();
  return () => (bytes() - before >= least ? 1 : 0);
}
