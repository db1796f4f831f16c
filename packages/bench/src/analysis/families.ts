import { benjaminiHochberg } from "../stats/index.ts";
import { isConcludedFrom } from "./claims.ts";
import type { MeasuredCondition } from "./condition.ts";
import { judgeControls, type MeasuredControls } from "./controls.ts";
import type { Metric, ScenarioResult } from "../results/schema.ts";
import type { Analysis, Comparison, ConditionAnalysis, Control, ControlSummary, Family, Verdict, WithoutMarked } from "./facts/index.ts";
import { jsonEffect, jsonSize } from "./json.ts";
import { withReportErrors, type Measured, type MeasuredControl } from "./measure-metric.ts";
import { doesMeanDiffer } from "./mean-differs.ts";
import { judgePeers } from "./peers.ts";
import { betterArm, judge, pValueOf, transports, type Evidence } from "./verdict.ts";

export interface MeasuredScenario {
  readonly result: ScenarioResult;
  readonly conditions: readonly MeasuredCondition[];
}

/** One comparison in all places where it is judged: as measured, and without the marked groups. */
interface Entry {
  readonly family: Family;
  readonly measured: Measured;
  readonly clean: Measured;
}

export interface Judged {
  readonly conditions: ReadonlyMap<MeasuredCondition, ConditionAnalysis>;
  readonly families: Analysis["families"];
  readonly control: ControlSummary;
}

/** The verdicts of all comparisons of a report: each needs what its control says, and the p-values of its whole family. */
export function judgeAll(scenarios: readonly MeasuredScenario[]): Judged {
  const control = judgeControls(scenarios.flatMap(firstControls));
  const by = control.errorsMultipliedBy;
  const entries = new Map<Measured, Entry>();
  for (const { result, conditions } of scenarios) {
    for (const { measured, withoutMarked } of conditions) {
      for (const one of measured) {
        const family = isConcludedFrom(result, one.metric, one.statistic) ? "headline" : "other";
        const clean = withoutMarked?.find(({ metric, statistic }) => metric === one.metric && statistic === one.statistic);
        entries.set(one, { family, measured: withReportErrors(one, by), clean: withReportErrors(clean ?? one, by) });
      }
    }
  }
  const all = [...entries.values()];
  const asMeasured = adjust(all.map(({ family, measured }) => ({ family, measured })));
  const clean = adjust(all.map(({ family, clean: measured }) => ({ family, measured })));
  const families = { headline: 0, other: 0 };
  for (const { family, measured } of all) if (asMeasured.has(measured)) families[family]++;

  const peers = judgePeers(
    scenarios.flatMap(({ conditions }) => conditions.map((one) => one.peers)),
    by,
  );
  const finished = scenarios.flatMap(({ result, conditions }) =>
    conditions.map((measuredCondition): [MeasuredCondition, ConditionAnalysis] => {
      const { condition, measured, withoutMarked, contaminatedGroups, unsteadyGroups } = measuredCondition;
      const comparisons = measured.flatMap((one): Comparison[] => {
        const entry = entries.get(one);
        const metric = result.metrics.find(({ id }) => id === one.metric);
        return entry === undefined || metric === undefined
          ? []
          : [finish(entry, metric, measured, { asMeasured, clean: withoutMarked === null ? null : clean })];
      });
      const beside = peers.get(measuredCondition.peers) ?? { comparisons: [], text: [], notAsked: [] };
      return [measuredCondition, { condition, comparisons, peers: beside, contaminatedGroups, unsteadyGroups }];
    }),
  );
  return { conditions: new Map(finished), families, control };
}

/** One for each setting and transport: the controls of several metrics of a block would not be independent. */
function firstControls({ result: { metrics }, conditions }: MeasuredScenario): MeasuredControls {
  const [first] = metrics;
  return conditions.flatMap(({ measured }) =>
    measured
      .filter(({ metric, statistic }) => metric === first?.id && statistic === first.quantiles[0])
      .flatMap(({ controls }) => controls.map(({ effects }) => effects)),
  );
}

type Adjusted = ReadonlyMap<Measured, number>;

/** Each family by itself; constants are not tested. */
function adjust(all: readonly { readonly family: Family; readonly measured: Measured }[]): Adjusted {
  const adjusted = new Map<Measured, number>();
  for (const family of ["headline", "other"] as const) {
    const members = all.flatMap(({ family: of, measured }) =>
      of === family && !("code" in measured.evidence) && !measured.evidence.isConstant
        ? [{ measured, pValue: pValueOf(measured.evidence) }]
        : [],
    );
    const pValues = benjaminiHochberg(members.map(({ pValue }) => pValue));
    for (const [index, { measured }] of members.entries()) adjusted.set(measured, pValues[index] ?? Number.NaN);
  }
  return adjusted;
}

function finish(
  { family, measured, clean }: Entry,
  metric: Metric,
  others: readonly Measured[],
  adjusted: { readonly asMeasured: Adjusted; readonly clean: Adjusted | null },
): Comparison {
  const { evidence, controls, pooledRatio: _pooledRatio, ...shown } = measured;
  const effects: Evidence | null = "code" in evidence ? null : evidence;
  const adjustedPValue = adjusted.asMeasured.get(measured) ?? null;
  const verdict = verdictOf(measured, adjusted.asMeasured);
  const mean = others.find((one) => one.metric === measured.metric && one.statistic === "mean");
  return {
    ...shown,
    effect: effects === null ? null : jsonEffect(effects),
    size: effects === null ? null : jsonSize(effects, adjustedPValue ?? 1),
    controls: effects === null ? [] : controls.filter((one) => !one.effects.isConstant).map(jsonControl),
    family,
    adjustedPValue,
    meanDiffers: mean !== undefined && doesMeanDiffer(measured, mean),
    withoutMarked: adjusted.clean === null ? null : withoutMarkedOf(measured, clean, verdict, verdictOf(clean, adjusted.clean)),
    verdict,
    better: betterArm(verdict, metric),
  };
}

function jsonControl({ arm, effects }: MeasuredControl): Control {
  const { ratio, interval, pValue } = jsonEffect(effects);
  return { arm, ratio, interval, pValue };
}

function verdictOf(measured: Measured, adjusted: Adjusted): Verdict {
  const { evidence } = measured;
  if ("code" in evidence) return { kind: "not-enough-data", reason: evidence };
  return judge(evidence, adjusted.get(measured) ?? 1, transports);
}

function withoutMarkedOf(measured: Measured, clean: Measured, verdict: Verdict, without: Verdict): WithoutMarked {
  const effect = "code" in clean.evidence ? null : jsonEffect(clean.evidence);
  return {
    groups: clean.groups,
    marked: measured.groups - clean.groups,
    ratio: effect?.ratio ?? null,
    interval: effect?.interval ?? null,
    verdict: without,
    changes: saidBy(without) !== saidBy(verdict),
  };
}

/** Which side is lower, and whether that matters. Undecided is no other conclusion: fewer groups make every interval wider. */
function saidBy(verdict: Verdict): string {
  switch (verdict.kind) {
    case "matters":
      return verdict.lower;
    case "not-enough-data":
      return verdict.kind;
    default:
      return "nothing that matters";
  }
}
