/** The map as a picture: a panel for each number of answers, by round trip and loss. Colours are the page's variables; each cell also says its word. */
import type { MapCell, Noticed, ReaderMap } from "../../analysis/facts/index.ts";
import { themes } from "../style.ts";
import { escapeHtml } from "../words/escape.ts";
import { upperFirst } from "../words/format.ts";
import {
  answersWords,
  arrivedWords,
  cellWords,
  comparisonIn,
  countsSentence,
  legendWords,
  markedWords,
  noticedOrder,
  noticedWord,
  oneRunWords,
  pairingWords,
} from "../words/map.ts";

type Pairing = ReaderMap["pairings"][number];

/** Drawn at the width of a phone in its hand, so that nothing is read smaller than it is drawn there. */
const WIDTH = 500;
const LEFT = 76;
const TOP = 58;
const CELL = { width: 103, height: 50, gap: 4 };
const LEGEND_LINE = 21;
const FOOT_LINE = 16;
/** As many as fit into the width at 12 px, also in a wide font. */
const FOOT_LETTERS = 72;

const fills: Readonly<Record<Noticed, { readonly colour: string; readonly opacity: number; readonly dash: string }>> = {
  sse: { colour: "var(--sse)", opacity: 0.26, dash: "" },
  websocket: { colour: "var(--ws)", opacity: 0.26, dash: "" },
  neither: { colour: "var(--floor)", opacity: 0.07, dash: "" },
  undecided: { colour: "var(--floor)", opacity: 0, dash: "4 3" },
};

/** One panel, as a picture of a page. */
export function mapPanel(map: ReaderMap, pairing: Pairing, answers: number): string {
  const { body, height } = panel(map, pairing, answers);
  return picture(
    `map-${pairing.id}-${answers}`,
    describe(map, pairing, [answers]),
    { height, size: `style="width:100%;height:auto"` },
    body,
  );
}

/** All panels and their legend, for a file of its own: it brings its colours, for both themes. @param startedAt when the run of the map began */
export function mapFile(map: ReaderMap, startedAt: string): string {
  const [pairing] = map.pairings;
  if (pairing === undefined) throw new RangeError("The map compares nothing: it has not both transports.");
  const all = answersIn(map);
  const parts: string[] = [];
  let y = 0;
  for (const answers of all) {
    const { body, height } = panel(map, pairing, answers);
    parts.push(`<g transform="translate(0 ${y})">${body}</g>`);
    y += height + 8;
  }
  const legend = noticedOrder.map((noticed, index) => {
    const at = y + index * LEGEND_LINE;
    return `${box(noticed, LEFT, at, 26, 15)}${text(LEFT + 36, at + 12.5, legendWords(noticed, map.smallestMs), "font-size:13px")}`;
  });
  const footY = y + legend.length * LEGEND_LINE + 16;
  const said = [oneRunWords(startedAt), arrivedWords(map), markedWords(map, pairing.id)].join(" ");
  const foot = linesOf(said).map((line, index) => text(0, footY + index * FOOT_LINE, line, "font-size:12px;fill:var(--soft)"));
  const height = footY + (foot.length - 1) * FOOT_LINE + 10;
  const style = `<style>svg{${themes.light};color:var(--ink);font-family:system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}@media (prefers-color-scheme:dark){svg{${themes.dark}}}</style><rect width="${WIDTH}" height="${height}" fill="var(--paper)"/>`;
  return `${picture("map", describe(map, pairing, all), { height, size: `width="${WIDTH}" height="${height}"` }, `${style}${parts.join("")}${legend.join("")}${foot.join("")}`)}\n`;
}

/** An image breaks no line by itself. */
function linesOf(words: string): string[] {
  return words.split(" ").reduce<string[]>((lines, word) => {
    const last = lines.at(-1);
    return last === undefined || last.length + 1 + word.length > FOOT_LETTERS
      ? [...lines, word]
      : [...lines.slice(0, -1), `${last} ${word}`];
  }, []);
}

export function answersIn({ cells }: ReaderMap): number[] {
  return [...new Set(cells.map(({ answers }) => answers))].toSorted((left, right) => left - right);
}

interface Description {
  readonly title: string;
  readonly description: string;
}

function describe(map: ReaderMap, pairing: Pairing, answers: readonly number[]): Description {
  const cells = map.cells.filter((cell) => answers.includes(cell.answers));
  return {
    title: `${map.title}: ${answers.map(answersWords).join(" and ")}, ${pairingWords(map, pairing)}`,
    description: `${countsSentence({ ...map, cells }, pairing.id)} ${cells.map((cell) => cellWords(cell, pairing)).join(" ")}`,
  };
}

/** @param size in the page, or of the file */
function picture(
  id: string,
  { title, description }: Description,
  { height, size }: { readonly height: number; readonly size: string },
  body: string,
): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="${id}" aria-describedby="${id}-is" viewBox="0 0 ${WIDTH} ${height}" ${size}><title id="${id}">${escapeHtml(title)}</title><desc id="${id}-is">${escapeHtml(description)}</desc>${body}</svg>`;
}

function panel(map: ReaderMap, pairing: Pairing, answers: number): { readonly body: string; readonly height: number } {
  const cells = map.cells.filter((cell) => cell.answers === answers);
  const roundTrips = ascending(cells.map(({ roundTripMs }) => roundTripMs));
  const losses = ascending(cells.map(({ lossPercent }) => lossPercent));
  const x = (index: number): number => LEFT + index * (CELL.width + CELL.gap);
  const y = (index: number): number => TOP + index * (CELL.height + CELL.gap);
  const right = x(roundTrips.length) - CELL.gap;
  const body = [
    text(0, 17, upperFirst(answersWords(answers)), "font-size:16px;font-weight:600"),
    text(right, 17, "SSE : WebSocket, p99 of a token's lag in ms", "font-size:12px;fill:var(--soft)", "end"),
    ...roundTrips.map((ms, index) => text(x(index) + CELL.width / 2, TOP - 12, `${ms} ms away`, "font-size:13px", "middle")),
    ...losses.map((percent, index) => text(LEFT - 10, y(index) + CELL.height / 2 + 5, `${percent} % lost`, "font-size:13px", "end")),
    ...cells.map((cell) => cellAt(cell, pairing, x(roundTrips.indexOf(cell.roundTripMs)), y(losses.indexOf(cell.lossPercent)))),
  ];
  return { body: body.join(""), height: y(losses.length) + 6 };
}

function cellAt(cell: MapCell, pairing: Pairing, x: number, y: number): string {
  const noticed = comparisonIn(cell, pairing.id)?.noticed ?? "undecided";
  const ms = (arm: string): string => {
    const p99Ms = cell.arms.find((one) => one.arm === arm)?.p99Ms;
    return p99Ms === undefined ? "–" : Math.round(p99Ms).toLocaleString("en-US");
  };
  const [middle, word] = [x + CELL.width / 2, noticedWord[noticed]];
  const strong = noticed === "sse" || noticed === "websocket" ? "font-weight:700" : "fill:var(--soft)";
  return `<g><title>${escapeHtml(cellWords(cell, pairing))}</title>${box(noticed, x, y, CELL.width, CELL.height)}${text(
    middle,
    y + 20,
    word,
    `font-size:12px;${strong}`,
    "middle",
  )}${text(middle, y + 39, `${ms(pairing.sse)} : ${ms(pairing.ws)}`, "font-size:13.5px;font-variant-numeric:tabular-nums", "middle")}</g>`;
}

function box(noticed: Noticed, x: number, y: number, width: number, height: number): string {
  const { colour, opacity, dash } = fills[noticed];
  const line = noticed === "sse" || noticed === "websocket" ? 2.5 : 1;
  const dashed = dash === "" ? "" : ` stroke-dasharray="${dash}"`;
  return `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="4" fill="${colour}" fill-opacity="${opacity}" stroke="${colour}" stroke-width="${line}"${dashed}/>`;
}

function text(x: number, y: number, words: string, style: string, anchor: "start" | "middle" | "end" = "start"): string {
  const ink = style.includes("fill:") ? "" : "fill:var(--ink);";
  return `<text x="${x}" y="${y}" text-anchor="${anchor}" style="${ink}${style}">${escapeHtml(words)}</text>`;
}

function ascending(values: readonly number[]): number[] {
  return [...new Set(values)].toSorted((left, right) => left - right);
}
