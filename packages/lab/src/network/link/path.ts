import type { BlackoutSchedule } from "./blackouts.ts";
import { LinkError } from "./errors.ts";
import type { Loss } from "./loss.ts";
import type { Trace } from "./trace.ts";

/** How one direction of a link behaves. */
export interface LinkPath {
  /** From a packet's last byte on the link to its delivery. */
  readonly delayMs: number;
  readonly jitter?: Jitter;
  readonly loss?: Loss;
  /** What it carries; without one, any amount at once. */
  readonly capacity?: { readonly bitsPerSecond: number } | RecordedCapacity;
  /** How much waits before the link, beside the packet that is being sent; what finds it full is dropped (drop tail). */
  readonly queueBytes?: number;
  readonly blackouts?: BlackoutSchedule;
}

/** A recording, which begins anew from its start when it is over. */
export interface RecordedCapacity {
  readonly trace: Trace;
  /** Where in it the link begins. Default: at its start. */
  readonly fromMs?: number;
}

/** Uniform between 0 and so much more than the delay. */
export interface Jitter {
  readonly upToMs: number;
  /** Whether a packet waits for those before it. Where it does not, they overtake each other. */
  readonly inOrder: boolean;
}

/** A link between two sides: `down` is to the near one, where people are, and `up` to the far one. */
export interface Link {
  readonly down: LinkPath;
  readonly up: LinkPath;
}

/** @throws LinkError that names the field */
export function checkPath(path: LinkPath, where: string): void {
  const { delayMs, jitter, loss, capacity, queueBytes, blackouts } = path;
  const fault = (field: string, wanted: string): never => {
    throw new LinkError("bad_profile", `${where}.${field} must be ${wanted}.`);
  };
  if (!isAtLeast(delayMs, 0)) fault("delayMs", "a number of milliseconds, 0 or more");
  if (jitter !== undefined && !isAtLeast(jitter.upToMs, 0)) fault("jitter.upToMs", "a number of milliseconds, 0 or more");
  if (loss?.kind === "independent" && !isShare(loss.share)) fault("loss.share", "a share from 0 to 1");
  if (loss?.kind === "fades") {
    if (!isShare(loss.share)) fault("loss.share", "a share from 0 to 1");
    if (!(isAtLeast(loss.meanMs, 0) && loss.meanMs > 0)) fault("loss.meanMs", "a number of milliseconds above 0");
  }
  if (loss?.kind === "bursts") {
    for (const field of ["enter", "leave", "lossInGood", "lossInBad"] as const) {
      if (!isShare(loss[field])) fault(`loss.${field}`, "a share from 0 to 1");
    }
  }
  if (capacity !== undefined && "bitsPerSecond" in capacity && !isAtLeast(capacity.bitsPerSecond, 1)) {
    fault("capacity.bitsPerSecond", "a rate of 1 bit/s or more; leave out capacity for a link that carries any amount");
  }
  if (
    capacity !== undefined &&
    "trace" in capacity &&
    !(isAtLeast(capacity.fromMs ?? 0, 0) && (capacity.fromMs ?? 0) < capacity.trace.periodMs)
  ) {
    fault("capacity.fromMs", `a number of milliseconds from 0 to below ${capacity.trace.periodMs}, the length of the recording`);
  }
  const queues = capacity !== undefined || blackouts?.packets === "held";
  if (queueBytes === undefined ? queues : !isAtLeast(queueBytes, 0)) {
    fault("queueBytes", "a number of bytes, because packets wait before a link of a limited capacity, and in a blackout that holds them");
  }
  if (blackouts !== undefined) checkSchedule(blackouts, fault);
}

function checkSchedule({ windows, everyMs }: BlackoutSchedule, fault: (field: string, wanted: string) => never): void {
  let closedMs = 0;
  let before = 0;
  for (const { fromMs, toMs } of windows) {
    if (!isAtLeast(fromMs, before) || !isAtLeast(toMs, fromMs)) {
      fault("blackouts.windows", "in ascending order, each with a fromMs and a toMs that are finite, and none within another");
    }
    closedMs += toMs - fromMs;
    before = toMs;
  }
  if (everyMs !== undefined && !(before <= everyMs && closedMs < everyMs)) {
    fault("blackouts.everyMs", "no less than the end of the last window, with some time between the windows");
  }
}

function isAtLeast(value: number, least: number): boolean {
  return Number.isFinite(value) && value >= least;
}

function isShare(value: number): boolean {
  return value >= 0 && value <= 1;
}
