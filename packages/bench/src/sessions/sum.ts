import { LEAST_GROUPS } from "../analysis/verdict.ts";
import { combineRuns, predictionError, studentInterval } from "../stats/index.ts";
import type { ActionFigures, Choice, MissingFigures, SessionCell } from "./facts.ts";
import type { SessionKind } from "./kinds.ts";
import type { Pairing, Place } from "./places.ts";
import { isAlike, meanOf, measuredWaits, type MeasuredWait, type Source } from "./waits.ts";

/** A mean with its error, in ms: of a run's pair groups, or of several runs. */
interface Estimated {
  readonly mean: number;
  readonly variance: number;
  readonly degrees: number;
}

/** A session, or the waits of it that are of the same blocks. */
interface Sum {
  /** Of each part, the fewest. */
  readonly groups: number;
  readonly actions: readonly ActionFigures[];
  readonly difference: Estimated;
}

/** Of one wait: half of the 100 ms within which a result seems to come at once (METHOD.md, "The smallest effects of interest"). */
export const SMALLEST_WAIT_MS = 50;

/**
 * A session as a sum of measured waits. Means add up, medians do not, so means are summed. The variance of the sum is that of its parts, each
 * times the square of how often it happens; its degrees of freedom are Satterthwaite's (1946). All waits of a run share what moves it. So each run's
 * session is summed by itself, and the sums are put together by random effects (METHOD.md, "Several runs together").
 *
 * @returns `null` where none of its waits is defined at the place
 */
export function figuresOf(sources: readonly Source[], kind: SessionKind, place: Place, pairing: Pairing): SessionCell | null {
  const where = { kind: kind.id, place: place.id, pairing: pairing.id };
  const measured: (readonly [MeasuredWait, ...MeasuredWait[]])[] = [];
  const missing: MissingFigures["missing"] = [];
  for (const action of kind.actions) {
    const wait = action.at[place.id];
    if (wait === undefined) continue;
    const found = measuredWaits(sources, action, wait, place, pairing);
    if ("code" in found) missing.push({ action: action.id, scenario: wait.scenario, reason: found });
    else measured.push(found);
  }
  if (measured.length + missing.length === 0) return null;
  const sums = (missing.length > 0 ? [] : wholeRuns(measured)).map(sumOfRun);
  const enough = sums.filter(({ groups }) => groups >= LEAST_GROUPS);
  const [first = sumOfRun(measured.map(([wait]) => wait)), ...others] = enough;
  if (first.groups < LEAST_GROUPS)
    missing.push(
      ...first.actions
        .filter(({ groups }) => groups < LEAST_GROUPS)
        .map(({ action, scenario, groups }) => ({
          action,
          scenario,
          reason: { code: "too-few-groups" as const, groups, needed: LEAST_GROUPS },
        })),
    );
  if (missing.length > 0) return { ...where, missing };

  const { actions, difference, predicted } = overRuns([first, ...others]);
  const sum = (of: (action: ActionFigures) => number): number => actions.reduce((all, action) => all + action.times * of(action), 0);
  const sseMs = kind.modelMs + sum((action) => action.sseMs);
  const wsMs = kind.modelMs + sum((action) => action.wsMs);
  return {
    ...where,
    actions: [...actions],
    sseMs,
    wsMs,
    difference: difference.mean,
    interval: intervalOf(difference, 0.95),
    prediction: predicted === null ? null : intervalOf(predicted, 0.95),
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

/**
 * The waits of each run that measured all of them, in the way of the first such run.
 *
 * @returns none where no run did: each wait is then of the first run that measured it
 */
function wholeRuns(measured: readonly (readonly MeasuredWait[])[]): MeasuredWait[][] {
  const byRun = [...Map.groupBy(measured.flat(), ({ source }) => source.run).values()];
  const whole = byRun.filter((waits) => waits.length === measured.length);
  return whole.filter((waits) => waits.every((wait, index) => isAlike(wait, whole[0]?.[index] ?? wait)));
}

/** A session by what one run measured. */
function sumOfRun(waits: readonly MeasuredWait[]): Sum {
  const parts = ofSameBlocks(waits).map(sumInGroups);
  return {
    groups: Math.min(...parts.map(({ groups }) => groups)),
    actions: parts.flatMap(({ actions }) => actions),
    difference: sumOf(parts.map(({ difference }) => difference)),
  };
}

function ofSameBlocks(waits: readonly MeasuredWait[]): MeasuredWait[][] {
  const ofRuns = [...Map.groupBy(waits, ({ source }) => source).values()];
  return ofRuns.flatMap((ofRun) => [...Map.groupBy(ofRun, ({ wait }) => wait.condition).values()]);
}

/** @returns the mean, and what another run would say; `null` for that where there is one run only */
function overRuns([first, ...others]: readonly [Sum, ...Sum[]]): Pick<Sum, "actions" | "difference"> & {
  readonly predicted: Estimated | null;
} {
  if (others.length === 0) return { ...first, predicted: null };
  const all = [first, ...others];
  const together = combineRuns(
    all.map(({ groups, difference: { mean, variance, degrees } }) => ({ mean, standardError: Math.sqrt(variance), groups, degrees })),
  );
  const weighed = (of: (sum: Sum) => number): number =>
    all.reduce((mean, sum, index) => mean + (together.weights[index] ?? 0) * of(sum), 0);
  const { mean, standardError } = together;
  const degrees = all.length - 1;
  return {
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
function sumInGroups(waits: readonly MeasuredWait[]): Sum {
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
