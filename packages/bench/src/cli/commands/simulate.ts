import { formatCount, quantileName } from "../../report/words/format.ts";
import { UsageError } from "../../usage/errors.ts";
import { helpFlag, readCommandLine, switchFlag, wholeFlag, wholesFlag } from "../../usage/flags.ts";
import { addCounts, rivals, type CoverageCounts, type QuantileCounts } from "../../simulation/coverage.ts";
import { shapes } from "../../simulation/experiment.ts";
import {
  coverageJobs,
  GROUPS,
  judgeCoverage,
  quantilesSimulated,
  reportsJobs,
  tooMany,
  type Cell,
  type SimulationOptions,
} from "../../simulation/plan.ts";
import type { ReportCounts } from "../../simulation/reports.ts";
import { DEFAULT_RESAMPLES } from "../../stats/index.ts";
import { runSimulationJobs } from "../../simulation/jobs.ts";
import { defaultWorkers } from "../../workers/pool.ts";

const help = `npx -y pnpm@12 bench simulate: simulates whether the 95 % intervals hold: synthetic experiments with a planted ratio, judged by the code that judges runs.

  --experiments N   of each kind and number of pair groups (default 1000)
  --reports N       whole reports: on two arms that do not differ, and on two that do at half of the headlines (default 1000 each)
  --groups 5,10     numbers of pair groups (default ${GROUPS.join(",")})
  --rivals          also the intervals that were not chosen: several minutes more
  --resamples N     of each bootstrap (default ${DEFAULT_RESAMPLES})
  --seed N          (default 1)
  --workers N       threads (default one a core); the figures do not depend on it
  --json            the counts as JSON

Exits with 1 if a coverage is below 93 %, or false alarms are above 5 %, by more than chance.`;

const upToAMillion = { from: 1, to: 1_000_000 };
const flags = {
  experiments: wholeFlag("experiments", upToAMillion, 1_000),
  reports: wholeFlag("reports", upToAMillion, 1_000),
  groups: wholesFlag("groups", { from: 1, to: 10_000 }, GROUPS),
  rivals: switchFlag("rivals"),
  resamples: wholeFlag("resamples", upToAMillion, DEFAULT_RESAMPLES),
  seed: wholeFlag("seed", { from: 1, to: 2_147_483_647 }, 1),
  workers: wholeFlag("workers", { from: 1, to: 1_024 }, defaultWorkers()),
  json: switchFlag("json"),
};

/** @returns the exit code */
export async function simulateCommand(argv: readonly string[]): Promise<number> {
  const line = readCommandLine(argv, [...Object.values(flags), helpFlag], "simulate --help");
  if (line.value(helpFlag)) {
    console.log(help);
    return 0;
  }
  if (line.words.length > 0) throw new UsageError(`simulate takes no ${line.words.join(" ")}: only options. See simulate --help.`);
  const options: SimulationOptions = {
    experiments: line.value(flags.experiments),
    reports: line.value(flags.reports),
    groups: line.value(flags.groups),
    resamples: line.value(flags.resamples),
    seed: line.value(flags.seed),
    withRivals: line.value(flags.rivals),
  };
  const workers = line.value(flags.workers);
  const startedAt = performance.now();
  const [cells, reports] = await simulate(options, workers);
  const seconds = (performance.now() - startedAt) / 1000;
  if (line.value(flags.json)) console.log(JSON.stringify({ options, cells, reports }, null, 2));
  else console.log([coverageTable(cells), reportsTable(reports), `${seconds.toFixed(0)} s, ${workers} workers`].join("\n\n"));
  const problems = problemsOf(cells, reports);
  for (const problem of problems) console.error(problem);
  return problems.length === 0 ? 0 : 1;
}

interface ReportsCell {
  readonly shape: string;
  readonly groups: number;
  /** Headlines of a report at which the arms differ. */
  readonly differing: number;
  readonly counts: ReportCounts;
}

async function simulate(options: SimulationOptions, workers: number): Promise<[Cell[], ReportsCell[]]> {
  const coverage = coverageJobs(options);
  const reports = reportsJobs(options);
  let done = 0;
  const total = coverage.length + reports.length;
  const progress = (): void => {
    done += 1;
    if (process.stderr.isTTY) process.stderr.write(done === total ? "\r\u001B[2K" : `\r${Math.round((done / total) * 100)} %`);
  };
  const counted = await runSimulationJobs(coverage, { workers, done: progress });
  const reported = await runSimulationJobs(reports, { workers, done: progress });
  return [
    gather(coverage, counted).map(({ shape, groups, all }): Cell => ({ shape, groups, counts: addCounts(all) })),
    gather(reports, reported).map(({ shape, groups, differing = 0, all }): ReportsCell => ({
      shape,
      groups,
      differing,
      counts: addReports(all),
    })),
  ];
}

/** What jobs are gathered by. */
interface Kind {
  readonly shape: string;
  readonly groups: number;
  readonly differing?: number;
}

/** The results of jobs of the same kind, together. */
function gather<Counts>(jobs: readonly Kind[], results: readonly Counts[]): (Kind & { readonly all: Counts[] })[] {
  const cells = new Map<string, Kind & { all: Counts[] }>();
  for (const [index, job] of jobs.entries()) {
    const key = `${job.shape} ${job.groups} ${job.differing}`;
    const cell = cells.get(key) ?? { ...job, all: [] };
    const counts = results[index];
    if (counts !== undefined) cell.all.push(counts);
    cells.set(key, cell);
  }
  return [...cells.values()];
}

function addReports([first, ...rest]: readonly ReportCounts[]): ReportCounts {
  if (first === undefined) throw new RangeError("No reports were simulated.");
  return rest.reduce(
    (sum, one) => ({
      reports: sum.reports + one.reports,
      headlines: sum.headlines + one.headlines,
      intervalsExclude1: sum.intervalsExclude1 + one.intervalsExclude1,
      falseReports: sum.falseReports + one.falseReports,
      called: sum.called + one.called,
      calledRightly: sum.calledRightly + one.calledRightly,
      differing: sum.differing + one.differing,
      alike: sum.alike + one.alike,
      alikeWrongly: sum.alikeWrongly + one.alikeWrongly,
      controls: sum.controls + one.controls,
      falseAlarms: sum.falseAlarms + one.falseAlarms,
      correctedReports: sum.correctedReports + one.correctedReports,
      distrustedReports: sum.distrustedReports + one.distrustedReports,
    }),
    first,
  );
}

/** As Markdown, for docs/statistics.md. */
function coverageTable(cells: readonly Cell[]): string {
  const withRivals = cells.some(({ counts }) => counts.quantiles.some((one) => one.rivals.t !== undefined));
  const rows = cells.flatMap(({ shape, groups, counts }) =>
    counts.quantiles.flatMap((one, index) => {
      if (one.decided === 0) return [];
      return [
        [
          shapes.find(({ id }) => id === shape)?.label ?? shape,
          String(groups),
          quantileName(quantilesSimulated[index] ?? Number.NaN),
          percent(one.decided, counts.experiments, 0),
          `${percent(one.covered, one.decided)}${mark(one, counts)}`,
          percent(one.bothMiss, one.decided),
          percent(one.falseAlarms, one.controls),
          percent(one.pairedFalseAlarms, one.controls),
          ...(withRivals ? rivals.map((rival) => percent(one.rivals[rival] ?? 0, counts.experiments)) : []),
        ],
      ];
    }),
  );
  const columns = [
    "planted",
    "groups",
    "",
    "decided",
    "covered",
    "both miss",
    "A/A interval",
    "A/A paired test",
    ...(withRivals ? rivals : []),
  ];
  return markdown(columns, rows);
}

function mark(one: QuantileCounts, { experiments }: CoverageCounts): string {
  const judgement = judgeCoverage(one, experiments);
  return judgement === "inside" ? "" : ` (${judgement})`;
}

function reportsTable(cells: readonly ReportsCell[]): string {
  const rows = cells.map(({ shape, groups, differing, counts }) => [
    shapes.find(({ id }) => id === shape)?.label ?? shape,
    String(groups),
    String(differing),
    formatCount(counts.reports),
    percent(counts.intervalsExclude1, counts.headlines),
    percent(counts.falseReports, counts.reports),
    percent(counts.called - counts.calledRightly, counts.called),
    percent(counts.calledRightly, counts.differing),
    percent(counts.alike - counts.alikeWrongly, counts.headlines - counts.differing),
    percent(counts.alikeWrongly, counts.differing),
    percent(counts.falseAlarms, counts.controls),
    percent(counts.correctedReports, counts.reports),
    percent(counts.distrustedReports, counts.reports),
  ]);
  return markdown(
    [
      "planted",
      "groups",
      "headlines that differ",
      "reports",
      "intervals that exclude 1",
      "reports with a false headline",
      "of those called, false",
      "of those that differ, called",
      "of those that do not, called alike",
      "of those that differ, called alike",
      "controls with a false alarm",
      "reports with one after the correction",
      "reports that say so",
    ],
    rows,
  );
}

function problemsOf(cells: readonly Cell[], reports: readonly ReportsCell[]): string[] {
  return [
    ...cells.flatMap(({ shape, groups, counts }) =>
      counts.quantiles.flatMap((one, index) => {
        const where = `${shape}, ${groups} groups, ${quantileName(quantilesSimulated[index] ?? Number.NaN)}`;
        return [
          ...(judgeCoverage(one, counts.experiments) === "below"
            ? [`${where}: the interval covers ${percent(one.covered, one.decided)} only.`]
            : []),
          ...(tooMany(one.bothMiss, one.decided) ? [`${where}: both tests miss in ${percent(one.bothMiss, one.decided)}.`] : []),
        ];
      }),
    ),
    ...reports.flatMap(({ shape, groups, differing, counts }) => {
      const shares = [
        // Where some differ, what is promised is the share of those called.
        { what: "reports with a false headline", count: differing === 0 ? counts.falseReports : 0, of: counts.reports },
        {
          what: "false ones among the headlines called",
          count: counts.called - counts.calledRightly,
          of: differing === 0 ? 0 : counts.called,
        },
        { what: "called alike among those that differ", count: counts.alikeWrongly, of: counts.differing },
        { what: "reports with a false alarm of a control after the correction", count: counts.correctedReports, of: counts.reports },
        { what: "reports that say so", count: counts.distrustedReports, of: counts.reports },
      ];
      return shares.flatMap(({ what, count, of }) =>
        of > 0 && tooMany(count, of) ? [`${shape}, ${groups} groups, ${differing} that differ: ${what}: ${percent(count, of)}.`] : [],
      );
    }),
  ];
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
