/** The figures of sessions as tables, for a terminal and for a document. */
import type { SessionCell, Sessions } from "../../sessions/facts.ts";
import type { SessionKind } from "../../sessions/kinds.ts";
import { places, type Pairing, type Place } from "../../sessions/places.ts";
import { adviceCell, isMeasured } from "../../sessions/sessions.ts";
import { upperFirst } from "./format.ts";
import { briefChange, changeSentence } from "./session-changes.ts";
import { briefSaving, cellWords, labelOf, ms, savingCell, takeWords, whereWords } from "./sessions.ts";

interface SessionTable {
  readonly id: string;
  readonly title: string;
  readonly head: readonly string[];
  /** The label first. */
  readonly rows: readonly (readonly string[])[];
}

export const ADVICE_COLUMNS = ["your application", "take", "saved wait", "link, and versions of HTTP", "what would change it"] as const;

/** A row for each kind of session: the title first. */
export function adviceRows(kinds: readonly SessionKind[], { cells, advice }: Sessions): string[][] {
  return kinds.flatMap((kind) => {
    const one = advice.find((of) => of.kind === kind.id);
    if (one === undefined) return [];
    const cell = adviceCell(kind, { cells, advice });
    const difference = cell === undefined ? ["–", "–"] : [savingCell(cell, kind), upperFirst(whereWords(cell))];
    return [[kind.title, takeWords(one), ...difference, changeSentence(kind, { cells, advice })]];
  });
}

export const BRIEF_COLUMNS = ["your application", "take", "which is faster", "what would change it"] as const;

/** The same in short: a mean with its interval, and the one thing that changes the choice. @param isShared whether all of it is of one place */
export function briefRows(kinds: readonly SessionKind[], sessions: Sessions, isShared: boolean): string[][] {
  return kinds.flatMap((kind) => {
    const one = sessions.advice.find((of) => of.kind === kind.id);
    if (one === undefined) return [];
    const cell = adviceCell(kind, sessions);
    const where = cell === undefined || isShared ? "" : `, with ${whereWords(cell)}`;
    return [[kind.title, takeWords(one), cell === undefined ? "–" : `${briefSaving(cell, kind)}${where}`, briefChange(kind, sessions)]];
  });
}

/** What to take over each pairing of versions of HTTP: a table for each instrument. */
export function choiceTables(kinds: readonly SessionKind[], cells: readonly SessionCell[]): SessionTable[] {
  return [...Map.groupBy(places, ({ pairings }) => pairings)].map(([pairings, those]) => ({
    id: `choices-${those[0]?.id ?? ""}`,
    title: "what to take",
    head: pairings.map(({ label }) => label),
    rows: kinds.flatMap((kind) =>
      those
        .filter(({ id }) => cells.some((cell) => cell.kind === kind.id && cell.place === id))
        .map((place) => [
          `${kind.title}, ${place.label}`,
          ...pairings.map((pairing) => cellWords(cellAt(cells, kind, place, pairing), kind)),
        ]),
    ),
  }));
}

function cellAt(cells: readonly SessionCell[], kind: SessionKind, place: Place, pairing: Pairing | undefined): SessionCell | undefined {
  return cells.find((one) => one.kind === kind.id && one.place === place.id && one.pairing === pairing?.id);
}

/** What a session is the sum of, at each place, over what is usual there. */
export function partsTables(kinds: readonly SessionKind[], cells: readonly SessionCell[]): SessionTable[] {
  return kinds.flatMap((kind) =>
    places.flatMap((place) => {
      const cell = cellAt(cells, kind, place, place.pairings[0]);
      if (cell === undefined || !isMeasured(cell)) return [];
      return [
        {
          id: `${kind.id}-${place.id}`,
          title: `${kind.title}, ${place.label}`,
          head: ["times", "SSE", "WebSocket", "WebSocket − SSE, in the session"],
          rows: [
            ...cell.actions.map(({ action, times, sseMs, wsMs }) => [
              labelOf(kind.actions, action),
              String(times),
              ms(sseMs),
              ms(wsMs),
              ms(times * (wsMs - sseMs)),
            ]),
            ...(kind.modelMs === 0 ? [] : [["the model itself", "", ms(kind.modelMs), ms(kind.modelMs), "0"]]),
            [
              "the session",
              "",
              ms(cell.sseMs),
              ms(cell.wsMs),
              `${ms(cell.difference)} (${ms(cell.interval.low)} to ${ms(cell.interval.high)})`,
            ],
          ],
        },
      ];
    }),
  );
}
