import { escapeMarkdown } from "./words/escape.ts";

/** Cells are escaped here. */
export function markdownTable(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  return tableOfCells(
    columns.map(escapeMarkdown),
    rows.map((cells) => cells.map(escapeMarkdown)),
  );
}

/** Of cells that are Markdown already. */
export function tableOfCells(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  return [line(columns), `|${columns.map(() => "---").join("|")}|`, ...rows.map(line)].join("\n");
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}
