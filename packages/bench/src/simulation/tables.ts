/** What a simulation found, as Markdown for docs/statistics.md. */
import { formatCount, statisticName } from "../report/words/format.ts";
import { shapeOf } from "./experiment.ts";
import { judgeCoverage, STATISTICS, type CoverageCell, type ReportsCell } from "./plan.ts";

export function coverageTable(cells: readonly CoverageCell[]): string {
  const rows = cells.flatMap(({ shape, spreads, groups, counts: { experiments, statistics } }) =>
    statistics.map(({ covered, coveredBefore, within, beyond, falseAlarms }, index) => {
      const judgement = judgeCoverage(covered, experiments);
      return [
        shapeOf(shape).label,
        spreads.blocks.toFixed(2),
        String(groups),
        statisticName(STATISTICS[index] ?? "mean"),
        STATISTICS[index] === "mean" ? "–" : percent(coveredBefore, experiments),
        `${percent(covered, experiments)}${judgement === "inside" ? "" : ` (${judgement})`}`,
        percent(within, experiments),
        percent(beyond, experiments),
        percent(falseAlarms, 2 * experiments),
      ];
    }),
  );
  const columns = [
    "planted",
    "between blocks",
    "groups",
    "",
    "covered, before",
    "covered, now",
    "at the edge: too small",
    "at the edge: matters",
    "A/A cries",
  ];
  return markdown(columns, rows);
}

export function rulesTable(cells: readonly ReportsCell[]): string {
  const rows = cells.map(({ shape, groups, ratio, counts }) => [
    shapeOf(shape).label,
    String(groups),
    ratio === 1 ? "none differs" : String(ratio),
    ...[counts.before, counts.now].map(({ calledRightly }) => percent(calledRightly, counts.differing)),
    ...[counts.before, counts.now].map(({ falseShares }) => percent(falseShares, counts.reports)),
    percent(counts.falseAlarms, counts.controls),
    percent(counts.inflatedReports, counts.reports),
  ]);
  const columns = [
    "planted",
    "groups",
    "ratio, at a third",
    "found, before",
    "found, now",
    "false of those called, before",
    "now",
    "A/A cries",
    "errors enlarged",
  ];
  return markdown(columns, rows);
}

export function sizesTable(cells: readonly ReportsCell[]): string {
  const rows = cells.flatMap(({ shape, groups, ratio, counts }) =>
    (
      [
        ["differ", ratio],
        ["same", 1],
      ] as const
    ).flatMap(([which, planted]) => {
      const sizes = counts[which];
      const all = sizes.matters + sizes.tooSmall + sizes.equivalent + sizes.undecided;
      if (all === 0 || (which === "same" && ratio !== 1)) return [];
      return [
        [
          shapeOf(shape).label,
          String(groups),
          String(planted),
          ...[sizes.matters, sizes.tooSmall, sizes.equivalent, sizes.undecided].map((count) => percent(count, all)),
        ],
      ];
    }),
  );
  return markdown(["planted", "groups", "ratio", "matters", "too small", "equivalent", "undecided"], rows);
}

export function countsLine(cells: readonly CoverageCell[], reports: readonly ReportsCell[]): string {
  const experiments = cells.reduce((sum, { counts }) => sum + counts.experiments, 0);
  return `${formatCount(experiments)} experiments, ${formatCount(reports.reduce((sum, { counts }) => sum + counts.reports, 0))} reports`;
}

function percent(count: number, of: number, decimals = 1): string {
  return of === 0 ? "–" : `${((100 * count) / of).toFixed(decimals)} %`;
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

function markdown(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  return [line(columns), `|${columns.map(() => "---").join("|")}|`, ...rows.map(line)].join("\n");
}
