import { judgeControls } from "../analysis/controls.ts";
import { judge, pValueOf, withInflation, type Evidence } from "../analysis/verdict.ts";
import { benjaminiHochberg, controlGroups, deriveSeed, groupEffects, seededRandom, type Random } from "../stats/index.ts";
import { makeExperiment, shapeOf, type Experiment, type Spreads } from "./experiment.ts";
import { coinControl, compareQuantile, judgeBefore, pooled } from "./rule-before.ts";

/** Whole reports of which it is known at which headlines the arms differ, judged by both rules: how often do they say otherwise? */
export interface ReportsJob {
  readonly kind: "reports";
  readonly shape: string;
  /** Headlines take turns with these. */
  readonly spreads: readonly Spreads[];
  readonly groups: number;
  readonly samplesPerBlock: number;
  readonly headlines: number;
  /** Of each so many headlines in a row with every spread, one differs by {@link ratio}; 0: none does. */
  readonly oneIn: number;
  readonly ratio: number;
  /** The smallest effect of interest, as a share. */
  readonly smallest: number;
  /** Of the rule before. */
  readonly resamples: number;
  readonly seed: number;
  readonly from: number;
  readonly to: number;
}

/** What one rule said of the same headlines. */
export interface RuleCounts {
  /** Headlines that it called a difference, and how many of them rightly: where there is one, and of the right side. */
  called: number;
  calledRightly: number;
  /** Of each report, the share of its calls that is false (0 where it called none), added up: what Benjamini and Hochberg keep at 5 %. */
  falseShares: number;
}

/** What the new rule said of size, of headlines that differ and of those that do not. */
export interface SizeCounts {
  matters: number;
  tooSmall: number;
  equivalent: number;
  undecided: number;
}

export interface ReportCounts {
  reports: number;
  headlines: number;
  differing: number;
  readonly before: RuleCounts;
  readonly now: RuleCounts;
  readonly differ: SizeCounts;
  readonly same: SizeCounts;
  /** A/A controls, one for each arm and headline; those that cry; reports whose errors they enlarged; and reports that they cast doubt on. */
  controls: number;
  falseAlarms: number;
  inflatedReports: number;
  doubtedReports: number;
}

export function runReportsJob(job: ReportsJob): ReportCounts {
  const counts = noReports();
  for (let number = job.from; number < job.to; number++) addReport(counts, job, number);
  return counts;
}

function addReport(counts: ReportCounts, job: ReportsJob, number: number): void {
  const shape = shapeOf(job.shape);
  const differs = (index: number): boolean => job.oneIn > 0 && Math.floor(index / job.spreads.length) % job.oneIn === 0;
  const headlines = Array.from({ length: job.headlines }, (_, index) => {
    const random = seededRandom(
      deriveSeed(job.seed, "report", shape.id, String(job.groups), String(job.ratio), String(number), String(index)),
    );
    const spreads = job.spreads[index % job.spreads.length] ?? { blocks: 0, groups: 0 };
    return { random, experiment: makeExperiment({ ...job, shape, spreads, ratio: differs(index) ? job.ratio : 1 }, random) };
  });
  const lower = job.ratio < 1 ? "numerator" : "denominator";
  const before = callsBefore(headlines, job.resamples);
  const now = callsNow(
    headlines.map(({ experiment }) => experiment),
    job.smallest,
  );
  counts.reports++;
  counts.headlines += headlines.length;
  counts.controls += now.control.controls;
  counts.falseAlarms += now.control.falseAlarms;
  if (now.control.errorsMultipliedBy > 1) counts.inflatedReports++;
  if (!now.control.quiet) counts.doubtedReports++;
  for (const [index, verdict] of now.verdicts.entries()) {
    const sizes = differs(index) ? counts.differ : counts.same;
    if (differs(index)) counts.differing++;
    if (verdict.kind === "matters") sizes.matters++;
    else if (verdict.kind === "too-small") sizes.tooSmall++;
    else if (verdict.kind === "equivalent") sizes.equivalent++;
    else sizes.undecided++;
  }
  const sides = { before, now: now.verdicts.map((verdict) => ("lower" in verdict ? verdict.lower : null)) };
  for (const rule of ["before", "now"] as const) {
    const called = sides[rule].flatMap((side, index) => (side === null ? [] : [{ side, index }]));
    const rightly = called.filter(({ side, index }) => differs(index) && side === lower);
    counts[rule].called += called.length;
    counts[rule].calledRightly += rightly.length;
    if (called.length > 0) counts[rule].falseShares += 1 - rightly.length / called.length;
  }
}

type Side = "numerator" | "denominator";

function callsBefore(
  headlines: readonly { readonly random: Random; readonly experiment: Experiment }[],
  resamples: number,
): (Side | null)[] {
  const compared = headlines.map(({ random, experiment: { effect, controls } }) => ({
    effect: compareQuantile(pooled(effect), 0.5, { random, resamples }),
    controls: [controls.numerator, controls.denominator].map((pairs) =>
      compareQuantile(coinControl(pairs, random), 0.5, { random, resamples }),
    ),
  }));
  const adjusted = benjaminiHochberg(compared.map(({ effect }) => effect.pValue));
  return compared.map(({ effect, controls }, index) => judgeBefore(effect, controls, adjusted[index] ?? 1));
}

function callsNow(
  experiments: readonly Experiment[],
  smallest: number,
): { readonly control: ReturnType<typeof judgeControls>; readonly verdicts: ReturnType<typeof judge<Side>>[] } {
  const control = judgeControls(
    experiments.flatMap(({ controls }) =>
      [controls.numerator, controls.denominator].map((pairs) => groupEffects(controlGroups(pairs), 0.5)),
    ),
  );
  const evidences = experiments.map(({ effect }): Evidence => ({
    ...withInflation(groupEffects(effect, 0.5), control.errorsMultipliedBy),
    resolution: 0,
    larger: Infinity,
    floor: null,
    smallest: { kind: "whole", scale: "ratio", size: smallest, atLeastMs: null, others: [] },
  }));
  const adjusted = benjaminiHochberg(evidences.map(pValueOf));
  return {
    control,
    verdicts: evidences.map((evidence, index) =>
      judge<Side>(evidence, adjusted[index] ?? 1, { numerator: "numerator", denominator: "denominator" }),
    ),
  };
}

function noCalls(): RuleCounts {
  return { called: 0, calledRightly: 0, falseShares: 0 };
}

function noSizes(): SizeCounts {
  return { matters: 0, tooSmall: 0, equivalent: 0, undecided: 0 };
}

function noReports(): ReportCounts {
  return {
    reports: 0,
    headlines: 0,
    differing: 0,
    before: noCalls(),
    now: noCalls(),
    differ: noSizes(),
    same: noSizes(),
    controls: 0,
    falseAlarms: 0,
    inflatedReports: 0,
    doubtedReports: 0,
  };
}

export function addReports(all: readonly ReportCounts[]): ReportCounts {
  const sum = noReports();
  for (const one of all) {
    for (const count of ["reports", "headlines", "differing", "controls", "falseAlarms", "inflatedReports", "doubtedReports"] as const)
      sum[count] += one[count];
    for (const rule of ["before", "now"] as const)
      for (const count of ["called", "calledRightly", "falseShares"] as const) sum[rule][count] += one[rule][count];
    for (const which of ["differ", "same"] as const)
      for (const count of ["matters", "tooSmall", "equivalent", "undecided"] as const) sum[which][count] += one[which][count];
  }
  return sum;
}
