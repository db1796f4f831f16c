import { ERROR_LEVEL, judge } from "../analysis/verdict.ts";
import { summariseControls } from "../analysis/totals.ts";
import { benjaminiHochberg, compareQuantiles, contains, controlGroups, deriveSeed, holm, seededRandom } from "../stats/index.ts";
import { makeExperiment, shapes } from "./experiment.ts";

/** Whole reports of which it is known at how many headlines the arms differ: how often do they say otherwise? */
export interface ReportsJob {
  readonly kind: "reports";
  readonly shape: string;
  readonly groups: number;
  readonly samplesPerBlock: number;
  /** Headlines of a report. */
  readonly headlines: number;
  /** At so many of them, the first, {@link ratio} is planted; at the others the arms do not differ. */
  readonly differing: number;
  readonly ratio: number;
  readonly resamples: number;
  readonly seed: number;
  readonly from: number;
  readonly to: number;
}

export interface ReportCounts {
  readonly reports: number;
  /** Headlines of all reports, and how many intervals of theirs exclude 1. */
  readonly headlines: number;
  readonly intervalsExclude1: number;
  /** Reports in which a difference is called that is none, or the wrong way round. */
  readonly falseReports: number;
  /** Headlines that are called a difference, how many of them rightly, and how many differ. */
  readonly called: number;
  readonly calledRightly: number;
  readonly differing: number;
  /** Headlines that are called alike, and how many of those that differ by the planted ratio. */
  readonly alike: number;
  readonly alikeWrongly: number;
  /** Controls of all reports (one an arm and headline), and how many give a false alarm before the correction. */
  readonly controls: number;
  readonly falseAlarms: number;
  /** Reports in which a control gives a false alarm after the correction. */
  readonly correctedReports: number;
  /** Reports that say that their control gives too many false alarms. */
  readonly distrustedReports: number;
}

export function runReportsJob(job: ReportsJob): ReportCounts {
  const shape = shapes.find(({ id }) => id === job.shape);
  if (shape === undefined) throw new RangeError(`There is no shape ${job.shape}.`);
  const counts = {
    reports: 0,
    headlines: 0,
    intervalsExclude1: 0,
    falseReports: 0,
    called: 0,
    calledRightly: 0,
    differing: 0,
    alike: 0,
    alikeWrongly: 0,
    controls: 0,
    falseAlarms: 0,
    correctedReports: 0,
    distrustedReports: 0,
  };
  for (let number = job.from; number < job.to; number++) {
    const compared = Array.from({ length: job.headlines }, (_, headline) => {
      const random = seededRandom(deriveSeed(job.seed, "report", shape.id, String(job.groups), String(number), String(headline)));
      const ratio = headline < job.differing ? job.ratio : 1;
      // Another experiment gives the other arm's control: the blocks of one arm are alike.
      const [one, other] = [0, 1].map(() => makeExperiment(shape, job.groups, job.samplesPerBlock, ratio, random));
      const compare = (groups: Parameters<typeof compareQuantiles>[0]): ReturnType<typeof compareQuantiles>[number] => {
        const [median] = compareQuantiles(groups, [0.5], { random, resamples: job.resamples });
        if (median === undefined) throw new RangeError("One quantile was asked for.");
        return median;
      };
      return {
        effect: compare(one?.effect ?? []),
        controls: [one, other].map((experiment) => compare(controlGroups(experiment?.control ?? [], random))),
      };
    });
    const controls = compared.flatMap((one) => one.controls);
    const control = summariseControls(controls.map(({ pValue, ratioInterval }) => ({ pValue, falseAlarm: !contains(ratioInterval, 1) })));
    const adjusted = benjaminiHochberg(compared.map(({ effect }) => effect.pValue));
    const verdicts = compared.map(({ effect, controls: own }, index) =>
      judge(
        {
          ratio: effect.ratio,
          interval: effect.ratioInterval,
          difference: effect.difference,
          controls: own.map(({ ratioInterval }) => ratioInterval),
          resolution: 0,
          larger: Math.max(effect.numerator, effect.denominator),
          floor: null,
        },
        adjusted[index] ?? 1,
      ),
    );
    counts.reports++;
    counts.headlines += compared.length;
    counts.intervalsExclude1 += compared.filter(({ effect }) => !contains(effect.ratioInterval, 1)).length;
    const differs = (index: number): boolean => index < job.differing;
    const called = verdicts.flatMap((verdict, index) => (verdict.kind === "lower" ? [{ arm: verdict.arm, index }] : []));
    const rightly = called.filter(({ arm, index }) => differs(index) && arm === (job.ratio > 1 ? "sse" : "ws"));
    const alike = verdicts.flatMap(({ kind }, index) => (kind === "alike" ? [index] : []));
    if (rightly.length < called.length) counts.falseReports++;
    counts.called += called.length;
    counts.calledRightly += rightly.length;
    counts.differing += job.differing;
    counts.alike += alike.length;
    counts.alikeWrongly += alike.filter(differs).length;
    counts.controls += controls.length;
    counts.falseAlarms += control.falseAlarms;
    if (holm(controls.map(({ pValue }) => pValue)).some((pValue) => pValue <= ERROR_LEVEL)) counts.correctedReports++;
    if (!control.quiet) counts.distrustedReports++;
  }
  return counts;
}
