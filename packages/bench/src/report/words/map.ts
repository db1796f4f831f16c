/** What the map says, in words. */
import type { MapCell, MapComparison, Noticed, ReaderMap } from "../../analysis/facts/index.ts";
import { faultyEvents } from "../../analysis/totals.ts";
import { formatCount, formatDifference, formatNumber, formatValue, MINUS, plural } from "./format.ts";

type Pairing = ReaderMap["pairings"][number];

/** In the order of a legend. */
export const noticedOrder: readonly Noticed[] = ["sse", "websocket", "neither", "undecided"];

/** As short as a cell of a picture. */
export const noticedWord: Readonly<Record<Noticed, string>> = {
  sse: "SSE",
  websocket: "WebSocket",
  neither: "neither",
  undecided: "undecided",
};

export function legendWords(noticed: Noticed, smallestMs: number): string {
  switch (noticed) {
    case "sse":
      return `SSE: its text comes sooner, by more than ${smallestMs} ms`;
    case "websocket":
      return `WebSocket: its text comes sooner, by more than ${smallestMs} ms`;
    case "neither":
      return `neither: they differ by less than ${smallestMs} ms`;
    case "undecided":
      return "undecided: this run cannot tell";
  }
}

/** `one answer`, `6 answers at once`. */
export function answersWords(answers: number): string {
  return answers === 1 ? "one answer" : `${answers} answers at once`;
}

export function comparisonIn({ comparisons }: MapCell, pairing: string): MapComparison | undefined {
  return comparisons.find((one) => one.pairing === pairing);
}

/** `SSE, HTTP/2, beside WebSocket, HTTP/1.1`. */
export function pairingWords({ arms }: ReaderMap, { sse, ws }: Pairing): string {
  const label = (id: string): string => arms.find((arm) => arm.id === id)?.label ?? id;
  return `${label(sse)}, beside ${label(ws)}`;
}

/** `Of 40 cells, a reader would notice that text comes sooner over SSE in 3, over WebSocket in 2, and over neither in 30; 5 are undecided.` */
export function countsSentence({ cells }: ReaderMap, pairing: string): string {
  const all = cells.flatMap((cell) => comparisonIn(cell, pairing) ?? []);
  const count = (noticed: Noticed): number => all.filter((one) => one.noticed === noticed).length;
  const undecided = count("undecided");
  return `Of ${plural(all.length, "cell")}, a reader would notice that text comes sooner over SSE in ${count("sse")}, over WebSocket in ${count("websocket")}, and over neither in ${count("neither")}; ${undecided} ${undecided === 1 ? "is" : "are"} undecided.`;
}

/** Whether disturbed blocks decide anything. */
export function markedWords({ cells, contamination: { blocks, marked } }: ReaderMap, pairing: string): string {
  if (marked === 0) return "No block is marked as contaminated.";
  const counted = `${formatCount(marked)} of ${plural(blocks, "block")} ${marked === 1 ? "is" : "are"} marked as contaminated.`;
  const all = cells.flatMap((cell) => comparisonIn(cell, pairing) ?? []);
  const changed = all.flatMap(({ noticed, withoutMarked }) => (withoutMarked === null || withoutMarked === noticed ? [] : [withoutMarked]));
  const undecided = changed.filter((noticed) => noticed === "undecided").length;
  const become = undecided === 0 ? "" : `, ${formatCount(undecided)} of them to undecided`;
  return `${counted} Without the halves that hold one, ${changed.length === 0 ? "no cell" : plural(changed.length, "cell")} would change${become}.`;
}

/** Never averaged away. */
export function arrivedWords({ integrity }: ReaderMap): string {
  const received = integrity.reduce((sum, one) => sum + one.received, 0);
  const faulty = integrity.filter((one) => faultyEvents(one) > 0);
  const counted = `Of ${plural(received, "event")}, ${formatCount(faulty.reduce((sum, one) => sum + faultyEvents(one), 0))} were lost, repeated or reordered`;
  return faulty.length === 0
    ? `${counted}.`
    : `${counted}: ${faulty.map((one) => `${formatCount(faultyEvents(one))} over ${one.label}`).join(", ")}.`;
}

/** The picture stands among figures of several runs. */
export function oneRunWords(startedAt: string): string {
  return `Of one run, of ${startedAt.slice(0, 10)}.`;
}

export function howToReadMap({ smallestMs }: ReaderMap): string {
  return `Each cell has the p99 of a token's lag over SSE and over WebSocket, in ms. In each block, one token in a hundred came later than the block's p99; a cell shows the geometric mean of its blocks' p99s. A reader notices a difference of ${smallestMs} ms. A cell is of a transport where the 90 % interval of the difference is beyond that, and of neither where it is within.`;
}

/** Of one cell, for whoever points at it. */
export function cellWords(cell: MapCell, { id, sse, ws }: Pairing): string {
  const { roundTripMs, lossPercent, answers } = cell;
  const comparison = comparisonIn(cell, id);
  const arm = (name: string): string => {
    const one = cell.arms.find((of) => of.arm === name);
    return one === undefined
      ? "not measured"
      : `p99 ${formatValue(one.p99Ms, "ms")}, p50 ${formatValue(one.p50Ms, "ms")}, ${formatNumber(one.stalls100)} stalls above 100 ms and ${formatNumber(one.stalls250)} above 250 ms a minute`;
  };
  return `${roundTripMs} ms round trip, ${lossPercent} % loss, ${answersWords(answers)}. SSE: ${arm(sse)}. WebSocket: ${arm(ws)}. ${comparison === undefined ? "Not compared." : `Difference of the p99: ${differenceWords(comparison)}; ${noticedWord[comparison.noticed]}.`}`;
}

/** `+300 ms (95 %: 250 to 350)`, WebSocket minus SSE. */
export function differenceWords({ differenceMs, interval }: MapComparison): string {
  const range = interval === null ? "" : ` (95 %: ${bound(interval.low)} to ${bound(interval.high)})`;
  return `${formatDifference(differenceMs, "ms")}${range}`;
}

/** Whole ms: more is not known of a tail. */
function bound(ms: number): string {
  const rounded = Math.round(ms);
  return `${rounded < 0 ? MINUS : ""}${Math.abs(rounded).toLocaleString("en-US")}`;
}

export const MAP_TABLE = "Of each cell: p99 of a token's lag (stalls above 100 ms a minute)";

/** A lag leaves out what the model was late, and a gap between arrivals does not. */
export const STALLS_NOTE = "A stall is a gap between arrivals of text. So a model that was late makes one too, over any transport.";

export function mapColumns({ arms, pairings }: ReaderMap): string[] {
  return [
    "answers",
    "round trip",
    "loss",
    ...arms.map(({ label }) => label),
    ...pairings.flatMap((pairing) => {
      const of =
        pairing.id === pairings[0]?.id
          ? "WebSocket − SSE"
          : `WebSocket − ${arms.find(({ id }) => id === pairing.sse)?.label ?? pairing.sse}`;
      return [of, "noticed"];
    }),
  ];
}

export function mapRow(map: ReaderMap, cell: MapCell): string[] {
  const arm = (id: string): MapCell["arms"][number] | undefined => cell.arms.find((one) => one.arm === id);
  return [
    String(cell.answers),
    `${cell.roundTripMs} ms`,
    `${cell.lossPercent} %`,
    ...map.arms.map(({ id }) => {
      const one = arm(id);
      return one === undefined ? "–" : `${formatValue(one.p99Ms, "ms")} (${formatNumber(one.stalls100)})`;
    }),
    ...map.pairings.flatMap(({ id }) => {
      const comparison = comparisonIn(cell, id);
      return comparison === undefined ? ["–", "–"] : [differenceWords(comparison), noticedWord[comparison.noticed]];
    }),
  ];
}
