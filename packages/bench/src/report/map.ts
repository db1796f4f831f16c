/** The map in a report: two panels below the answer, and what is behind them on demand. Nothing where a run has none. */
import type { Report } from "./build.ts";
import { figures, paragraph, plain, prose, table } from "./elements.ts";
import { markdownTable } from "./markdown-table.ts";
import { answersIn, mapPanel } from "./plots/map.ts";
import { escapeHtml, escapeMarkdown } from "./words/escape.ts";
import {
  answersWords,
  countsSentence,
  howToReadMap,
  legendWords,
  MAP_TABLE,
  mapColumns,
  mapRow,
  noticedOrder,
  pairingWords,
} from "./words/map.ts";
import { upperFirst } from "./words/format.ts";
import { failureWords } from "./words/totals.ts";

const ON_DEMAND = "HTTP/3, and all figures";

export function mapSection({ map }: Pick<Report, "map">): string {
  const [first, ...others] = map?.pairings ?? [];
  if (map === null || first === undefined) return "";
  const panels = (pairing: typeof first): string =>
    figures(
      answersIn(map).map((answers) => ({
        svg: mapPanel(map, pairing, answers),
        caption: `${upperFirst(answersWords(answers))}, by round trip and packets lost each way.`,
      })),
    );
  const legend = noticedOrder.map((noticed) => `<li class="${noticed}">${escapeHtml(legendWords(noticed, map.smallestMs))}</li>`).join("");
  const rest = [
    ...others.flatMap((pairing) => [
      `<h3>${escapeHtml(pairingWords(map, pairing))}</h3>`,
      paragraph(countsSentence(map, pairing.id)),
      panels(pairing),
    ]),
    paragraph(map.method, "method"),
    table(
      MAP_TABLE,
      mapColumns(map).map(prose),
      map.cells.map((cell) => mapRow(map, cell).map(plain)),
    ),
    ...map.failures.map((failure) => paragraph(failureWords(failure))),
  ];
  return `<section aria-labelledby="map"><h2 id="map">${escapeHtml(map.title)}</h2>${paragraph(countsSentence(map, first.id), "verdict")}${paragraph(
    `${pairingWords(map, first)}. ${howToReadMap(map)}`,
    "caption",
  )}${panels(first)}<ul class="map-legend">${legend}</ul><details class="raw"><summary>${ON_DEMAND}</summary>${rest.join("")}</details></section>`;
}

export function mapMarkdown({ map }: Pick<Report, "map">): string[] {
  if (map === null || map.pairings.length === 0) return [];
  return [
    `## ${escapeMarkdown(map.title)}`,
    ...map.pairings.map((pairing) => escapeMarkdown(`${pairingWords(map, pairing)}. ${countsSentence(map, pairing.id)}`)),
    escapeMarkdown(`${howToReadMap(map)} ${map.method}`),
    `${escapeMarkdown(MAP_TABLE)}:`,
    markdownTable(
      mapColumns(map),
      map.cells.map((cell) => mapRow(map, cell)),
    ),
    ...map.failures.map((failure) => `- ${escapeMarkdown(failureWords(failure))}`),
  ];
}
