import { LEAST_GROUPS } from "../analysis/verdict.ts";
import { combineRuns, predictionError, studentInterval } from "../stats/index.ts";
import type { ActionFigures, Choice, MissingFigures, SessionCell } from "./facts.ts";
import type { SessionKind } from "./kinds.ts";
import type { Pairing, Place } from "./places.ts";
import { meanOf, measuredWaits, type MeasuredWait, type Source } from "./waits.ts";

/** A mean with its error, in ms: of a run's pair groups, or of several runs. */
interface Estimated {
  readonly mean: number;
  readonly variance: number;
  readonly degrees: number;
}

/** Waits of the same blocks, in a session. */
interface Part {
  readonly groups: number;
  readonly actions: readonly ActionFigures[];
  readonly difference: Estimated;
  /** Of another run; `null` where one run measured it. */
  readonly predicted: Estimated | null;
}

/** Of one wait: half of the 100 ms within which a result seems to come at once (METHOD.md, "The smallest effects of interest"). */
export const SMALLEST_WAIT_MS = 50;

/**
 * A session as a sum of measured waits. Means add up, medians do not, so means are summed. The variance of the sum is that of its parts, each
 * times the square of how often it happens; its degrees of freedom are Satterthwaite's (1946). What several runs measured is their mean by random
 * effects (METHOD.md, "Several runs together").
 *
 * @returns `null` where none of its waits is defined at the place
 */
export function figuresOf(sources: readonly Source[], kind: SessionKind, place: Place, pairing: Pairing): SessionCell | null {
  const where = { kind: kind.id, place: place.id, pairing: pairing.id };
  const waits: MeasuredWait[] = [];
  const missing: MissingFigures["missing"] = [];
  for (const action of kind.actions) {
    const wait = action.at[place.id];
    if (wait === undefined) continue;
    const found = measuredWaits(sources, action, wait, place, pairing);
    if ("code" in found) missing.push({ action: action.id, scenario: wait.scenario, reason: found });
    else waits.push(...found);
  }
  if (waits.length + missing.length === 0) return null;
  const parts = partsOf(waits).map(overRuns);
  for (const { groups, actions } of parts)
    if (groups < LEAST_GROUPS)
      missing.push(
        ...actions.map(({ action, scenario }) => ({
          action,
          scenario,
          reason: { code: "too-few-groups" as const, groups, needed: LEAST_GROUPS },
        })),
      );
  if (missing.length > 0) return { ...where, missing };

  const actions = parts.flatMap((part) => part.actions);
  const sum = (of: (action: ActionFigures) => number): number => actions.reduce((all, action) => all + action.times * of(action), 0);
  const sseMs = kind.modelMs + sum((action) => action.sseMs);
  const wsMs = kind.modelMs + sum((action) => action.wsMs);
  const difference = sumOf(parts.map((part) => part.difference));
  const predicted = parts.flatMap((part) => part.predicted ?? []);
  return {
    ...where,
    actions,
    sseMs,
    wsMs,
    difference: difference.mean,
    interval: intervalOf(difference, 0.95),
    prediction: predicted.length < parts.length ? null : intervalOf(sumOf(predicted), 0.95),
    savedMs: Math.abs(difference.mean) / kind.waits,
    savedShare: Math.abs(difference.mean) / Math.max(sseMs, wsMs),
    choice: choiceOf(intervalOf(difference, 0.9), kind.waits * SMALLEST_WAIT_MS),
  };
}

/** By the 90 % interval: all of it within what nobody notices (TOST), all of it beyond, or neither. */
function choiceOf({ low, high }: { readonly low: number; readonly high: number }, smallest: number): Choice {
  if (low > -smallest && high < smallest) return "either";
  if (low > smallest) return "sse";
  if (high < -smallest) return "ws";
  return "undecided";
}

/** What of each setting is summed together, by run: a run has all of a part's waits. */
function partsOf(waits: readonly MeasuredWait[]): MeasuredWait[][][] {
  return [...Map.groupBy(waits, ({ wait }) => JSON.stringify([wait.scenario, wait.condition])).values()].flatMap((ofSetting) => {
    const ofActions = Map.groupBy(ofSetting, ({ action }) => action.id);
    const whole = byRun(ofSetting).filter((ofRun) => ofRun.length === ofActions.size);
    // Where each has some of them only, those are of different blocks.
    return whole.length > 0 ? [whole] : [...ofActions.values()].map(byRun);
  });
}

function byRun(waits: readonly MeasuredWait[]): MeasuredWait[][] {
  return [...Map.groupBy(waits, ({ source }) => source).values()];
}

/** The mean over the runs that have pair groups enough with all waits of a part. */
function overRuns(runs: readonly (readonly MeasuredWait[])[]): Part {
  const sums = runs.map(sumInGroups);
  const enough = sums.filter(({ groups }) => groups >= LEAST_GROUPS);
  const [first, ...others] = enough.length > 0 ? enough : sums.slice(0, 1);
  if (first === undefined) throw new RangeError("A wait of a session has no run.");
  if (others.length === 0) return first;
  const all = [first, ...others];
  const together = combineRuns(all.map(({ difference: { mean, variance } }) => ({ mean, standardError: Math.sqrt(variance) })));
  const weighed = (of: (sum: Part) => number): number =>
    all.reduce((mean, sum, index) => mean + (together.weights[index] ?? 0) * of(sum), 0);
  const { mean, standardError } = together;
  const degrees = all.length - 1;
  return {
    groups: all.reduce((groups, sum) => groups + sum.groups, 0),
    // By the weights of the difference, so that it is theirs.
    actions: first.actions.map((action, index) => ({
      ...action,
      runs: all.length,
      groups: all.reduce((groups, { actions }) => groups + (actions[index]?.groups ?? 0), 0),
      sseMs: weighed(({ actions }) => actions[index]?.sseMs ?? Number.NaN),
      wsMs: weighed(({ actions }) => actions[index]?.wsMs ?? Number.NaN),
    })),
    difference: { mean, variance: standardError ** 2, degrees },
    predicted: { mean, variance: predictionError(together) ** 2, degrees },
  };
}

/** Waits of the same blocks vary together, so their variances do not add up: they are summed within each pair group. */
function sumInGroups(waits: readonly MeasuredWait[]): Part {
  const [first, ...others] = waits;
  const pairs = [...(first?.byPair.keys() ?? [])].filter((pair) => others.every(({ byPair }) => byPair.has(pair)));
  const meansOf = ({ byPair }: Pick<MeasuredWait, "byPair">): { readonly sse: number; readonly ws: number }[] =>
    pairs.flatMap((pair) => byPair.get(pair) ?? []);
  const actions = waits.map(({ action, wait, ...one }) => ({
    action: action.id,
    times: action.times,
    scenario: wait.scenario,
    condition: wait.condition,
    metric: wait.metric,
    runs: 1,
    groups: pairs.length,
    sseMs: meanOf(meansOf(one).map(({ sse }) => sse)),
    wsMs: meanOf(meansOf(one).map(({ ws }) => ws)),
  }));
  const differences = pairs.map((_, index) =>
    waits.reduce((sum, one) => {
      const means = meansOf(one)[index];
      return means === undefined ? sum : sum + one.action.times * (means.ws - means.sse);
    }, 0),
  );
  const mean = meanOf(differences);
  const degrees = differences.length - 1;
  const squares = differences.reduce((sum, one) => sum + (one - mean) ** 2, 0);
  const errorsMultipliedBy = first?.source.errorsMultipliedBy ?? 1;
  return {
    groups: pairs.length,
    actions,
    difference: { mean, variance: (errorsMultipliedBy ** 2 * squares) / degrees / differences.length, degrees },
    predicted: null,
  };
}

/** Of independent estimates. */
export function sumOf(parts: readonly Estimated[]): Estimated {
  const variance = parts.reduce((sum, part) => sum + part.variance, 0);
  const below = parts.reduce((sum, part) => sum + part.variance ** 2 / part.degrees, 0);
  return {
    mean: parts.reduce((sum, part) => sum + part.mean, 0),
    variance,
    degrees: below === 0 ? Math.min(...parts.map(({ degrees }) => degrees)) : variance ** 2 / below,
  };
}

function intervalOf({ mean, variance, degrees }: Estimated, level: number): { readonly low: number; readonly high: number } {
  const { low, high } = studentInterval(mean, Math.sqrt(variance), degrees, level);
  return { low, high };
}
