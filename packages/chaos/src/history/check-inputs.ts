import { parseEventId } from "@agent-transports/protocol";
import { hashOf, jsonOf } from "./hash.ts";
import type { History, SentInput } from "./history.ts";
import { eventsOf, isAnswer, type LogEvent } from "./log.ts";
import type { Violation, ViolationKind } from "./violations.ts";

/** Refusals that are no fault. The agent may have taken what was refused so, but only once. */
const REFUSALS: ReadonlySet<string> = new Set(["run_ended", "run_gone", "aborted"]);
/** Those that say that the run is over. */
const OVER: ReadonlySet<string> = new Set(["run_ended", "run_gone"]);

interface Logged {
  readonly key: string;
  readonly seq: number;
  readonly hash: string;
}

/** What is wrong with the inputs: each is in the log once, in the order of the calls, and what was answered is there. */
export function checkInputs({ ledger, inputs, expected }: History): Violation[] {
  const found: Violation[] = [];
  const add = (kind: ViolationKind, of: string, what: string): void => void found.push({ kind, of, what });
  const events = eventsOf(ledger);
  const logged = events.flatMap(({ seq, chunk }): Logged[] =>
    chunk.type === "data-input" ? [{ key: String(chunk["id"]), seq, hash: dataHash(chunk) }] : [],
  );
  const places = new Map<string, Logged>();
  for (const one of logged) {
    const before = places.get(one.key);
    if (before === undefined) places.set(one.key, one);
    else add("input-repeated", "log", `The input ${one.key} is event ${before.seq}, and event ${one.seq} too.`);
  }
  const sent = new Map(inputs.map((input) => [input.key, input]));
  for (const { key, seq } of logged)
    if (!sent.has(key)) add("input-misheard", "log", `Event ${seq} is the input ${key}, which nobody sent.`);
  for (const { key, seq } of ledger.inputs) {
    if (places.get(key)?.seq !== seq)
      add("input-lost", "log", `The input ${key} is recorded as event ${seq}, and is ${places.get(key)?.seq}.`);
  }
  for (const input of inputs) checkInput(input, places.get(input.key), add);
  checkOrder(inputs, places, add);
  if (expected.hears) checkHeard(events, add);
  return found;
}

type Add = (kind: ViolationKind, of: string, what: string) => void;

function dataHash({ data }: LogEvent["chunk"]): string {
  return hashOf(jsonOf({ data }));
}

function checkInput({ reader, key, hash, answer }: SentInput, place: Logged | undefined, add: Add): void {
  if (place !== undefined && place.hash !== hash) add("input-altered", reader, `The input ${key} is not in the log as it was sent.`);
  if (answer.kind === "none") add("input-unanswered", reader, `The input ${key} was never answered.`);
  else if (answer.kind === "refused") {
    if (OVER.has(answer.code) && answer.stillRunning)
      add("input-failed", reader, `The input ${key} failed with ${answer.code}, and the run was running.`);
    if (!REFUSALS.has(answer.code)) add("input-failed", reader, `The input ${key} failed with ${answer.code}.`);
  } else if (parseEventId(answer.id)?.seq !== place?.seq)
    add("input-lost", reader, `The input ${key} was answered as ${answer.id}, and the log has it at ${place?.seq ?? "no place"}.`);
}

function checkOrder(inputs: readonly SentInput[], places: ReadonlyMap<string, Logged>, add: Add): void {
  const last = new Map<string, Logged>();
  for (const { reader, key } of inputs) {
    const place = places.get(key);
    if (place === undefined) continue;
    const before = last.get(reader);
    if (before !== undefined && before.seq > place.seq)
      add("input-reordered", reader, `The input ${before.key} was sent before ${key}, and is behind it in the log.`);
    last.set(reader, place);
  }
}

/**
 * The model was given each input of the log once, in order. It asks before each chunk: what came before the last but one was there when it asked
 * before the last.
 */
function checkHeard(events: readonly LogEvent[], add: Add): void {
  const wanted = events.filter(({ chunk }) => chunk.type === "data-input").map(({ chunk }) => dataHash(chunk));
  const heard = events.filter(({ chunk }) => chunk.type === "data-heard");
  for (const [index, { seq, chunk }] of heard.entries()) {
    if (dataHash(chunk) !== wanted[index])
      add("input-misheard", "log", `What the model heard at event ${seq} is not input ${index + 1} of the log.`);
  }
  const lastButOne = events.filter(isAnswer).at(-2)?.seq ?? 0;
  const inTime = events.filter(({ chunk, seq }) => chunk.type === "data-input" && seq < lastButOne);
  for (const { seq, chunk } of inTime.slice(heard.length))
    add("input-unheard", "log", `The input ${String(chunk["id"])} is event ${seq}, and the model was never given it.`);
}
