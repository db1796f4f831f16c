/** What the figures of sessions say, in words: which transport to take, by how much, and where. */
import { pairings, places, type SessionKind } from "../../sessions/kinds.ts";
import { SMALLEST_WAIT_MS, type MissingFigures, type SessionFigures } from "../../sessions/sum.ts";
import { armName, formatNumber, formatPercent, MINUS, NARROW_SPACE } from "./format.ts";

interface SessionTable {
  readonly id: string;
  readonly title: string;
  readonly head: readonly string[];
  /** The label first. */
  readonly rows: readonly (readonly string[])[];
}

export type SessionCell = SessionFigures | MissingFigures;

/** Each kind of session at each place: what to take over each pair of versions of HTTP. */
export function choiceTable(kinds: readonly SessionKind[], cells: readonly SessionCell[]): SessionTable {
  return {
    id: "choices",
    title: "what to take",
    head: pairings.map(({ label }) => label),
    rows: kinds.flatMap((kind) =>
      places.map((place) => [
        `${kind.title}, ${place.label}`,
        ...pairings.map((pairing) => {
          const cell = cells.find((one) => one.kind === kind.id && one.place === place.id && one.pairing === pairing.id);
          return cell === undefined ? "–" : choiceWords(cell, kind);
        }),
      ]),
    ),
  };
}

/** `SSE, by 300 ms a question (37 %)`. */
function choiceWords(cell: SessionCell, { wait }: SessionKind): string {
  if ("missing" in cell) return "–";
  const saved = `${ms(cell.savedMs)} a ${wait}`;
  if (cell.choice === "either") return `either (${saved})`;
  if (cell.choice === "undecided") return `undecided (${armName(cell.difference < 0 ? "ws" : "sse")}, by ${saved})`;
  return `${armName(cell.choice)}, by ${saved} (${formatPercent(cell.savedShare)})`;
}

/** What a session is the sum of, at each place, over the versions that browsers use. */
export function partsTables(kinds: readonly SessionKind[], cells: readonly SessionCell[]): SessionTable[] {
  return kinds.flatMap((kind) =>
    places.flatMap((place) => {
      const cell = cells.find((one) => one.kind === kind.id && one.place === place.id && one.pairing === pairings[0]?.id);
      if (cell === undefined || "missing" in cell) return [];
      return [
        {
          id: `${kind.id}-${place.id}`,
          title: `${kind.title}, ${place.label}`,
          head: ["times", "SSE", "WebSocket", "WebSocket − SSE, in the session"],
          rows: [
            ...cell.actions.map(({ label, times, sseMs, wsMs }) => [
              label,
              String(times),
              ms(sseMs),
              ms(wsMs),
              signed(times * (wsMs - sseMs)),
            ]),
            ...(kind.modelMs === 0 ? [] : [["the model itself", "", ms(kind.modelMs), ms(kind.modelMs), "0"]]),
            [
              "the session",
              "",
              ms(cell.sseMs),
              ms(cell.wsMs),
              `${signed(cell.difference)} (${signed(cell.interval.low)} to ${signed(cell.interval.high)})`,
            ],
          ],
        },
      ];
    }),
  );
}

/** Why a cell says nothing, each reason once. */
export function missingWords(cells: readonly SessionCell[]): string[] {
  const reasons = cells.flatMap((cell) => ("missing" in cell ? [cell.missing] : []));
  return [...new Set(reasons)];
}

export const CHOICE_NOTES: readonly string[] = [
  `A transport is to be taken where it saves more than ${SMALLEST_WAIT_MS} ms of each wait: all of the 90 % interval lies beyond that.`,
  "Either: all of the interval lies within it, in both directions. Undecided: the run cannot tell.",
  "Means are summed, because medians do not add up. Intervals of the sessions are 95 %.",
];

function ms(value: number): string {
  return value >= 10_000 ? `${formatNumber(value / 1_000)}${NARROW_SPACE}s` : `${formatNumber(value)}${NARROW_SPACE}ms`;
}

function signed(value: number): string {
  return value < 0 ? `${MINUS}${ms(-value)}` : ms(value);
}
