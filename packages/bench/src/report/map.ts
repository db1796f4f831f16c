/** The map in a report: two panels below the answer, and what is behind them on demand. Nothing where a run has none. */
import type { Report } from "./build.ts";
import { MAP } from "../results/names.ts";
import { figures, paragraph, plain, prose, rawLine, table } from "./elements.ts";
import { markdownTable } from "./markdown-table.ts";
import { answersIn, mapPanel } from "./plots/map.ts";
import { escapeHtml, escapeMarkdown } from "./words/escape.ts";
import {
  answersWords,
  arrivedWords,
  countsSentence,
  howToReadMap,
  legendWords,
  MAP_TABLE,
  mapColumns,
  mapRow,
  markedWords,
  noticedOrder,
  pairingWords,
  STALLS_NOTE,
} from "./words/map.ts";
import { upperFirst } from "./words/format.ts";
import { failureWords } from "./words/totals.ts";

const ON_DEMAND = "HTTP/3, and all figures";

export function mapSection({ map, sources }: Pick<Report, "map" | "sources">, rawFile: string): string {
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
      paragraph(`${countsSentence(map, pairing.id)} ${markedWords(map, pairing.id)}`),
      panels(pairing),
    ]),
    paragraph(map.method, "method"),
    table(
      MAP_TABLE,
      mapColumns(map).map(prose),
      map.cells.map((cell) => mapRow(map, cell).map(plain)),
    ),
    paragraph(STALLS_NOTE),
    ...map.failures.map((failure) => paragraph(failureWords(failure))),
  ];
  const paths = pathsOf(sources);
  return `<section aria-labelledby="map"><h2 id="map">${escapeHtml(map.title)}</h2>${paragraph(countsSentence(map, first.id), "verdict")}${paragraph(
    `${pairingWords(map, first)}. ${howToReadMap(map)} ${arrivedWords(map)} ${markedWords(map, first.id)}`,
    "caption",
  )}${panels(first)}<ul class="map-legend">${legend}</ul><details class="raw"><summary>${ON_DEMAND}</summary>${rest.join("")}</details>${rawLine(rawFile, paths)}</section>`;
}

function pathsOf(sources: Report["sources"]): string[] {
  return sources.filter(({ scenario }) => scenario === MAP).map(({ path }) => path);
}

export function mapMarkdown({ map, sources }: Pick<Report, "map" | "sources">, rawFile: string): string[] {
  if (map === null || map.pairings.length === 0) return [];
  return [
    `## ${escapeMarkdown(map.title)}`,
    ...map.pairings.map((pairing) =>
      escapeMarkdown(`${pairingWords(map, pairing)}. ${countsSentence(map, pairing.id)} ${markedWords(map, pairing.id)}`),
    ),
    escapeMarkdown(`${howToReadMap(map)} ${map.method}`),
    escapeMarkdown(arrivedWords(map)),
    `${escapeMarkdown(MAP_TABLE)}:`,
    markdownTable(
      mapColumns(map),
      map.cells.map((cell) => mapRow(map, cell)),
    ),
    escapeMarkdown(STALLS_NOTE),
    ...map.failures.map((failure) => `- ${escapeMarkdown(failureWords(failure))}`),
    `Raw samples in \`${rawFile}\`, by cell: ${pathsOf(sources)
      .map((path) => `\`${path}\``)
      .join(", ")}`,
  ];
}
