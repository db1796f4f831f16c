/** What the figures of sessions say, in words: which transport to take, by how much, and where. */
import type { Choice, SessionAdvice, SessionCell, SessionFigures, Sessions } from "../../sessions/facts.ts";
import type { SessionKind } from "../../sessions/kinds.ts";
import { besides, pairingOf, placeOf } from "../../sessions/places.ts";
import { isMeasured } from "../../sessions/sessions.ts";
import { SMALLEST_WAIT_MS } from "../../sessions/sum.ts";
import { armName, formatNumber, formatPercent, listOf, NARROW_SPACE, plural, upperFirst } from "./format.ts";

export const CHOICE_NOTES: readonly string[] = [
  `A transport is to be taken where it saves more than ${SMALLEST_WAIT_MS} ms of each wait, with 95 % confidence.`,
  "Either: with as much confidence, neither saves that. Undecided: the runs cannot tell.",
  "Means are summed, because medians do not add up. Intervals are 95 %. Shares are of the whole wait, the model’s own time included.",
];

const choices: Readonly<Record<Choice, string>> = { sse: armName("sse"), ws: armName("ws"), either: "either", undecided: "undecided" };

/** Beside them, where several runs measured a wait. */
export const RUNS_NOTE =
  "What several runs measured whole is their mean. “Another run”: one more run’s figure lies there, with 95 % confidence. Two runs tell little of that.";

/** @returns the notes that explain these figures */
export function notesOf({ cells }: Pick<Sessions, "cells">): readonly string[] {
  const ofRuns = cells.filter(isMeasured).some(({ prediction }) => prediction !== null);
  return ofRuns ? [...CHOICE_NOTES, RUNS_NOTE] : CHOICE_NOTES;
}

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
function fasterArm({ difference }: SessionFigures): "sse" | "ws" {
  return difference < 0 ? "ws" : "sse";
}

/** `300 ms per question (95 %: 280 to 320 ms), 37 % of the wait`. */
function savingWords(cell: SessionFigures, { wait, waits }: SessionKind): string {
  const sign = fasterArm(cell) === "sse" ? 1 : -1;
  const rangeOf = ({ low, high }: SessionFigures["interval"]): string => {
    const ends = [low, high].map((end) => (sign * end) / waits);
    return range(Math.min(...ends), Math.max(...ends));
  };
  const another = cell.prediction === null ? "" : `; another run: ${rangeOf(cell.prediction)}`;
  return `${ms(cell.savedMs)} per ${wait} (95${NARROW_SPACE}%: ${rangeOf(cell.interval)}${another}), ${formatPercent(cell.savedShare)} of the wait`;
}

/** As a cell of a table has it: with the transport where that is not the one to take. */
export function savingCell(cell: SessionFigures, kind: SessionKind): string {
  const saving = savingWords(cell, kind);
  return cell.choice === "either" || cell.choice === "undecided" ? `${armName(fasterArm(cell))}: ${saving}` : saving;
}

/** What a transport saves, or would save where that is no reason to take it. */
export function savingSentence(cell: SessionFigures, kind: SessionKind): string {
  const saving = savingWords(cell, kind);
  if (cell.choice === "either") return `Too small to notice: ${armName(fasterArm(cell))} saves ${saving}.`;
  if (cell.choice === "undecided") return `The run cannot tell: ${armName(fasterArm(cell))} saves ${saving}.`;
  return `It saves ${saving}.`;
}

/** In one sentence, from the cells that differ. */
export function changeSentence({ of, besides: others, changes }: SessionAdvice): string {
  if (of === null) return "Nothing is said, because not all of its waits were measured.";
  const comparable = besides(placeOf(of.place));
  if (comparable.length === 1) return "A network may: not all of its waits were measured on one.";
  if (others === 0) return "Perhaps another network or version of HTTP: none was measured.";
  if (changes.length === 0) return `Nothing in the ${plural(others, "other case")} measured.`;
  const said = [...Map.groupBy(changes, ({ choice }) => choice)].map(
    ([choice, those]) => `${casesOf(those, of.place).join(", or ")}, it is ${choiceWord(choice)}`,
  );
  return `${upperFirst(said.join("; "))}.`;
}

/** `with both over HTTP/2`, where it is so at each place; else with the place where it is so, unless it is the one that is spoken of. */
function casesOf(changes: SessionAdvice["changes"], spokenOf: string): string[] {
  return [...Map.groupBy(changes, ({ pairings }) => JSON.stringify(pairings)).values()].flatMap((those) => {
    const everywhere = those.length === besides(placeOf(spokenOf)).length;
    return (everywhere ? those.slice(0, 1) : those).map(({ place: id, pairings }) => {
      const place = placeOf(id);
      if (pairings === null) return `with ${place.label}`;
      const versions = listOf(pairings.map((one) => pairingOf(place, one).label));
      return everywhere || id === spokenOf ? `with ${versions}` : `with ${versions} and ${place.label}`;
    });
  });
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
