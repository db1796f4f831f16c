/** What a simulation found, as Markdown for docs/statistics.md. */
import { formatCount, statisticName } from "../report/words/format.ts";
import { shapeOf } from "./experiment.ts";
import { judgeCoverage, STATISTICS, type CoverageCell, type ReportsCell } from "./plan.ts";
import { runsWays, type RunsCell, type RunsWay } from "./several-runs.ts";

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

const wayNames: Readonly<Record<RunsWay, string>> = {
  own: "each run's own error",
  pooled: "the pooled error",
  plain: "no errors, plain mean",
};

/** The lowest and the highest of the cells of each number of runs. */
export function runsTable(cells: readonly RunsCell[]): string {
  const byRuns = [...Map.groupBy(cells, ({ kind }) => kind.runs)];
  const rows = byRuns.flatMap(([runs, those]) =>
    runsWays.map((way) => {
      const alike = those.filter(({ kind }) => kind.errorTimes === 1);
      const unlike = those.filter(({ kind }) => kind.errorTimes > 1);
      const shares = (some: readonly RunsCell[], of: "mean" | "anotherRun" | "differ"): string =>
        range(some.map(({ ways, sets }) => (100 * ways[way][of]) / sets));
      const widths = (spread: number): string =>
        range(alike.filter(({ kind }) => kind.spread === spread).map(({ ways, sets }) => ways[way].widths / sets));
      return [
        String(runs),
        wayNames[way],
        shares(alike, "mean"),
        shares(unlike, "mean"),
        shares(alike, "anotherRun"),
        shares(unlike, "anotherRun"),
        widths(0),
        widths(1),
        ...(way === "plain" ? ["–", "–"] : [shares(withoutSpread(alike), "differ"), shares(withoutSpread(unlike), "differ")]),
      ];
    }),
  );
  const columns = [
    "runs",
    "",
    "the mean is held",
    "errors ×3",
    "another run is held",
    "errors ×3",
    "width of the interval, no spread",
    "spread of 1",
    "Q calls runs without spread different",
    "errors ×3",
  ];
  return markdown(columns, rows);
}

function withoutSpread(cells: readonly RunsCell[]): RunsCell[] {
  return cells.filter(({ kind }) => kind.spread === 0);
}

function range(values: readonly number[]): string {
  const [low, high] = [Math.min(...values), Math.max(...values)].map((value) => value.toFixed(1));
  return low === high ? (low ?? "") : `${low}–${high}`;
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
