import { LEAST_GROUPS } from "../analysis/verdict.ts";
import { studentInterval } from "../stats/index.ts";
import type { ActionFigures, Choice, MissingFigures, SessionCell } from "./facts.ts";
import type { SessionKind } from "./kinds.ts";
import type { Pairing, Place } from "./places.ts";
import { meanOf, measuredWait, type MeasuredWait, type Source } from "./waits.ts";

/** A mean of pair groups with its error, in ms. */
interface Estimated {
  readonly mean: number;
  readonly variance: number;
  readonly degrees: number;
}

/** Of one wait: half of the 100 ms within which a result seems to come at once (METHOD.md, "The smallest effects of interest"). */
export const SMALLEST_WAIT_MS = 50;

/**
 * A session as a sum of measured waits. Means add up, medians do not, so means are summed. The variance of the sum is that of its parts, each
 * times the square of how often it happens; its degrees of freedom are Satterthwaite's (1946).
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
    const found = measuredWait(sources, action, wait, place, pairing);
    if ("byPair" in found) waits.push(found);
    else missing.push({ action: action.id, scenario: wait.scenario, reason: found });
  }
  if (waits.length + missing.length === 0) return null;
  const parts = ofSameBlocks(waits).map(sumInGroups);
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
  return {
    ...where,
    actions,
    sseMs,
    wsMs,
    difference: difference.mean,
    interval: intervalOf(difference, 0.95),
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

function ofSameBlocks(waits: readonly MeasuredWait[]): MeasuredWait[][] {
  const ofRuns = [...Map.groupBy(waits, ({ source }) => source).values()];
  return ofRuns.flatMap((ofRun) => [...Map.groupBy(ofRun, ({ wait }) => wait.condition).values()]);
}

/** Waits of the same blocks vary together, so their variances do not add up: they are summed within each pair group. */
function sumInGroups(waits: readonly MeasuredWait[]): {
  readonly groups: number;
  readonly actions: ActionFigures[];
  readonly difference: Estimated;
} {
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
