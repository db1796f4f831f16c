/** What people use today, held against ours of the same transport: ours over peer's, by the rule that judges the transports. */
import type { Arm, Condition, Metric, ScenarioResult } from "../results/schema.ts";
import { benjaminiHochberg, compareQuantiles, deriveSeed, quantile, samplesNeeded, seededRandom, type Interval } from "../stats/index.ts";
import type { ComparedArm, JsonInterval, NotEnoughData, PeerAnalysis, PeerComparison, PeerText, PeerVerdict } from "./facts/index.ts";
import { usableBlocks } from "./groups.ts";
import { jsonEffect } from "./json.ts";
import { measureMetric, NOTHING_TO_COMPARE, tooFew, whyTailDisagrees, type CompareOptions, type Measured } from "./measure-metric.ts";
import { addIntegrity } from "./totals.ts";
import { judge, LEAST_GROUPS, type Evidence } from "./verdict.ts";

/** A comparison with a peer before its verdict, which needs those of all others. */
interface MeasuredComparison extends Omit<PeerComparison, "verdict" | "adjustedPValue"> {
  readonly evidence: Evidence | NotEnoughData;
}

export interface MeasuredPeers extends Omit<PeerAnalysis, "comparisons"> {
  readonly comparisons: readonly MeasuredComparison[];
}

type PeerArm = Arm & { readonly peer: NonNullable<Arm["peer"]> };

export function isPeer(arm: Arm): arm is PeerArm {
  return arm.peer !== undefined;
}

export function measurePeers(scenario: ScenarioResult, condition: Condition, options: CompareOptions): MeasuredPeers {
  const peers = scenario.arms.filter(isPeer);
  const withoutPeers = pairsWithoutPeers(scenario, condition, peers);
  return {
    comparisons: scenario.metrics.flatMap((metric) => {
      const compared = peers.flatMap((peer) => comparisonsWith(scenario, condition, metric, peer, options).map((one) => ({ one, peer })));
      if (compared.length === 0) return [];
      // From the same groups as the comparison: more of them would make a control that is narrower than its noise.
      const ours = measureMetric(scenario, condition, metric, options, withoutPeers);
      return compared.map(({ one, peer }) => ({ ...one, evidence: withControl(one, peer, ours) }));
    }),
    text: peers.flatMap((peer) => textOf(scenario, condition, peer)),
    notAsked: peers.flatMap(({ id, label, peer: { notAsked } }) =>
      notAsked.filter((one) => one.condition === condition.id).map(({ reason }) => ({ arm: id, label, reason })),
    ),
  };
}

function pairsWithoutPeers({ blocks }: ScenarioResult, { id }: Condition, peers: readonly PeerArm[]): ReadonlySet<number> {
  const here = blocks.filter(({ condition }) => condition === id);
  const withPeers = new Set(here.filter(({ arm }) => peers.some((peer) => peer.id === arm)).map(({ pair }) => pair));
  return new Set(here.map(({ pair }) => pair).filter((pair) => !withPeers.has(pair)));
}

function comparisonsWith(
  scenario: ScenarioResult,
  condition: Condition,
  metric: Metric,
  { id, label, peer: { beside } }: PeerArm,
  { seed, resamples }: CompareOptions,
): MeasuredComparison[] {
  const groups = groupsWith(scenario, condition, metric, id, beside);
  if (groups.length === 0) return [];
  const random = seededRandom(deriveSeed(seed, scenario.name, condition.id, metric.id, "peer", id));
  const effects = groups.length < LEAST_GROUPS ? [] : compareQuantiles(groups, metric.quantiles, { random, resamples });
  const pooled = { ours: groups.flatMap(({ numerator }) => numerator), theirs: groups.flatMap(({ denominator }) => denominator) };
  const fewest = Math.min(pooled.ours.length, pooled.theirs.length);
  return metric.quantiles.map((probability) => {
    const needed = samplesNeeded(probability);
    const valueOf = (samples: readonly number[]): number | null => (samples.length < needed ? null : quantile(samples, probability));
    const base = {
      metric: metric.id,
      quantile: probability,
      arm: id,
      label,
      beside,
      ours: valueOf(pooled.ours),
      theirs: valueOf(pooled.theirs),
      groups: groups.length,
    };
    const effect = effects.find((one) => one.quantile === probability);
    const missing = tooFew(groups.length, fewest, probability) ?? whyTailDisagrees(effect);
    if (missing !== null || effect === undefined) return { ...base, effect: null, evidence: missing ?? NOTHING_TO_COMPARE };
    return {
      ...base,
      effect: jsonEffect(effect),
      evidence: {
        ratio: effect.ratio,
        interval: effect.ratioInterval,
        difference: effect.difference,
        controls: [],
        resolution: 0,
        larger: Math.max(effect.numerator, effect.denominator),
        floor: null,
      },
    };
  });
}

interface SharedGroup {
  readonly numerator: readonly number[];
  readonly denominator: readonly number[];
}

/** Ours over the peer's, in the groups in which both were measured: a peer has one block of a group, ours two. */
function groupsWith(scenario: ScenarioResult, { id }: Condition, metric: Metric, peer: string, beside: ComparedArm): SharedGroup[] {
  const byPair = (arm: string): Map<number, number[][]> => {
    const pairs = new Map<number, number[][]>();
    for (const { pair, samples } of usableBlocks(scenario, id, arm, metric.id))
      pairs.set(pair, [...(pairs.get(pair) ?? []), samples[metric.id] ?? []]);
    return pairs;
  };
  const ours = byPair(beside);
  return [...byPair(peer)].flatMap(([pair, theirs]) => {
    const own = ours.get(pair);
    return own?.length === 2 ? [{ numerator: own.flat(), denominator: theirs.flat() }] : [];
  });
}

/** A peer's own noise has no control, since it has one block in a group: ours of the same transport stands for both. */
function withControl(
  { metric, quantile: at, evidence }: MeasuredComparison,
  { peer }: PeerArm,
  measured: readonly Measured[],
): Evidence | NotEnoughData {
  if ("code" in evidence) return evidence;
  const ours = measured.find((one) => one.metric === metric && one.quantile === at);
  const controls = (ours?.controls ?? []).filter(({ arm }) => arm === peer.beside).map(({ interval }) => bounded(interval));
  const floor = ours === undefined || "code" in ours.evidence ? null : ours.evidence.floor;
  return { ...evidence, controls, resolution: ours?.resolution ?? 0, floor };
}

function bounded({ low, high }: JsonInterval): Interval {
  return { low: low ?? Infinity, high: high ?? Infinity };
}

function textOf(scenario: ScenarioResult, { id: condition }: Condition, { id, label }: PeerArm): PeerText[] {
  const blocks = scenario.blocks.filter((block) => block.condition === condition && block.arm === id && block.error === undefined);
  const [first] = addIntegrity(blocks, { id, label });
  if (first === undefined) return [];
  const sum = (name: string): number => blocks.reduce((total, { values }) => total + (values[name] ?? 0), 0);
  return [{ ...first, faults: sum("faults"), unanswered: sum("unanswered") }];
}

/** The verdicts of all comparisons with peers: a family of their own, so that the transports' own verdicts are the same without them. */
export function judgePeers(all: readonly MeasuredPeers[]): ReadonlyMap<MeasuredPeers, PeerAnalysis> {
  const comparisons = all.flatMap((one) => one.comparisons);
  const compared = comparisons.flatMap((one) => (one.effect === null ? [] : [{ one, pValue: one.effect.pValue }]));
  const corrected = benjaminiHochberg(compared.map(({ pValue }) => pValue));
  const adjusted = new Map(compared.map(({ one }, index) => [one, corrected[index] ?? Number.NaN]));
  return new Map(
    all.map((measured) => [
      measured,
      {
        ...measured,
        comparisons: measured.comparisons.map((one): PeerComparison => {
          const { evidence, ...shown } = one;
          const adjustedPValue = adjusted.get(one) ?? null;
          return { ...shown, adjustedPValue, verdict: verdictOf(evidence, adjustedPValue) };
        }),
      },
    ]),
  );
}

function verdictOf(evidence: Evidence | NotEnoughData, adjustedPValue: number | null): PeerVerdict {
  if ("code" in evidence) return { kind: "not-enough-data", reason: evidence };
  const verdict = judge(evidence, adjustedPValue ?? 1);
  // The rule's WebSocket is what stands above the line, which here is ours.
  return verdict.kind === "lower" ? { kind: "lower", side: verdict.arm === "ws" ? "ours" : "peer" } : verdict;
}
