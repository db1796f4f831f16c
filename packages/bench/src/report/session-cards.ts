import type { SessionAdvice, SessionCell } from "../sessions/facts.ts";
import { sessionKinds, type SessionKind } from "../sessions/kinds.ts";
import { places, type Place } from "../sessions/places.ts";
import { adviceCell, isMeasured } from "../sessions/sessions.ts";
import type { Report } from "./build.ts";
import { link, paragraph } from "./elements.ts";
import { escapeHtml } from "./words/escape.ts";
import { missingOf } from "./words/missing-sessions.ts";
import { ANSWER } from "./words/page.ts";
import { changeWords } from "./words/session-changes.ts";
import { notesOf } from "./words/session-notes.ts";
import { briefCellWords, choiceWord, partWords, savingSentence, takeWords, whereWords } from "./words/sessions.ts";
import { upperFirst } from "./words/format.ts";

/** What each kind of session should take, and why. */
export function answers({ sessions }: Report): string {
  const where = sharedPlace(sessions);
  const key = where === null ? ANSWER.key : whereSentence(where);
  const cards = sessionKinds.filter(({ caseOf }) => caseOf === undefined).map((kind) => card(kind, sessions, where === null));
  return `<section aria-labelledby="answer"><h2 id="answer">${ANSWER.title}</h2><p class="key">${escapeHtml(key)} ${link(CHOICE_ID, ANSWER.how)}</p><div class="cards">${cards.join("")}</div></section>`;
}

const CHOICE_ID = "choice";

/** How transports are chosen, among the other methods of the page. */
export function choiceMethod({ sessions }: Report): string {
  const notes = notesOf(sessionKinds, sessions).map((note) => paragraph(note));
  return `<h4 id="${CHOICE_ID}">${ANSWER.how}</h4>${notes.join("")}`;
}

type Spoken = NonNullable<SessionAdvice["of"]>;

/** Where all advice is of: said once, and not on each card. */
function sharedPlace({ advice }: Report["sessions"]): Spoken | null {
  const [first, ...others] = advice.flatMap(({ of }) => of ?? []);
  if (first === undefined) return null;
  return others.every(({ place, pairing }) => place === first.place && pairing === first.pairing) ? first : null;
}

function whereSentence(where: Pick<Spoken, "place" | "pairing">): string {
  return `${ANSWER.where} ${whereWords(where)}.`;
}

function card(kind: SessionKind, sessions: Report["sessions"], saysWhere: boolean): string {
  const advice = sessions.advice.find((one) => one.kind === kind.id);
  const cells = sessions.cells.filter((cell) => cell.kind === kind.id);
  const cell = adviceCell(kind, sessions);
  const change = changeWords(kind, sessions);
  // What is undecided may be decided in a case of it.
  const inCases = cases(kind, sessions);
  const changes = cell?.choice === "undecided" ? [...inCases, change.first] : [change.first, ...inCases];
  const said =
    cell === undefined || advice === undefined
      ? []
      : [
          ...(saysWhere ? [paragraph(whereSentence(cell), "where")] : []),
          paragraph(savingSentence(cell, kind)),
          `<p><strong>${ANSWER.change}</strong> ${escapeHtml(changes.join(" "))}</p>`,
        ];
  return `<article class="card ${cell?.choice ?? "missing"}"><h3>${escapeHtml(kind.title)}</h3>${paragraph(kind.does, "does")}<p class="pick">${escapeHtml(
    takeWords(advice ?? { of: null }),
  )}</p>${said.join("")}${grid(kind, cells)}${details(kind, cells, change.rest)}</article>`;
}

/** Kinds that are cases of this one, in a sentence each. */
function cases({ id, title }: SessionKind, sessions: Report["sessions"]): string[] {
  return sessionKinds
    .filter(({ caseOf }) => caseOf === id)
    .flatMap((kind) => {
      const cell = adviceCell(kind, sessions);
      if (cell === undefined) return [];
      // "Chat on phones (Chrome on Android)" stands under "Chat on phones".
      const named = kind.title.replace(`${title} (`, "").replace(/\)$/, "");
      return [`${upperFirst(named)}: ${briefCellWords(cell)}.`];
    });
}

/** By pairing and place, where there are several and anything of them was measured. */
function grid(kind: SessionKind, cells: readonly SessionCell[]): string {
  return [...Map.groupBy(places, ({ pairings }) => pairings)]
    .map(([pairings, all]) => {
      const those = all.filter(({ id }) => cells.some((cell) => cell.place === id && isMeasured(cell)));
      if (those.length === 0 || pairings.length === 1) return "";
      if (those.length > MOST_COLUMNS) return byPlace(kind, those, cells);
      const head = those.map(({ away }) => `<th scope="col">${escapeHtml(away)}</th>`).join("");
      const rows = pairings.map((pairing) => {
        const chosen = those.map((place) => {
          const cell = cells.find((one) => one.place === place.id && one.pairing === pairing.id);
          return cell === undefined || !isMeasured(cell)
            ? `<td class="missing">–</td>`
            : `<td class="${cell.choice}">${escapeHtml(choiceWord(cell.choice))}</td>`;
        });
        return `<tr><th scope="row">${escapeHtml(pairing.versions)}</th>${chosen.join("")}</tr>`;
      });
      return `<table class="grid"><caption>${escapeHtml(`${kind.title}: ${ANSWER.grid}`)}</caption><thead><tr><th scope="col">${ANSWER.versions}</th>${head}</tr></thead><tbody>${rows.join("")}</tbody></table>`;
    })
    .join("");
}

/** A card is narrow: the word *undecided* has room in two columns. */
const MOST_COLUMNS = 2;

/** A row for each place: what to take over the usual versions of HTTP, and where another version says something else. */
function byPlace(kind: SessionKind, those: readonly Place[], cells: readonly SessionCell[]): string {
  const rows = those.map((place) => {
    const chosen = place.pairings.flatMap((pairing) => {
      const cell = cells.find((one) => one.place === place.id && one.pairing === pairing.id);
      return cell === undefined || !isMeasured(cell) ? [] : [{ pairing, choice: cell.choice }];
    });
    const [usual, ...others] = chosen;
    const differing = [
      ...Map.groupBy(
        others.filter(({ choice }) => choice !== usual?.choice),
        ({ choice }) => choice,
      ),
    ];
    const words = [
      choiceWord(usual?.choice ?? "undecided"),
      ...differing.map(([choice, all]) => `HTTP ${all.map(({ pairing }) => pairing.versions).join("; ")}: ${choiceWord(choice)}`),
    ];
    return `<tr><th scope="row">${escapeHtml(place.away)}</th><td class="${usual?.choice ?? "missing"}">${words.map((one) => escapeHtml(one)).join("<br>")}</td></tr>`;
  });
  return `<table class="grid"><caption>${escapeHtml(`${kind.title}: ${ANSWER.grid}`)}</caption><thead><tr><th scope="col">${ANSWER.place}</th><th scope="col">${ANSWER.take}</th></tr></thead><tbody>${rows.join("")}</tbody></table>`;
}

/**
 * On demand: the figures of cells that differ, the parts of the sums, and what was not measured. In view, where nothing else can be said: the first place, and
 * its command.
 */
function details(kind: SessionKind, cells: readonly SessionCell[], changes: readonly string[]): string {
  const sums = `${changes.map((words) => paragraph(words)).join("")}${parts(kind, cells)}`;
  const missing = missingOf(kind, cells).map(
    ({ words, command }) => `<p class="reason">${escapeHtml(words)} ${ANSWER.measure} ${commandHtml(command)}</p>`,
  );
  const inView = sums === "" ? missing.slice(0, 1) : [];
  const others = missing.slice(inView.length);
  const summary = sums === "" ? ANSWER.missing : others.length === 0 ? ANSWER.parts : ANSWER.partsAndMissing;
  const onDemand = `${sums}${others.join("")}`;
  return `${inView.join("")}${onDemand === "" ? "" : `<details><summary>${summary}</summary>${onDemand}</details>`}`;
}

/** Its lines break between its words, and not behind a hyphen. */
function commandHtml(command: string): string {
  const words = command.split(" ").map((word) => `<span class="whole">${escapeHtml(word)}</span>`);
  return `<code>${words.join(" ")}</code>`;
}

/** At each place that was measured, over what is usual there; and what that would say, which another instrument may. */
function parts(kind: SessionKind, cells: readonly SessionCell[]): string {
  const lists = places.flatMap(({ id, label, pairings }) => {
    const cell = cells.filter(isMeasured).find(({ place, pairing }) => place === id && pairing === pairings[0]?.id);
    if (cell === undefined) return [];
    const items = partWords(cell, kind).map((part) => `<li>${escapeHtml(part)}</li>`);
    return [`${paragraph(`${upperFirst(label)}: ${choiceWord(cell.choice)}.`)}<ul>${items.join("")}</ul>`];
  });
  return lists.join("");
}
