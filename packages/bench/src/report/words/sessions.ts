/** What the figures of sessions say, in words: which transport to take, by how much, and where. */
import type { Choice, SessionAdvice, SessionCell, SessionFigures } from "../../sessions/facts.ts";
import type { SessionKind } from "../../sessions/kinds.ts";
import { pairingOf, placeOf } from "../../sessions/places.ts";
import { isMeasured } from "../../sessions/sessions.ts";
import { armName, formatNumber, formatPercent, NARROW_SPACE, upperFirst } from "./format.ts";

const choices: Readonly<Record<Choice, string>> = { sse: armName("sse"), ws: armName("ws"), either: "either", undecided: "undecided" };

export function choiceWord(choice: Choice): string {
  return choices[choice];
}

export function takeWords({ of }: Pick<SessionAdvice, "of">): string {
  return of === null ? "Not measured" : upperFirst(choiceWord(of.choice));
}

/** `a 100 ms round trip, SSE over HTTP/2 and WebSocket over HTTP/1.1`. */
export function whereWords({ place: id, pairing }: Pick<SessionCell, "place" | "pairing">): string {
  const place = placeOf(id);
  return `${place.label}, ${pairingOf(place, pairing).label}`;
}

/** The transport that has less to wait for, whatever that is worth. */
export function fasterArm({ difference }: SessionFigures): "sse" | "ws" {
  return difference < 0 ? "ws" : "sse";
}

/** `300 ms per question (95 %: 280 to 320 ms), 37 % of the wait`. */
function savingWords(cell: SessionFigures, { wait, waits }: SessionKind): string {
  const another = cell.prediction === null ? "" : `; one more run: ${aheadWords(cell, cell.prediction, waits)}`;
  return `${ms(cell.savedMs)} per ${wait} (95${NARROW_SPACE}%: ${aheadWords(cell, cell.interval, waits)}${another}), ${formatPercent(cell.savedShare)} of the wait`;
}

/** By how much the faster transport is ahead, for one wait: `280 to 320 ms`. */
export function aheadWords(cell: SessionFigures, { low, high }: SessionFigures["interval"], waits: number): string {
  const sign = fasterArm(cell) === "sse" ? 1 : -1;
  const ends = [low, high].map((end) => (sign * end) / waits);
  return range(Math.min(...ends), Math.max(...ends));
}

/** As a cell of a table has it: with the transport, which may not be the one to take. */
export function savingCell(cell: SessionFigures, kind: SessionKind): string {
  return `${armName(fasterArm(cell))} saves ${savingWords(cell, kind)}`;
}

/** `WebSocket, by 72 ms per question (−25 to 169 ms), 5.5 %`: the mean and its interval at 95 %. Who is ahead by less than half a ms is not named. */
export function briefSaving(cell: SessionFigures, { wait, waits }: SessionKind): string {
  const whole = (end: number): number => Math.round(end / waits) * waits;
  const interval = aheadWords(cell, { low: whole(cell.interval.low), high: whole(cell.interval.high) }, waits);
  const saved = Math.round(cell.savedMs);
  const who = saved === 0 ? "neither:" : `${armName(fasterArm(cell))}, by`;
  return `${who} ${ms(saved)} per ${wait} (${interval}), ${formatPercent(cell.savedShare)}`;
}

/** What a transport saves, or would save where that is no reason to take it. */
export function savingSentence(cell: SessionFigures, kind: SessionKind): string {
  const saving = savingWords(cell, kind);
  if (cell.choice === "either") return `Too small to notice: ${armName(fasterArm(cell))} saves ${saving}.`;
  if (cell.choice === "undecided") return `The run cannot tell: ${armName(fasterArm(cell))} saves ${saving}.`;
  return `It saves ${saving}.`;
}

/** The parts of a sum, as a list has them. */
export function partWords({ actions, ...cell }: SessionFigures, { actions: labels, modelMs }: SessionKind): string[] {
  const both = (sse: number, other: number): string => `${ms(sse)} over SSE, ${ms(other)} over WebSocket`;
  return [
    ...actions.map(({ action, times, sseMs, wsMs }) => `${times} × ${labelOf(labels, action)}: ${both(sseMs, wsMs)}`),
    ...(modelMs === 0 ? [] : [`the model itself: ${ms(modelMs)}`]),
    `the session: ${both(cell.sseMs, cell.wsMs)}`,
  ];
}

export function labelOf(actions: SessionKind["actions"], id: string): string {
  return actions.find((action) => action.id === id)?.label ?? id;
}

/** `SSE, by 300 ms per question (37 %)`. */
export function cellWords(cell: SessionCell | undefined, { wait }: SessionKind): string {
  if (cell === undefined || !isMeasured(cell)) return "–";
  const saved = `${ms(cell.savedMs)} per ${wait}`;
  if (cell.choice === "either") return `either (${saved})`;
  if (cell.choice === "undecided") return `undecided (${armName(fasterArm(cell))}, by ${saved})`;
  return `${armName(cell.choice)}, by ${saved} (${formatPercent(cell.savedShare)})`;
}

/** The same in few words, beside another cell of the same wait: `SSE, by 300 ms`. */
export function briefCellWords({ choice, savedMs }: SessionFigures): string {
  return choice === "either" || choice === "undecided" ? choice : `${armName(choice)}, by ${ms(savedMs)}`;
}

export function ms(value: number): string {
  const [number, unit] = inUnit(value);
  return `${number}${NARROW_SPACE}${unit}`;
}

function range(low: number, high: number): string {
  const [number, unit] = inUnit(low);
  return unit === inUnit(high)[1] ? `${number} to ${ms(high)}` : `${ms(low)} to ${ms(high)}`;
}

function inUnit(value: number): [number: string, unit: "ms" | "s"] {
  return Math.abs(value) >= 10_000 ? [formatNumber(value / 1_000), "s"] : [formatNumber(value), "ms"];
}
