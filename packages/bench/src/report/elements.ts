import type { Verdict } from "../analysis/index.ts";
import { escapeHtml } from "./words/escape.ts";
import { colourOf, dashOf, type Figure } from "./plots/draw.ts";
import { formatCount } from "./words/format.ts";
import { shortVerdict, verdictReasons } from "./words/verdicts.ts";

/** What stands in a cell: HTML that is escaped already. */
export interface Cell {
  readonly html: string;
  /** Words, which stand on the left and may break. */
  readonly text?: boolean;
}

export function plain(text: string): Cell {
  return { html: escapeHtml(text) };
}

export function prose(text: string): Cell {
  return { html: escapeHtml(text), text: true };
}

export function paragraph(text: string, kind = ""): string {
  return `<p${kind === "" ? "" : ` class="${kind}"`}>${escapeHtml(text)}</p>`;
}

export function link(id: string, text: string): string {
  return `<a href="#${escapeHtml(id)}">${escapeHtml(text)}</a>`;
}

export function table(caption: string, columns: readonly Cell[], rows: readonly (readonly Cell[])[], kind = ""): string {
  const cells = (row: readonly Cell[], tag: "th" | "td"): string =>
    row
      .map(({ html, text }, index) => {
        const kind = text === true ? ' class="text"' : "";
        // A header of a column that needs none would be announced as an empty one.
        if (tag === "th") return html === "" ? `<td${kind}></td>` : `<th scope="col"${kind}>${html}</th>`;
        return index === 0 ? `<th scope="row"${kind}>${html}</th>` : `<td${kind}>${html}</td>`;
      })
      .join("");
  return `<div class="${`scroll ${kind}`.trimEnd()}" tabindex="0" role="region" aria-label="${escapeHtml(caption)}"><table><caption><span>${escapeHtml(caption)}</span></caption><thead><tr>${cells(columns, "th")}</tr></thead><tbody>${rows
    .map((row) => `<tr>${cells(row, "td")}</tr>`)
    .join("")}</tbody></table></div>`;
}

export function chip(kind: string, text: string): string {
  return `<span class="chip ${kind}">${escapeHtml(text)}</span>`;
}

export function verdictCell(verdict: Verdict, withReasons: boolean): Cell {
  const reasons = withReasons ? verdictReasons(verdict) : "";
  const said = chip(verdict.kind === "matters" ? verdict.lower : "none", shortVerdict(verdict));
  return { html: reasons === "" ? said : `${said}<br><span class="reason">${escapeHtml(reasons)}</span>`, text: true };
}

/** Closed until somebody asks for it, follows a link into it, finds something in it, or prints. */
export function onDemand(title: string, html: string, level: 3 | 4): string {
  return `<details class="more"><summary><h${level}>${escapeHtml(title)}</h${level}></summary><div class="inside">${html}</div></details>`;
}

/** A count of which any is too many. */
export function faultCell(count: number): Cell {
  return { html: `<span class="${count === 0 ? "good" : "bad"}">${formatCount(count)}</span>` };
}

export function figures(all: readonly Figure[]): string {
  if (all.length === 0) return "";
  return `<div class="figures">${all.map(({ svg, caption }) => `<figure>${svg}<figcaption>${escapeHtml(caption)}</figcaption></figure>`).join("")}</div>`;
}

export function legend(arms: readonly { readonly id: string; readonly label: string }[]): string {
  return `<ul class="legend" aria-label="Colours">${arms
    .map(
      ({ id, label }) =>
        `<li style="--c:${colourOf(id, arms)};--d:${dashOf(id).strokeDasharray === undefined ? "solid" : "dashed"}">${escapeHtml(label)}</li>`,
    )
    .join("")}</ul>`;
}

/** From a figure to its samples: the file, and the places in it. */
export function rawLine(rawFile: string, paths: readonly string[]): string {
  if (paths.length === 0) return "";
  const href = rawFile.split("/").map(encodeURIComponent).join("/");
  return `<details class="raw"><summary>Raw samples</summary><p>In <a href="${escapeHtml(href)}">${escapeHtml(rawFile)}</a>, as JSONPath:</p><ul>${paths
    .map((path) => `<li><code>${escapeHtml(path)}</code></li>`)
    .join("")}</ul></details>`;
}
