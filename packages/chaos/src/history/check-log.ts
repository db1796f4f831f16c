import { parseEventId } from "@agent-transports/protocol";
import type { Expected, History } from "./history.ts";
import { eventsOf, isAnswer, saidBy, type LogEvent } from "./log.ts";
import { faultsOfLoss } from "./loss.ts";
import type { Violation, ViolationKind } from "./violations.ts";

/** What is wrong with a log, whoever read it. */
export function checkLog(history: History): Violation[] {
  const found: Violation[] = [];
  const add = (kind: ViolationKind, what: string): void => void found.push({ kind, of: "log", what });
  const { ledger, expected } = history;
  if (ledger.runs.length !== expected.runs)
    add("runs-started", `The agent has ${ledger.runs.length} runs, and was asked to start ${expected.runs}.`);
  const record = ledger.runs.find(({ id }) => id === history.run);
  if (record === undefined) {
    add("runs-started", `The agent has no run ${history.run}.`);
    return found;
  }
  let next = 1;
  for (const { seq, count, chunks } of ledger.rows) {
    if (seq !== next) add("log-gap", `Event ${next} should come, and a row begins with ${seq}.`);
    const lines = chunks.split("\n").length;
    if (lines !== count) add("log-gap", `The row of event ${seq} says that it has ${count} events, and has ${lines}.`);
    next = seq + lines;
  }
  const events = eventsOf(ledger);
  checkEnd(events, record.state, expected.states, add);
  checkStrays(events, record, expected, add);
  checkCancels(history, events, record.state, add);
  if ("text" in expected.content) checkText(events, record.state, expected.content.text, add);
  else checkContent(events, record.state, expected.content.chunks, expected.failsBehind, add);
  return found;
}

type Add = (kind: ViolationKind, what: string) => void;

function checkEnd(events: readonly LogEvent[], state: string, allowed: readonly string[], add: Add): void {
  const ends = events.filter(({ chunk }) => chunk.type === "data-run-end");
  if (ends.length !== 1 || events.at(-1)?.chunk.type !== "data-run-end") {
    add("log-end", `The log has ${ends.length} terminal events, and ends with ${String(events.at(-1)?.chunk.type)}.`);
    return;
  }
  const data = ends[0]?.chunk["data"];
  const said = typeof data === "object" && data !== null && "state" in data ? data.state : undefined;
  if (said !== state) add("log-state", `The terminal event says ${String(said)}, and the run is ${state}.`);
  if (!allowed.includes(state)) add("log-state", `The run is ${state}: ${JSON.stringify(data)}. It should be ${allowed.join(" or ")}.`);
}

/** The chunk before the terminal event, for readers that know only the AI SDK: PROTOCOL.md §1. */
const CLOSING: Readonly<Record<string, string>> = { finished: "finish", failed: "error", interrupted: "error", cancelled: "abort" };

/** What the agent itself writes beside the answer, each in its place only. An input's place is `check-inputs.ts`'s. */
function checkStrays(
  events: readonly LogEvent[],
  record: { readonly state: string; readonly epoch: string },
  { interrupts, loses }: Expected,
  add: Add,
): void {
  const { state, epoch } = record;
  const before = events.at(-2)?.chunk.type;
  if (before !== CLOSING[state]) add("log-end", `Before the terminal event of a run that is ${state} comes ${String(before)}.`);
  for (const [index, { seq, chunk }] of events.entries()) {
    const { type } = chunk;
    if ((type === "error" || type === "abort") && index !== events.length - 2)
      add("log-stray", `Event ${seq} is ${type}, and is not the last but one.`);
    // The levels `event` and `window` lose nothing, nor does an agent that lives.
    if (type === "data-lost" && !loses) add("log-stray", `Event ${seq} says that something was lost.`);
    if (type !== "data-resumed") continue;
    if (!interrupts) add("log-stray", `Event ${seq} says that the answer was interrupted, and nothing interrupts it.`);
    const from = interruptedBehind(chunk, epoch);
    if (from === undefined || from >= seq || events.some((one) => one.seq > from && one.seq < seq && isAnswer(one)))
      add("log-stray", `Event ${seq} says that the answer goes on behind ${JSON.stringify(chunk["data"])}.`);
  }
  if (loses) for (const fault of faultsOfLoss(events, record)) add("log-stray", fault);
}

/** @returns the number of the last event before the interruption */
function interruptedBehind({ data }: LogEvent["chunk"], epoch: string): number | undefined {
  if (typeof data !== "object" || data === null || !("after" in data)) return undefined;
  if (data.after === null) return 0;
  const id = typeof data.after === "string" ? parseEventId(data.after) : undefined;
  return id?.epoch === epoch ? id.seq : undefined;
}

/** Nobody is cancelled but by a client, and what its reader had is in the log. */
function checkCancels({ cancels }: History, events: readonly LogEvent[], state: string, add: Add): void {
  for (const { reader, stillRunning } of cancels)
    if (stillRunning) add("cancel-failed", `The cancel of ${reader} succeeded, and the run was running.`);
  if (state !== "cancelled") return;
  const first = Math.min(...cancels.map(({ behind }) => behind));
  if (first === Number.POSITIVE_INFINITY) add("log-state", "The run is cancelled, and nobody has cancelled it.");
  else if ((events.at(-1)?.seq ?? 0) <= first) add("log-content", `The run was cancelled behind event ${first}, which its log has not.`);
}

/** What finished is whole. What failed is whole up to where it fails. What did not end so is a beginning. */
function checkContent(events: readonly LogEvent[], state: string, expected: readonly string[], failsBehind: number | null, add: Add): void {
  const exactly = state === "finished" || (state === "failed" && failsBehind !== null);
  const chunks = state === "failed" && failsBehind !== null ? expected.slice(0, failsBehind) : expected;
  const said = saidBy(events.map(({ chunk }) => chunk));
  const wanted = saidBy(chunks.map((text): LogEvent["chunk"] => JSON.parse(text)));
  const differs = said.findIndex((one, index) => one !== wanted[index]);
  if (exactly) {
    if (differs === -1 && said.length === wanted.length) return;
    const at = differs === -1 ? said.length : differs;
    add("log-content", `Part ${at} of the answer is ${brief(said[at])}, and should be ${brief(wanted[at])}.`);
    return;
  }
  // The last may be the beginning of a text that was to be longer.
  if (differs === -1 || (differs === said.length - 1 && wanted[differs]?.startsWith(said[differs] ?? "") === true)) return;
  add("log-content", `Part ${differs} of the answer is ${brief(said[differs])}, and should be ${brief(wanted[differs])}.`);
}

/** All of its texts, whatever parts they are in. */
function checkText(events: readonly LogEvent[], state: string, expected: string, add: Add): void {
  const said = events.map(({ chunk }) => (chunk.type === "text-delta" ? String(chunk["delta"]) : "")).join("");
  if (state === "finished" ? said === expected : expected.startsWith(said)) return;
  let same = 0;
  while (same < said.length && said[same] === expected[same]) same += 1;
  add("log-content", `Behind ${same} characters, the text is ${brief(said.slice(same))}, and should be ${brief(expected.slice(same))}.`);
}

function brief(text: string | undefined): string {
  if (text === undefined) return "nothing";
  return JSON.stringify(text.length <= 200 ? text : `${text.slice(0, 100)}…${text.slice(-100)}`);
}
