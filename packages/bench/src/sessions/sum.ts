import { LEAST_GROUPS } from "../analysis/verdict.ts";
import { combineRuns, predictionError } from "../stats/index.ts";
import { choiceOf, noticedOf, OTHER_SMALLEST_WAITS_MS, toDecide } from "./choice.ts";
import { intervalOf, sumOf, type Estimated } from "./estimate.ts";
import type { ActionFigures, MissingFigures, SessionCell, SessionFigures } from "./facts.ts";
import type { SessionKind } from "./kinds.ts";
import type { Pairing, Place } from "./places.ts";
import { turnsOf } from "./turns.ts";
import { isAlike, meanOf, measuredWaits, type MeasuredWait, type Source } from "./waits.ts";

/** The waits of each run. */
type Runs = readonly [readonly MeasuredWait[], ...(readonly MeasuredWait[])[]];

/** A session, or the waits of it that are of the same blocks. */
interface Sum {
  /** Of each part, the fewest. */
  readonly groups: number;
  readonly actions: readonly ActionFigures[];
  readonly difference: Estimated;
}

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
  const whole = missing.length > 0 ? [] : wholeRuns(measured);
  const [one = measured.map(([wait]) => wait), ...more] = whole.filter((waits) => sumOfRun(waits).groups >= LEAST_GROUPS);
  const first = sumOfRun(one);
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

  return { ...where, ...saidOf([one, ...more], kind) };
}

/** By the runs that measured all of its waits. */
function saidOf(runs: Runs, kind: SessionKind): Omit<SessionFigures, "kind" | "place" | "pairing"> {
  const { actions, difference, predicted, sseMs, wsMs, noticed } = judged(runs, kind);
  const choice = choiceOf(difference, noticed);
  const longer = Math.max(sseMs, wsMs);
  const units =
    runs.length > 1
      ? { of: "runs" as const, count: runs.length }
      : { of: "times the pair groups" as const, count: Math.max(2, Math.round(difference.degrees) + 1) };
  const parts = actions.map(({ action, times, ...one }) => ({
    action,
    times,
    differenceMs: one.wsMs - one.sseMs,
    isEvent: kind.actions.some(({ id, event }) => id === action && event !== undefined),
  }));
  return {
    actions: [...actions],
    sseMs,
    wsMs,
    difference: difference.mean,
    interval: intervalOf(difference, 0.95),
    prediction: predicted === null ? null : intervalOf(predicted, 0.95),
    savedMs: Math.abs(difference.mean) / kind.waits,
    savedShare: Math.abs(difference.mean) / longer,
    noticed,
    choice,
    others: OTHER_SMALLEST_WAITS_MS.map((smallestWaitMs) => ({
      smallestWaitMs,
      choice: choiceOf(difference, noticedOf(kind, longer, smallestWaitMs)),
    })),
    toDecide: choice === "undecided" ? toDecide(difference, noticed, units) : null,
    turns: turnsOf(parts, { mean: difference.mean, choice }, (action, times) => {
      const [first, ...others] = runs;
      const often = judged([oftener(first, action, times), ...others.map((waits) => oftener(waits, action, times))], kind);
      return { mean: often.difference.mean, choice: choiceOf(often.difference, often.noticed) };
    }),
  };
}

interface Judged extends ReturnType<typeof overRuns> {
  readonly sseMs: number;
  readonly wsMs: number;
  /** What is too small to be noticed. */
  readonly noticed: number;
}

function judged([first, ...others]: Runs, kind: SessionKind): Judged {
  const together = overRuns([sumOfRun(first), ...others.map(sumOfRun)]);
  const sum = (of: (action: ActionFigures) => number): number =>
    kind.modelMs + together.actions.reduce((all, action) => all + action.times * of(action), 0);
  const [sseMs, wsMs] = [sum((action) => action.sseMs), sum((action) => action.wsMs)];
  return { ...together, sseMs, wsMs, noticed: noticedOf(kind, Math.max(sseMs, wsMs)) };
}

/** The same waits, where one of them happens so often. */
function oftener(waits: readonly MeasuredWait[], action: string, times: number): MeasuredWait[] {
  return waits.map((wait) => (wait.action.id === action ? { ...wait, action: { ...wait.action, times } } : wait));
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
