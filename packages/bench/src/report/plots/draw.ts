import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { escapeHtml } from "../words/escape.ts";
import type { PlotWords } from "../words/plots.ts";
import { compact } from "./compact.ts";

/** Colours are CSS variables: one drawing serves both themes, and print. */
const colours: Readonly<Record<string, string>> = { sse: "var(--sse)", ws: "var(--ws)", floor: "var(--floor)", "sse-cold": "var(--cold)" };
/** Further arms, in their order: no page has more of them than this tells apart. */
const furtherColours = ["var(--further-1)", "var(--further-2)", "var(--further-3)", "var(--further-4)"] as const;
const dashes: Readonly<Record<string, string>> = { floor: "2 3", "sse-cold": "6 3" };

export interface Figure {
  readonly svg: string;
  readonly caption: string;
}

export function colourOf(arm: string, arms: readonly { readonly id: string }[] = []): string {
  const further = arms.filter(({ id }) => colours[id] === undefined).findIndex(({ id }) => id === arm);
  return colours[arm] ?? furtherColours[Math.max(0, further) % furtherColours.length] ?? "currentColor";
}

export function dashOf(arm: string): { readonly strokeDasharray?: string } {
  const dash = dashes[arm] ?? (colours[arm] === undefined ? "8 2 2 2" : undefined);
  return dash === undefined ? {} : { strokeDasharray: dash };
}

/** Narrow, so that its text is still read where a phone scales it down. */
export const WIDTH = 440;
export const HEIGHT = 270;

const STYLE = { background: "none", color: "currentColor", fontSize: "13px", overflow: "visible" } as const;

let drawn = 0;

/** `first` restarts the numbering of a page's plots, so that one file of results always gives one page. */
export function restartNumbering(): void {
  drawn = 0;
}

export function draw(options: Plot.PlotOptions, { title, description }: PlotWords): string {
  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  const svg = Plot.plot({
    width: WIDTH,
    height: HEIGHT,
    marginLeft: 52,
    marginBottom: 42,
    ...options,
    x: { tickSize: 0, ...options.x },
    y: { tickSize: 0, ...options.y },
    style: STYLE,
    document,
    figure: false,
  }).outerHTML;
  const id = `plot-${(drawn += 1)}`;
  // Plot's own label says no more than "plot"; a reader of the page by ear gets what an eye gets.
  const named = `<title id="${id}">${escapeHtml(title)}</title><desc id="${id}-is">${escapeHtml(description)}</desc>`;
  return compact(svg).replace(
    /<svg([^>]*)>/,
    (_all, attributes: string) => `<svg role="img" aria-labelledby="${id}" aria-describedby="${id}-is"${attributes}>${named}`,
  );
}

/** Three digits, and no exponent. */
export function tick(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString("en-US", { maximumFractionDigits: 6 });
}
