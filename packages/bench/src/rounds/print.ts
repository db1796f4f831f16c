import { escapeMarkdown } from "../report/words/escape.ts";
import type { Environment } from "../results/schema.ts";
import type { FigureTable } from "./figures.ts";

/** What a table's figures hang on besides the code. */
export interface Circumstances {
  /** ISO 8601. */
  readonly startedAt: string;
  readonly environment: Environment;
  /** What comes behind `bench <command> <test>` to make the table again. */
  readonly options: string;
}

/** For a terminal. */
export function terminalTables(tables: readonly FigureTable[]): string {
  return tables
    .map(({ title, head, rows }) => {
      const table = [[title, ...head], ...rows];
      const widths = (table[0] ?? []).map((_, column) => Math.max(...table.map((row) => (row[column] ?? "").length)));
      return table
        .map((row) =>
          row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))).join("  "),
        )
        .join("\n");
    })
    .join("\n\n");
}

/**
 * For a README: each table with its command, and when and where it was run.
 *
 * @param packages whose versions are named
 */
export function markdownTables(
  command: string,
  packages: readonly string[],
  tables: readonly FigureTable[],
  circumstances: Circumstances,
): string {
  return tables
    .map(({ id, title, head, rows }) =>
      [
        `### \`${id}\`: ${escapeMarkdown(title)}`,
        markdownTable("", head, rows),
        `\`npx -y pnpm@12 bench ${command} ${id}${circumstances.options}\`, ${escapeMarkdown(whereMeasured(circumstances, packages))}`,
      ].join("\n\n"),
    )
    .join("\n\n");
}

/** When and where, and with which versions of some packages. */
export function whereMeasured(
  { startedAt, environment }: Pick<Circumstances, "startedAt" | "environment">,
  names: readonly string[],
): string {
  const { cpuModel, cores, kernel, node, versions, commit, dirty, loadAverageAtStart } = environment;
  const packages = names.map((name) => `${name} ${versions[name] ?? "unknown"}`).join(", ");
  const at = commit === null ? "no commit" : `commit ${commit.slice(0, 12)}${dirty === true ? " with uncommitted changes" : ""}`;
  return `${startedAt.slice(0, 10)}, ${at}; ${cores} cores of ${cpuModel}, load ${(loadAverageAtStart[0] ?? Number.NaN).toFixed(1)} before, Linux ${kernel}; Node ${node}, ${packages}`;
}

/** @param corner over the labels */
export function markdownTable(corner: string, head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [line([corner, ...head]), `|---|${head.map(() => "--:").join("|")}|`, ...rows.map(line)].join("\n");
}

function line(cells: readonly string[]): string {
  return `| ${cells.map(escapeMarkdown).join(" | ")} |`;
}
