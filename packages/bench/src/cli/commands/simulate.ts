import { UsageError } from "../../usage/errors.ts";
import { helpFlag, readCommandLine, switchFlag, textsFlag, wholeFlag, wholesFlag } from "../../usage/flags.ts";
import { loadResults } from "../../results/store.ts";
import { addCounts } from "../../simulation/coverage.ts";
import type { Spreads } from "../../simulation/experiment.ts";
import { runSimulationJobs } from "../../simulation/jobs.ts";
import { measuredQuartiles, quartilesOf, spreadsOf } from "../../simulation/measured.ts";
import {
  coverageJobs,
  GROUPS,
  problemsOf,
  reportsJobs,
  type CoverageCell,
  type ReportsCell,
  type SimulationOptions,
} from "../../simulation/plan.ts";
import { addReports } from "../../simulation/reports.ts";
import { problemsOfRuns, runsKinds, simulateRuns } from "../../simulation/several-runs.ts";
import { countsLine, coverageTable, rulesTable, runsTable, sizesTable } from "../../simulation/tables.ts";
import { defaultWorkers } from "../../workers/pool.ts";

const RESAMPLES = 500;

const help = `npx -y pnpm@12 bench simulate: simulates whether the rule holds what it promises: synthetic experiments with a planted ratio, judged by the code that judges runs.

  --experiments N   of each kind and number of pair groups (default 1000)
  --reports N       whole reports, by this rule and by the one before: none differs, or a third by 1.1 or 1.2 (default 100 each)
  --groups 5,10     numbers of pair groups (default ${GROUPS.join(",")})
  --spreads FILE    takes the spreads between blocks from these results; repeat it for more (default: those of reports/)
  --resamples N     of each bootstrap of the rule before (default ${RESAMPLES})
  --seed N          (default 1)
  --workers N       threads (default one a core); the figures do not depend on it
  --json            the counts as JSON
  --several-runs N  instead of all that: N sets of two to five runs of each kind, put together as bench combine does, as it did, and plainly

Exits with 1 if a coverage is below 93 %, or an error above 5 %, by more than chance.`;

const upToAMillion = { from: 1, to: 1_000_000 };
const flags = {
  experiments: wholeFlag("experiments", upToAMillion, 1_000),
  reports: wholeFlag("reports", upToAMillion, 100),
  groups: wholesFlag("groups", { from: 2, to: 10_000 }, GROUPS),
  spreads: textsFlag("spreads"),
  resamples: wholeFlag("resamples", upToAMillion, RESAMPLES),
  seed: wholeFlag("seed", { from: 1, to: 2_147_483_647 }, 1),
  workers: wholeFlag("workers", { from: 1, to: 1_024 }, defaultWorkers()),
  json: switchFlag("json"),
  severalRuns: wholeFlag("several-runs", upToAMillion),
};

/** @returns the exit code */
export async function simulateCommand(argv: readonly string[]): Promise<number> {
  const line = readCommandLine(argv, [...Object.values(flags), helpFlag], "simulate --help");
  if (line.value(helpFlag)) {
    console.log(help);
    return 0;
  }
  if (line.words.length > 0) throw new UsageError(`simulate takes no ${line.words.join(" ")}: only options. See simulate --help.`);
  const sets = line.value(flags.severalRuns);
  if (sets !== undefined) return simulateSeveralRuns({ sets, seed: line.value(flags.seed) }, line.value(flags.json));
  const options: SimulationOptions = {
    experiments: line.value(flags.experiments),
    reports: line.value(flags.reports),
    groups: line.value(flags.groups),
    spreads: await readSpreads(line.value(flags.spreads)),
    resamples: line.value(flags.resamples),
    seed: line.value(flags.seed),
  };
  const workers = line.value(flags.workers);
  const startedAt = performance.now();
  const [cells, reports] = await simulate(options, workers);
  const seconds = (performance.now() - startedAt) / 1000;
  if (line.value(flags.json)) console.log(JSON.stringify({ options, cells, reports }, null, 2));
  else {
    const end = `${countsLine(cells, reports)}, ${seconds.toFixed(0)} s, ${workers} workers`;
    console.log([coverageTable(cells), rulesTable(reports), sizesTable(reports), end].join("\n\n"));
  }
  return reportProblems(problemsOf(cells, reports));
}

/** @returns the exit code */
function simulateSeveralRuns(options: { readonly sets: number; readonly seed: number }, asJson: boolean): number {
  const cells = runsKinds.map((kind) => simulateRuns(kind, options));
  console.log(asJson ? JSON.stringify({ options, cells }, null, 2) : runsTable(cells));
  return reportProblems(problemsOfRuns(cells));
}

/** @returns the exit code */
function reportProblems(problems: readonly string[]): number {
  for (const problem of problems) console.error(problem);
  return problems.length === 0 ? 0 : 1;
}

async function readSpreads(files: readonly string[]): Promise<readonly Spreads[]> {
  if (files.length === 0) return measuredQuartiles;
  const spreads = (await Promise.all(files.map(loadResults))).flatMap(spreadsOf);
  if (spreads.length === 0) throw new UsageError(`No setting of ${files.join(", ")} has pair groups enough to measure a spread.`);
  return quartilesOf(spreads);
}

async function simulate(options: SimulationOptions, workers: number): Promise<[CoverageCell[], ReportsCell[]]> {
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
    gather(coverage, counted).map(({ job: { shape, spreads, groups }, all }) => ({ shape, spreads, groups, counts: addCounts(all) })),
    gather(reports, reported).map(({ job: { shape, groups, ratio }, all }) => ({ shape, groups, ratio, counts: addReports(all) })),
  ];
}

/** The results of jobs that differ in nothing but their numbers, together. */
function gather<Job extends { readonly from: number; readonly to: number }, Counts>(
  jobs: readonly Job[],
  results: readonly Counts[],
): { readonly job: Job; readonly all: Counts[] }[] {
  const cells = new Map<string, { job: Job; all: Counts[] }>();
  for (const [index, job] of jobs.entries()) {
    const key = JSON.stringify({ ...job, from: 0, to: 0 });
    const cell = cells.get(key) ?? { job, all: [] };
    const counts = results[index];
    if (counts !== undefined) cell.all.push(counts);
    cells.set(key, cell);
  }
  return [...cells.values()];
}
