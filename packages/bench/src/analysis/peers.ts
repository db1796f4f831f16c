/** What people use today, held against ours of the same transport: ours over peer's, by the rule that judges the transports. */
import type { Arm, Condition, Environment, Metric, ScenarioResult } from "../results/schema.ts";
import { benjaminiHochberg, groupEffects, samplesNeeded, statisticOf, type PairGroup, type Statistic } from "../stats/index.ts";
import type { ComparedArm, NotEnoughData, PeerAnalysis, PeerComparison, PeerText, PeerVerdict } from "./facts/index.ts";
import { blocksByPair } from "./groups.ts";
import { jsonEffect, jsonSize } from "./json.ts";
import { statisticsOf, tooFew, whyTailDisagrees } from "./measure-metric.ts";
import { smallestEffectOf } from "./smallest-effects.ts";
import { addIntegrity } from "./totals.ts";
import { floorOf, judge, pValueOf, resolutionOf, withInflation, type Evidence, type Sides } from "./verdict.ts";

/** A comparison with a peer before its verdict, which needs those of all others. */
interface MeasuredComparison extends Omit<PeerComparison, "verdict" | "adjustedPValue" | "effect" | "size"> {
  readonly evidence: Evidence | NotEnoughData;
}

const sides: Sides<"ours" | "peer"> = { numerator: "ours", denominator: "peer" };

export interface MeasuredPeers extends Omit<PeerAnalysis, "comparisons"> {
  readonly comparisons: readonly MeasuredComparison[];
}

type PeerArm = Arm & { readonly peer: NonNullable<Arm["peer"]> };

export function isPeer(arm: Arm): arm is PeerArm {
  return arm.peer !== undefined;
}

export function measurePeers(scenario: ScenarioResult, condition: Condition, environment: Environment): MeasuredPeers {
  const peers = scenario.arms.filter(isPeer);
  return {
    comparisons: scenario.metrics.flatMap((metric) =>
      peers.flatMap((peer) => comparisonsWith(scenario, condition, metric, peer, environment)),
    ),
    text: peers.flatMap((peer) => textOf(scenario, condition, peer)),
    notAsked: peers.flatMap(({ id, label, peer: { notAsked } }) =>
      notAsked.filter((one) => one.condition === condition.id).map(({ reason }) => ({ arm: id, label, reason })),
    ),
  };
}

function comparisonsWith(
  scenario: ScenarioResult,
  condition: Condition,
  metric: Metric,
  { id, label, peer: { beside } }: PeerArm,
  environment: Environment,
): MeasuredComparison[] {
  const groups = groupsWith(scenario, condition, metric, id, beside);
  if (groups.length === 0) return [];
  const ours = groups.flatMap(({ numerator }) => numerator.flat());
  const theirs = groups.flatMap(({ denominator }) => denominator.flat());
  return statisticsOf(scenario, condition, metric).map((statistic) => {
    const valueOf = (samples: readonly number[]): number | null =>
      samples.length < samplesNeeded(statistic) ? null : statisticOf(samples, statistic);
    const values = { ours: valueOf(ours), theirs: valueOf(theirs) };
    const evidence =
      tooFew(groups.length, Math.min(ours.length, theirs.length), statistic) ??
      evidenceOf(scenario, condition, metric, { statistic, groups, environment, ...values });
    return { metric: metric.id, statistic, arm: id, label, beside, ...values, groups: groups.length, evidence };
  });
}

function evidenceOf(
  scenario: ScenarioResult,
  { id }: Condition,
  metric: Metric,
  {
    statistic,
    groups,
    environment,
    ours,
    theirs,
  }: {
    readonly statistic: Statistic;
    readonly groups: readonly PairGroup[];
    readonly environment: Environment;
    readonly ours: number | null;
    readonly theirs: number | null;
  },
): Evidence {
  const floor = [...blocksByPair(scenario, id, "floor", metric.id).values()].flat(2);
  return {
    ...groupEffects(groups, statistic),
    resolution: resolutionOf(metric, statistic, environment),
    larger: Math.max(ours ?? 0, theirs ?? 0),
    floor: floor.length === 0 ? null : floorOf(metric, [{ arm: "floor", value: statisticOf(floor, statistic) }]),
    smallest: smallestEffectOf(scenario, metric, statistic),
  };
}

/** As of the transports: only these errors say whether a few blocks made a tail. */
function withReportErrors({ evidence, statistic, ours, theirs }: MeasuredComparison, errorsMultipliedBy: number): Evidence | NotEnoughData {
  if ("code" in evidence) return evidence;
  const inflated = withInflation(evidence, errorsMultipliedBy);
  return whyTailDisagrees(inflated, statistic, (ours ?? 0) / (theirs ?? 0)) ?? inflated;
}

/** Ours over the peer's, in the groups in which both were measured: a peer has one block of a group, ours two. */
function groupsWith(scenario: ScenarioResult, { id }: Condition, metric: Metric, peer: string, beside: ComparedArm): PairGroup[] {
  const ours = blocksByPair(scenario, id, beside, metric.id);
  return [...blocksByPair(scenario, id, peer, metric.id)].flatMap(([pair, denominator]) => {
    const numerator = ours.get(pair);
    return numerator?.length === 2 ? [{ numerator, denominator }] : [];
  });
}

function textOf(scenario: ScenarioResult, { id: condition }: Condition, { id, label }: PeerArm): PeerText[] {
  const blocks = scenario.blocks.filter((block) => block.condition === condition && block.arm === id && block.error === undefined);
  const [first] = addIntegrity(blocks, { id, label });
  if (first === undefined) return [];
  const sum = (name: string): number => blocks.reduce((total, { values }) => total + (values[name] ?? 0), 0);
  return [{ ...first, faults: sum("faults"), unanswered: sum("unanswered") }];
}

/**
 * The verdicts of all comparisons with peers: a family of their own, so that the transports' own verdicts are the same without them.
 *
 * @param errorsMultipliedBy what the report's control asks for
 */
export function judgePeers(all: readonly MeasuredPeers[], errorsMultipliedBy: number): ReadonlyMap<MeasuredPeers, PeerAnalysis> {
  const evidences = new Map(
    all.flatMap(({ comparisons }) => comparisons.map((one) => [one, withReportErrors(one, errorsMultipliedBy)] as const)),
  );
  const tested = [...evidences].flatMap(([one, evidence]) =>
    "code" in evidence || evidence.isConstant ? [] : [{ one, pValue: pValueOf(evidence) }],
  );
  const corrected = benjaminiHochberg(tested.map(({ pValue }) => pValue));
  const adjusted = new Map(tested.map(({ one }, index) => [one, corrected[index] ?? Number.NaN]));
  return new Map(
    all.map((measured) => [
      measured,
      {
        ...measured,
        comparisons: measured.comparisons.map((one): PeerComparison => {
          const { evidence: raw, ...shown } = one;
          const evidence = evidences.get(one) ?? raw;
          const adjustedPValue = adjusted.get(one) ?? null;
          if ("code" in evidence) {
            return { ...shown, effect: null, size: null, adjustedPValue, verdict: { kind: "not-enough-data", reason: evidence } };
          }
          const verdict: PeerVerdict = judge(evidence, adjustedPValue ?? 1, sides);
          return { ...shown, effect: jsonEffect(evidence), size: jsonSize(evidence, adjustedPValue ?? 1), adjustedPValue, verdict };
        }),
      },
    ]),
  );
}
