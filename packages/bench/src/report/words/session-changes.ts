/** What would change the choice for a kind of session, in a cell of a table. */
import type { SessionAdvice, SessionFigures, Sessions, SessionTurn } from "../../sessions/facts.ts";
import type { SessionKind } from "../../sessions/kinds.ts";
import { besides, pairingOf, placeOf } from "../../sessions/places.ts";
import { adviceCell, isMeasured } from "../../sessions/sessions.ts";
import { armName, formatNumber, listOf, plural, upperFirst } from "./format.ts";
import { aheadWords, choiceWord, fasterArm, labelOf, ms } from "./sessions.ts";

/** A cell of a table has no room for more of them. */
const MOST_TURNS = 2;

/** In a few sentences: what more runs would show, from which count on something else is so, and the cells that differ. */
export function changeSentence(kind: SessionKind, sessions: Sessions): string {
  const { first, rest } = changeWords(kind, sessions);
  return [first, ...rest].join(" ");
}

/** One of them: the counts at which both are even, or else the cells where something else is to be taken, or else those that are undecided. */
export function briefChange(kind: SessionKind, sessions: Sessions): string {
  const advice = sessions.advice.find((one) => one.kind === kind.id);
  const cell = adviceCell(kind, sessions);
  const turn = cell === undefined ? null : turnSentence(cell.turns, kind);
  if (turn !== null) return turn;
  const decided = advice && { ...advice, changes: advice.changes.filter(({ choice }) => choice !== "undecided") };
  const said = decided === undefined ? null : caseSentence(decided, sessions);
  if (decided === undefined || said === null) return changeWords(kind, sessions).first;
  const other = transportOf(decided, kind, sessions);
  return other === undefined ? said : `${said.slice(0, -1)}, by ${ms(Math.round(other.savedMs))} per ${kind.wait}.`;
}

/** Where the only change is to a transport over another version of HTTP, what that one saves in the place that is spoken of. */
function transportOf({ changes, of }: SessionAdvice, kind: SessionKind, { cells }: Sessions): SessionFigures | undefined {
  const here = changes.find(({ place }) => place === of?.place);
  const [pairing, ...others] = here?.pairings ?? [];
  const isOne = changes.every(({ choice, pairings }) => choice === here?.choice && pairings?.join() === pairing);
  if (here === undefined || here.choice === "either" || !isOne || others.length > 0) return undefined;
  return cells.filter(isMeasured).find((cell) => cell.kind === kind.id && cell.place === here.place && cell.pairing === pairing);
}

/** The same in two parts: a card has a table of the cells that differ, and needs `rest` for their figures only. */
export function changeWords(kind: SessionKind, sessions: Sessions): { readonly first: string; readonly rest: readonly string[] } {
  const advice = sessions.advice.find((one) => one.kind === kind.id);
  if (advice === undefined || advice.of === null)
    return { first: "Nothing is said, because not all of its waits were measured.", rest: [] };
  const cell = adviceCell(kind, sessions);
  const counts = (cell === undefined ? [] : [decidingSentence(cell), turnSentence(cell.turns, kind)]).filter((one) => one !== null);
  const elsewhere = [caseSentence(advice, sessions), opposedSentence(kind, advice, sessions)].filter((one) => one !== null);
  if (counts.length > 0) return { first: counts.join(" "), rest: elsewhere };
  return { first: elsewhere.length > 0 ? elsewhere.join(" ") : nothingSentence(advice, advice.of.place), rest: [] };
}

function nothingSentence({ besides: others }: SessionAdvice, place: string): string {
  if (besides(placeOf(place)).length === 1) return "A network may: not all of its waits were measured on one.";
  if (others === 0) return "Perhaps another network or version of HTTP: none was measured.";
  return `Nothing: ${plural(others, "other link or version", "other links and versions")} of HTTP say${others === 1 ? "s" : ""} the same.`;
}

/** `If that lead is real, about 7 runs like these (here 3) would show it.` */
function decidingSentence({ toDecide, actions }: SessionFigures): string | null {
  if (toDecide === null) return null;
  const { shows, of, count } = toDecide;
  if (count === null) return "No number of runs: the mean is just what is noticed.";
  const here = Math.min(...actions.map(({ runs }) => runs));
  const needed =
    of === "runs" ? `${plural(count, "run like these", "runs like these")} (here ${here})` : `${count} times as many pair groups`;
  if (shows === "either") return `No number of runs makes it a transport’s at this mean: about ${needed} would show that it is either.`;
  return `If that lead is real, about ${needed} would show it.`;
}

/** `Both are even if 24 of 100 sessions have a change of address (here 20), or 28 a tunnel of 10 s (here 33).` */
function turnSentence(turns: readonly SessionTurn[], { actions }: SessionKind): string | null {
  // Where both can be even, that says more than what is just decided.
  const [even, others] = [turns.filter(({ choice }) => choice === null), turns.filter(({ choice }) => choice !== null)];
  const shown = (even.length > 0 ? even : others).slice(0, MOST_TURNS);
  const said = [...Map.groupBy(shown, ({ choice }) => choice)].map(([choice, those]) => {
    const counts = those.map((turn, index) => countWords(turn, actions, those[index - 1])).join(", or ");
    return `${choice === null ? "Both are even" : `It is ${choiceWord(choice)}`} if ${counts}.`;
  });
  return said.length === 0 ? null : said.join(" ");
}

/** @param before what is said before it: of the same hundred, they are not named again */
function countWords(turn: SessionTurn, actions: SessionKind["actions"], before: SessionTurn | undefined): string {
  const { action: id, times, ratherThan } = turn;
  const what = actions.find((action) => action.id === id)?.event ?? labelOf(actions, id);
  if (!isOfHundred(turn)) return `a session has ${what} ${formatNumber(times)} times (here ${formatNumber(ratherThan)})`;
  const [count, here] = [times * 100, ratherThan * 100];
  const digits = Math.round(count) === Math.round(here) ? 1 : 0;
  const sessions = before !== undefined && isOfHundred(before) ? "" : " of 100 sessions have";
  return `${count.toFixed(digits)}${sessions} ${what} (here ${here.toFixed(digits)})`;
}

function isOfHundred({ times, ratherThan }: SessionTurn): boolean {
  return Math.max(times, ratherThan) <= 1;
}

/** Of the cells where something else is to be taken. */
function caseSentence({ kind, of, changes }: SessionAdvice, { cells }: Sessions): string | null {
  if (of === null || changes.length === 0) return null;
  const measured = besides(placeOf(of.place)).filter(({ id }) =>
    cells.some((cell) => cell.kind === kind && cell.place === id && isMeasured(cell)),
  );
  const said = [...Map.groupBy(changes, ({ choice }) => choice)].map(
    ([choice, those]) => `${casesOf(those, of.place, measured.length).join(", or ")}, it is ${choiceWord(choice)}`,
  );
  return `${upperFirst(said.join("; "))}.`;
}

/**
 * `with both over HTTP/2`, where it is so at each place; else with the place where it is so, unless it is the one that is spoken of.
 *
 * @param measured at so many places
 */
function casesOf(changes: SessionAdvice["changes"], spokenOf: string, measured: number): string[] {
  return [...Map.groupBy(changes, ({ pairings }) => JSON.stringify(pairings)).values()].flatMap((those) => {
    const pairings = those[0]?.pairings ?? null;
    if (pairings === null) return those.map(({ place }) => `with ${placeOf(place).label}`);
    const labels = those.filter(({ place }) => place !== spokenOf).map(({ place }) => placeOf(place).label);
    const isHere = labels.length < those.length;
    const all = placeOf(spokenOf).pairings;
    const rest = all.filter(({ id }) => !pairings.includes(id));
    // Most of a place, what is usual there included: the rest is said sooner.
    if (!isHere && rest.length < pairings.length && all[0] !== undefined && !rest.includes(all[0]))
      return labels.map((label) => `with ${label} (but for ${listOf(rest.map((pairing) => pairing.label))})`);
    const versions = listOf(pairings.map((one) => pairingOf(placeOf(spokenOf), one).label));
    if (those.length === measured) return [`with ${versions}`];
    return [...(isHere ? [`with ${versions}`] : []), ...(labels.length > 0 ? [`with ${versions} and ${oneOf(labels)}`] : [])];
  });
}

/** `LTE`, `LTE or slow 3G` */
function oneOf(labels: readonly string[]): string {
  return labels.length <= 1 ? labels.join("") : `${labels.slice(0, -1).join(", ")} or ${labels.at(-1) ?? ""}`;
}

/** Undecided, and the other one is ahead. Of several places, the first: `SSE leads, unproven: by 197 ms per question (−273 to 666 ms) with SSE over HTTP/3.` */
function opposedSentence({ id, waits, wait }: SessionKind, { of, opposed }: SessionAdvice, { cells }: Sessions): string | null {
  const measured = cells.filter(isMeasured).filter(({ kind }) => kind === id);
  const found = [...Map.groupBy(opposed, ({ pairing }) => pairing).values()].flatMap(([first]) =>
    measured.filter(({ place, pairing }) => place === first?.place && pairing === first.pairing),
  );
  const [first] = found;
  if (first === undefined) return null;
  const said = found.map((cell, index) => {
    const place = placeOf(cell.place);
    const elsewhere = cell.place === of?.place ? "" : ` and ${place.label}`;
    const each = index === 0 ? ` per ${wait}` : "";
    return `by ${ms(Math.round(cell.savedMs))}${each} (${aheadWords(cell, cell.interval, waits)}) with ${pairingOf(place, cell.pairing).short}${elsewhere}`;
  });
  return `${armName(fasterArm(first))} leads, unproven: ${listOf(said)}.`;
}
