/** The waits that a session is the sum of, as a run measured them. */
import { blocksByPair, isCompared } from "../analysis/groups.ts";
import { instrumentOf } from "../analysis/instrument.ts";
import { LEAST_GROUPS } from "../analysis/verdict.ts";
import { NOT_ASKED } from "../results/names.ts";
import type { Results, ScenarioResult } from "../results/schema.ts";
import type { MissingReason } from "./facts.ts";
import type { SessionAction, SessionWait } from "./kinds.ts";
import type { Pairing, Place } from "./places.ts";

export type RunOptions = Partial<Pick<Results["options"], "depth" | "traffic" | "handicap">>;

/** A scenario of a run, and what the run's control says of its errors (METHOD.md, "From samples to a verdict"). */
export interface Source {
  readonly scenario: ScenarioResult;
  readonly errorsMultipliedBy: number;
  /** The same for all scenarios of one run, and for no other. */
  readonly run: symbol;
  /** How it was run. Runs of another depth, of other traffic, or with a handicap measure something else. */
  readonly how: RunOptions;
  /** Of a deployment, which is at none of the places. */
  readonly isRemote: boolean;
}

/** One kind of wait: its mean over each transport, in each pair group. */
export interface MeasuredWait {
  readonly action: SessionAction;
  readonly wait: SessionWait;
  readonly source: Source;
  readonly byPair: ReadonlyMap<number, { readonly sse: number; readonly ws: number }>;
}

/** METHOD.md: four blocks make a pair group, so two of each arm that is compared. Further arms have one block beside it. */
const BLOCKS_PER_ARM = 2;

/** Of several runs, the reason of the one that came nearest to measuring it. */
const nearness: readonly ((reason: MissingReason) => boolean)[] = [
  ({ code }) => code === "too-few-groups",
  (reason) => reason.code === "not-run" && reason.notRun !== NOT_ASKED,
  ({ code }) => code === "no-such-setting",
  ({ code }) => code === "other-instrument" || code === "at-a-deployment",
  () => true,
];

/** Of each run that measured it; where none did, why. */
export function measuredWaits(
  sources: readonly Source[],
  action: SessionAction,
  wait: SessionWait,
  place: Place,
  pairing: Pairing,
): readonly [MeasuredWait, ...MeasuredWait[]] | MissingReason {
  const found: MeasuredWait[] = [];
  const reasons: MissingReason[] = [];
  for (const source of sources.filter(({ scenario }) => scenario.name === wait.scenario)) {
    const one = waitIn(source, action, wait, place, pairing);
    if ("byPair" in one) found.push(one);
    else reasons.push(one);
  }
  const [first, ...others] = found;
  if (first !== undefined) return [first, ...others];
  return nearness.flatMap((isOf) => reasons.find(isOf) ?? [])[0] ?? { code: "not-run", notRun: null };
}

/** A setting may have changed under its name from one version to the next. */
export function isAlike(one: MeasuredWait, other: MeasuredWait): boolean {
  const said = ({ source: { scenario, how }, wait }: MeasuredWait): string =>
    JSON.stringify([scenario.conditions.find(({ id }) => id === wait.condition)?.factors, how.depth, how.traffic, how.handicap]);
  return said(one) === said(other);
}

function waitIn(source: Source, action: SessionAction, wait: SessionWait, place: Place, pairing: Pairing): MeasuredWait | MissingReason {
  const { scenario } = source;
  if (scenario.notRun !== null) return { code: "not-run", notRun: scenario.notRun };
  if (source.isRemote) return { code: "at-a-deployment" };
  if (!isMeasuredAt(place, scenario)) return { code: "other-instrument" };
  const condition = scenario.conditions.find(({ id }) => id === wait.condition);
  if (condition === undefined) return { code: "no-such-setting" };
  if (condition.notRun !== undefined) return { code: "not-run", notRun: condition.notRun };
  const [sse, ws] = [pairing.sse, pairing.ws].map((arm) => meansByPair(scenario, wait, wait.sameAs?.[arm] ?? arm));
  const byPair = new Map(
    [...(sse ?? [])].flatMap(([pair, mean]) => (ws?.has(pair) ? [[pair, { sse: mean, ws: ws.get(pair) ?? mean }]] : [])),
  );
  if (byPair.size < LEAST_GROUPS) return { code: "too-few-groups", groups: byPair.size, needed: LEAST_GROUPS };
  return { action, wait, source, byPair };
}

/** Whether it was measured with the place's instrument, and has all arms that are compared there: an older network had one version of HTTP. */
function isMeasuredAt({ instrument, pairings }: Place, scenario: ScenarioResult): boolean {
  if (instrumentOf(scenario, false) !== instrument) return false;
  const arms = new Set(scenario.arms.map(({ id }) => id));
  return pairings.every(({ sse, ws }) => arms.has(sse) && arms.has(ws));
}

/** Half of an A B B A is not compared: a drift would fall on one arm. */
function meansByPair(scenario: ScenarioResult, { condition, metric }: SessionWait, arm: string): Map<number, number> {
  const least = isCompared(arm) ? BLOCKS_PER_ARM : 1;
  const groups = [...blocksByPair(scenario, condition, arm, metric)].filter(([, blocks]) => blocks.length >= least);
  return new Map(groups.map(([pair, blocks]) => [pair, meanOf(blocks.map(meanOf))]));
}

export function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
