import type { SessionCell } from "../sessions/facts.ts";
import { sessionKinds, type SessionKind } from "../sessions/kinds.ts";
import { places } from "../sessions/places.ts";
import { isMeasured } from "../sessions/sessions.ts";
import type { Report } from "./build.ts";
import { paragraph } from "./elements.ts";
import { escapeHtml } from "./words/escape.ts";
import { missingOf } from "./words/missing-sessions.ts";
import { ANSWER } from "./words/page.ts";
import { adviceCell } from "./words/session-tables.ts";
import { CHOICE_NOTES, changeSentence, choiceWord, partWords, savingSentence, takeWords, whereWords } from "./words/sessions.ts";
import { upperFirst } from "./words/format.ts";

/** What each kind of session should take, and why. */
export function answers({ sessions }: Report): string {
  const notes = `<details class="how"><summary>${ANSWER.how}</summary>${CHOICE_NOTES.map((note) => paragraph(note)).join("")}</details>`;
  return `<section aria-labelledby="answer"><h2 id="answer">${ANSWER.title}</h2>${paragraph(ANSWER.key, "key")}<div class="cards">${sessionKinds
    .map((kind) => card(kind, sessions))
    .join("")}</div>${notes}</section>`;
}

function card(kind: SessionKind, sessions: Report["sessions"]): string {
  const advice = sessions.advice.find((one) => one.kind === kind.id);
  const cells = sessions.cells.filter((cell) => cell.kind === kind.id);
  const cell = adviceCell(kind, sessions);
  const saves =
    cell === undefined ? "" : `${paragraph(upperFirst(`${whereWords(cell)}.`), "where")}${paragraph(savingSentence(cell, kind))}`;
  const change =
    advice === undefined || cell === undefined ? "" : `<p><strong>${ANSWER.change}</strong> ${escapeHtml(changeSentence(advice))}</p>`;
  return `<article class="card ${cell?.choice ?? "missing"}"><h3>${escapeHtml(kind.title)}</h3>${paragraph(kind.does, "does")}<p class="pick">${escapeHtml(
    takeWords(advice ?? { of: null }),
  )}</p>${saves}${change}${grid(kind, cells)}${parts(kind, cells)}${missing(kind, cells)}</article>`;
}

/** By pairing and place, where anything of it was measured: a table for each instrument. */
function grid(kind: SessionKind, cells: readonly SessionCell[]): string {
  return [...Map.groupBy(places, ({ pairings }) => pairings)]
    .map(([pairings, all]) => {
      const those = all.filter(({ id }) => cells.some((cell) => cell.place === id && isMeasured(cell)));
      if (those.length === 0) return "";
      const head = those.map(({ label }) => `<th scope="col">${escapeHtml(upperFirst(label))}</th>`).join("");
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

/** What is summed at each place that was measured. */
function parts(kind: SessionKind, cells: readonly SessionCell[]): string {
  const lists = places.flatMap(({ id, label, pairings }) => {
    const cell = cells.filter(isMeasured).find(({ place, pairing }) => place === id && pairing === pairings[0]?.id);
    if (cell === undefined) return [];
    return [
      `<p>${escapeHtml(upperFirst(label))}</p><ul>${partWords(cell, kind)
        .map((part) => `<li>${escapeHtml(part)}</li>`)
        .join("")}</ul>`,
    ];
  });
  return lists.length === 0 ? "" : `<details><summary>${ANSWER.parts}</summary>${lists.join("")}</details>`;
}

/** Why, and the command: in view where nothing was measured, and on demand beside an answer. */
function missing(kind: SessionKind, cells: readonly SessionCell[]): string {
  const said = missingOf(kind, cells).map(
    ({ words, command }) => `<p class="reason">${escapeHtml(words)} ${ANSWER.measure} <code>${escapeHtml(command)}</code></p>`,
  );
  if (said.length === 0) return "";
  return cells.some(isMeasured) ? `<details><summary>${ANSWER.missing}</summary>${said.join("")}</details>` : said.join("");
}
