import type { MessagePort } from "node:worker_threads";
import type { BlackoutKind, DropReason, LinkPath, PathCounters, Window } from "../link/index.ts";
import type { NatOptions, Refusal } from "../nat/index.ts";
import type { PacketCounts } from "./packet-counts.ts";

/** `down` is to the near side, where people are. */
export type Direction = "down" | "up";

/** What the mover is started with: descriptors, which all threads of a process share. */
export interface MoverData {
  readonly port: MessagePort;
  readonly nearTun: number;
  readonly farTun: number;
  /** Written to after each question, because the mover waits in the kernel and not for messages. */
  readonly wake: number;
  readonly paths: Readonly<Record<Direction, LinkPath>>;
  readonly seed: number;
}

/** What one direction has done so far. */
export interface DirectionCounters extends PathCounters {
  /** Those that are between the two sides now. */
  readonly inFlight: number;
  readonly inFlightBytes: number;
  /** By how much packets were handed over later than the link said. */
  readonly lateness: Lateness;
  /** Packets that the receiving kernel did not take. */
  readonly refused: number;
  /** Packets that a NAT dropped, by why: upwards before the link, downwards after it. */
  readonly atNat: Readonly<Record<Refusal, number>>;
  /** Of TCP, what the link and the NAT dropped that carried data, or opened or ended a connection, by why. */
  readonly lostSegments: Readonly<Record<DropReason | Refusal, number>>;
  readonly sent: PacketCounts;
}

export interface Lateness {
  readonly meanMs: number;
  readonly maxMs: number;
  /** How many were later than a millisecond. */
  readonly overOneMs: number;
}

export interface Questions {
  /** Times are Linux's monotonic clock in ms, as `machineNow` has it. */
  readonly blackout: {
    readonly ask: { readonly packets: BlackoutKind; readonly lengthMs: number; readonly directions: readonly Direction[] };
    readonly answer: Window;
  };
  /** @returns from when on the new paths hold */
  readonly change: { readonly ask: Partial<Readonly<Record<Direction, LinkPath>>> & { readonly seed?: number }; readonly answer: number };
  /** Another NAT from now on, which has seen nothing yet; `null` for none. */
  readonly nat: { readonly ask: NatOptions | null; readonly answer: null };
  readonly counters: {
    readonly ask: null;
    readonly answer: Readonly<Record<Direction, DirectionCounters>> & { readonly remapped: number };
  };
  readonly stop: { readonly ask: null; readonly answer: null };
}

export type Question = {
  [Name in keyof Questions]: { readonly n: number; readonly name: Name; readonly ask: Questions[Name]["ask"] };
}[keyof Questions];

export type Answer<Name extends keyof Questions> = { readonly n: number } & (
  | { readonly answer: Questions[Name]["answer"] }
  | { readonly error: string }
);
