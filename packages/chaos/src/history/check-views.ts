import { formatEventId, parseEventId } from "@agent-transports/protocol";
import type { History, View } from "./history.ts";
import { eventsOf, type LogEvent } from "./log.ts";
import { lossOf, type Loss } from "./loss.ts";
import type { Violation, ViolationKind } from "./violations.ts";

/** What is wrong with what readers were given, beside the log. */
export function checkViews({ run, ledger, views }: History): Violation[] {
  const { epoch = "", state = "" } = ledger.runs.find(({ id }) => id === run) ?? {};
  const events = eventsOf(ledger);
  const log = new Map(events.map((event) => [event.seq, event]));
  const lost = events.filter(({ chunk }) => chunk.type === "data-lost");
  const losses = new Map(lost.map(({ seq, hash }) => [formatEventId(epoch, seq), hash] as const));
  return [...views.flatMap((view) => checkView(view, { epoch, state, loss: lossOf(events) }, log)), ...reusedIds(views, losses)];
}

interface OfRun {
  readonly epoch: string;
  readonly state: string;
  readonly loss: Loss | undefined;
}

function checkView(view: View, { epoch, state, loss }: OfRun, log: ReadonlyMap<number, LogEvent>): Violation[] {
  const found: Violation[] = [];
  const add = (kind: ViolationKind, what: string): void => void found.push({ kind, of: view.reader, what });
  const last = Math.max(0, ...log.keys());
  const start = (view.after === null ? 0 : (parseEventId(view.after)?.seq ?? Number.NaN)) + 1;
  let next = start;
  const had = new Set<number>();
  let toldOfLoss = false;
  for (const [index, { id, hash }] of view.events.entries()) {
    const parsed = parseEventId(id);
    const logged = parsed?.epoch === epoch ? log.get(parsed.seq) : undefined;
    if (parsed === undefined || logged === undefined) {
      add("unknown-event", `It was given ${id}, which is not in the log of ${epoch} with ${last} events.`);
      continue;
    }
    const { seq } = parsed;
    if (hash === logged.hash) toldOfLoss ||= logged.chunk.type === "data-lost";
    // What was sent and not stored it may have, up to where it is told of the loss.
    else if (logged.chunk.type !== "data-lost" || seq === loss?.last || toldOfLoss)
      add("altered", `Event ${id} (${logged.chunk.type}) was not given as the log has it.`);
    if (had.has(seq)) add("repeated", `Event ${id} was given again, as number ${index + 1}.`);
    else if (index === 0 && seq !== start) add("wrong-beginning", `It asked for ${start} as the first, and was given ${seq}.`);
    else if (seq > next) add("lost", `Event ${next} should come, and ${seq} came.`);
    else if (seq < next) add("reordered", `Event ${next} should come, and ${seq} came, which is older.`);
    had.add(seq);
    next = Math.max(next, seq + 1);
  }
  if (view.end.kind === "ended" && view.end.state !== undefined && view.end.state !== state)
    add("wrong-end", `It was told that the run is ${view.end.state}, and the run is ${state}.`);
  checkEnd(view, next - 1 === last, log.get(last)?.chunk.type === "data-run-end", add);
  return found;
}

type Add = (kind: ViolationKind, what: string) => void;

function checkEnd({ end, mayBeGone, events }: View, whole: boolean, ended: boolean, add: Add): void {
  const count = `It had ${events.length} events, the last of them ${events.at(-1)?.id ?? "none"}.`;
  switch (end.kind) {
    case "waits":
      return add("reader-waits", `Nothing came for so long that nobody would wait. ${count}`);
    case "error":
      if (mayBeGone && end.code === "run_gone") return;
      return add("reader-failed", `It ended with ${end.code}: ${end.message} ${count}`);
    case "ended":
      if (!whole || !ended) add("not-complete", `Its iteration ended before the log does. ${count}`);
      if (end.state === undefined) add("not-complete", `Its iteration ended, and it knows no end of the run. ${count}`);
  }
}

/**
 * Also where the log has neither of the two.
 *
 * @param losses by id, what the log says in place of an event that it has lost: whoever had the event has it under the same id
 */
function reusedIds(views: readonly View[], losses: ReadonlyMap<string, string>): Violation[] {
  const first = new Map<string, { readonly hash: string; readonly reader: string }>();
  const found: Violation[] = [];
  for (const { reader, events } of views) {
    for (const { id, hash } of events) {
      if (losses.get(id) === hash) continue;
      const before = first.get(id);
      if (before === undefined) first.set(id, { hash, reader });
      else if (before.hash !== hash)
        found.push({ kind: "id-reused", of: reader, what: `Event ${id} is another one for ${before.reader}.` });
    }
  }
  return found;
}
