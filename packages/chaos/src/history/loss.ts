import { formatEventId } from "@agent-transports/protocol";
import { jsonOf } from "./hash.ts";
import type { LogEvent } from "./log.ts";

/** The ids that stand for events that may have been sent and are not stored: PROTOCOL.md §1.1. */
export interface Loss {
  readonly first: number;
  /** Nobody was sent this one: so whoever comes back is told. */
  readonly last: number;
}

/** Inputs come from clients, who may send them until the end. Whether each is where it should be is looked at elsewhere. */
const MAY_FOLLOW: ReadonlySet<string> = new Set(["data-input", "error", "abort", "data-run-end"]);

/** @returns `undefined` where a log says of no event that it is lost */
export function lossOf(events: readonly LogEvent[]): Loss | undefined {
  const seqs = events.flatMap(({ seq, chunk }) => (chunk.type === "data-lost" ? [seq] : []));
  return seqs.length === 0 ? undefined : { first: Math.min(...seqs), last: Math.max(...seqs) };
}

/** What is wrong with what a log says of its loss, where it may have one. */
export function faultsOfLoss(events: readonly LogEvent[], { state, epoch }: { readonly state: string; readonly epoch: string }): string[] {
  const loss = lossOf(events);
  if (loss === undefined) return [];
  const faults: string[] = [];
  const { first, last } = loss;
  const data = { after: formatEventId(epoch, first - 1), through: formatEventId(epoch, last) };
  const json = jsonOf({ type: "data-lost", data, transient: true });
  if (first === 1) faults.push("The log has lost its first event, which is stored before it is sent.");
  for (const { seq, chunk } of events) {
    const { type } = chunk;
    if (seq >= first && seq <= last && jsonOf(chunk) !== json) faults.push(`Event ${seq} should be ${json}, and is ${type}.`);
    if (seq > last && !MAY_FOLLOW.has(type)) faults.push(`Event ${seq} is ${type}, and goes on behind a loss.`);
  }
  // A cancel may come between the loss and the end. That somebody has cancelled it is looked at elsewhere.
  if (state !== "interrupted" && state !== "cancelled") faults.push(`The run is ${state}, and its log has lost events.`);
  return faults;
}
