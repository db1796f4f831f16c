import { escapeMarkdown } from "./words/escape.ts";

/** Cells are escaped here. */
export function markdownTable(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  return [line(columns), `|${columns.map(() => "---").join("|")}|`, ...rows.map(line)].join("\n");
}

function line(cells: readonly string[]): string {
  return `| ${cells.map(escapeMarkdown).join(" | ")} |`;
}
