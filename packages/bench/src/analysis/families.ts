import { benjaminiHochberg, blocksNeeded } from "../stats/index.ts";
import { isConcludedFrom } from "./claims.ts";
import type { MeasuredCondition } from "./condition.ts";
import type { ScenarioResult } from "../results/schema.ts";
import type { Analysis, Comparison, ConditionAnalysis, Family, Verdict, WithoutMarked } from "./facts/index.ts";
import type { Measured } from "./measure-metric.ts";
import { judgePeers } from "./peers.ts";
import { betterArm, ERROR_LEVEL, judge, LEAST_GROUPS } from "./verdict.ts";

export interface MeasuredScenario {
  readonly result: ScenarioResult;
  readonly conditions: readonly MeasuredCondition[];
}

/** The effect that a report says how many pair groups would show. */
export const EFFECT_WANTED = 1.05;
/** Of the headlines, the share that is assumed to differ: it sets the level at which the correction calls the last of them. */
const SHARE_ASSUMED = 0.25;

/** One comparison in all places where it is judged: as measured, and without the marked groups. */
interface Entry {
  readonly family: Family;
  readonly measured: Measured;
  readonly clean: Measured;
}

export interface Judged {
  readonly conditions: ReadonlyMap<MeasuredCondition, ConditionAnalysis>;
  readonly families: Analysis["families"];
}

/** The verdicts of all comparisons of a report: each needs the p-values of its whole family. */
export function judgeAll(scenarios: readonly MeasuredScenario[]): Judged {
  const entries = new Map<Measured, Entry>();
  for (const { result, conditions } of scenarios) {
    for (const { measured, withoutMarked } of conditions) {
      for (const one of measured) {
        const family = isConcludedFrom(result, one.metric, one.quantile) ? "headline" : "other";
        const clean = withoutMarked?.find(({ metric, quantile }) => metric === one.metric && quantile === one.quantile);
        entries.set(one, { family, measured: one, clean: clean ?? one });
      }
    }
  }
  const asMeasured = adjust([...entries.values()].map(({ family, measured }) => ({ family, measured })));
  const clean = adjust([...entries.values()].map(({ family, clean: measured }) => ({ family, measured })));
  const families = { headline: 0, other: 0 };
  for (const { family, measured } of entries.values()) if (measured.effect !== null) families[family]++;

  const peers = judgePeers(scenarios.flatMap(({ conditions }) => conditions.map((one) => one.peers)));
  const finished = scenarios.flatMap(({ result, conditions }) =>
    conditions.map((measuredCondition): [MeasuredCondition, ConditionAnalysis] => {
      const { condition, measured, withoutMarked, contaminatedGroups, unsteadyGroups } = measuredCondition;
      const comparisons = measured.flatMap((one): Comparison[] => {
        const entry = entries.get(one);
        const metric = result.metrics.find(({ id }) => id === one.metric);
        if (entry === undefined || metric === undefined) return [];
        const verdict = verdictOf(one, asMeasured);
        const { evidence: _evidence, standardError, ...shown } = one;
        return [
          {
            ...shown,
            family: entry.family,
            adjustedPValue: asMeasured.get(one) ?? null,
            verdict,
            better: betterArm(verdict, metric),
            withoutMarked: withoutMarked === null ? null : withoutMarkedOf(one, entry.clean, verdict, verdictOf(entry.clean, clean)),
            groupsNeeded: standardError === null ? null : groupsNeeded(one.groups, standardError),
          },
        ];
      });
      const beside = peers.get(measuredCondition.peers) ?? { comparisons: [], text: [], notAsked: [] };
      return [measuredCondition, { condition, comparisons, peers: beside, contaminatedGroups, unsteadyGroups }];
    }),
  );
  return { conditions: new Map(finished), families };
}

/** Each family by itself. */
function adjust(all: readonly { readonly family: Family; readonly measured: Measured }[]): ReadonlyMap<Measured, number> {
  const adjusted = new Map<Measured, number>();
  for (const family of ["headline", "other"] as const) {
    const members = all.flatMap(({ family: of, measured }) =>
      of === family && measured.effect !== null ? [{ measured, pValue: measured.effect.pValue }] : [],
    );
    const pValues = benjaminiHochberg(members.map(({ pValue }) => pValue));
    for (const [index, { measured }] of members.entries()) adjusted.set(measured, pValues[index] ?? Number.NaN);
  }
  return adjusted;
}

function verdictOf(measured: Measured, adjusted: ReadonlyMap<Measured, number>): Verdict {
  const { evidence } = measured;
  if ("code" in evidence) return { kind: "not-enough-data", reason: evidence };
  return judge(evidence, adjusted.get(measured) ?? 1);
}

function withoutMarkedOf(measured: Measured, clean: Measured, verdict: Verdict, without: Verdict): WithoutMarked {
  return {
    groups: clean.groups,
    marked: measured.groups - clean.groups,
    ratio: clean.effect?.ratio ?? null,
    interval: clean.effect?.interval ?? null,
    verdict: without,
    changes: saidBy(without) !== saidBy(verdict),
  };
}

/** Alike or not told is no other conclusion: fewer groups make every interval wider. */
function saidBy(verdict: Verdict): string {
  if (verdict.kind === "lower") return verdict.arm;
  return verdict.kind === "alike" ? "no-difference" : verdict.kind;
}

/** At the level that the correction leaves where {@link SHARE_ASSUMED} of all differ; never fewer than a verdict needs. */
export function groupsNeeded(groups: number, standardError: number): number {
  const confidence = 1 - ERROR_LEVEL * SHARE_ASSUMED;
  return Math.max(LEAST_GROUPS, blocksNeeded({ groups, standardError }, { ratio: EFFECT_WANTED, confidence }));
}
