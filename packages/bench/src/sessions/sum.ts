import type { Block, Results, ScenarioResult } from "../results/schema.ts";
import { studentInterval } from "../stats/index.ts";
import type { Pairing, Place, SessionAction, SessionKind } from "./kinds.ts";

/** A mean of pair groups with its error, in ms. */
interface Estimated {
  readonly mean: number;
  readonly variance: number;
  readonly degrees: number;
}

/** One kind of wait in a session. */
export interface ActionFigures {
  readonly label: string;
  readonly times: number;
  readonly scenario: string;
  readonly condition: string;
  readonly groups: number;
  /** Of one such wait, in ms. */
  readonly sseMs: number;
  readonly wsMs: number;
}

/** What to take: `either` where no wait differs by what anybody notices, `undecided` where the run cannot tell. */
export type Choice = "sse" | "ws" | "either" | "undecided";

/** A kind of session at a place, over one pair of versions of HTTP. */
export interface SessionFigures {
  readonly kind: string;
  readonly place: string;
  readonly pairing: string;
  readonly actions: readonly ActionFigures[];
  /** What is waited for in a whole session, the model's own time included, in ms. */
  readonly sseMs: number;
  readonly wsMs: number;
  /** WebSocket minus SSE, a session, in ms; 95 %. */
  readonly difference: number;
  readonly interval: { readonly low: number; readonly high: number };
  /** For one wait of the session: what is saved by the better one, in ms, and as a share of what is waited for over the other. */
  readonly savedMs: number;
  readonly savedShare: number;
  readonly choice: Choice;
}

/** A cell that cannot be said, and why. */
export interface MissingFigures {
  readonly kind: string;
  readonly place: string;
  readonly pairing: string;
  readonly missing: string;
}

/** METHOD.md: fewer pair groups decide nothing. */
const LEAST_GROUPS = 5;
/** Of one wait: half of the 100 ms within which a result seems to come at once (METHOD.md, "The smallest effects of interest"). */
export const SMALLEST_WAIT_MS = 50;

/**
 * A session as a sum of measured waits. Means add up, medians do not, so means are summed. The variance of the sum is that of its parts, each
 * times the square of how often it happens; its degrees of freedom are Satterthwaite's (1946).
 */
export function figuresOf(
  { scenarios }: Pick<Results, "scenarios">,
  kind: SessionKind,
  place: Place,
  pairing: Pairing,
): SessionFigures | MissingFigures {
  const where = { kind: kind.id, place: place.id, pairing: pairing.id };
  const parts: { readonly action: ActionFigures; readonly difference: Estimated }[] = [];
  for (const action of kind.actions) {
    const condition = action.at[place.id];
    if (condition === undefined) continue;
    const part = partOf(
      scenarios.find(({ name }) => name === action.scenario),
      action,
      condition,
      pairing,
    );
    if ("missing" in part) return { ...where, missing: part.missing };
    parts.push(part);
  }
  if (parts.length === 0) return { ...where, missing: "Nothing of it is measured there." };
  const sum = (of: (action: ActionFigures) => number): number => parts.reduce((all, { action }) => all + action.times * of(action), 0);
  const sseMs = kind.modelMs + sum((action) => action.sseMs);
  const wsMs = kind.modelMs + sum((action) => action.wsMs);
  const difference = weightedSum(parts.map(({ action, difference }) => ({ weight: action.times, ...difference })));
  const interval = intervalOf(difference, 0.95);
  const savedMs = Math.abs(difference.mean) / kind.waits;
  return {
    ...where,
    actions: parts.map(({ action }) => action),
    sseMs,
    wsMs,
    difference: difference.mean,
    interval: { low: interval.low, high: interval.high },
    savedMs,
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

function partOf(
  scenario: ScenarioResult | undefined,
  { label, scenario: name, metric, times }: SessionAction,
  condition: string,
  pairing: Pairing,
): { readonly action: ActionFigures; readonly difference: Estimated } | { readonly missing: string } {
  if (scenario === undefined || scenario.notRun !== null) return { missing: `${label}: ${scenario?.notRun ?? `${name} was not run`}` };
  const notRun = scenario.conditions.find(({ id }) => id === condition)?.notRun;
  if (notRun !== undefined) return { missing: `${label}: ${notRun}` };
  const ofArm = (arm: string): Map<number, Block[]> =>
    Map.groupBy(
      scenario.blocks.filter(
        (block) =>
          block.condition === condition && block.arm === arm && block.error === undefined && (block.samples[metric]?.length ?? 0) > 0,
      ),
      ({ pair }) => pair,
    );
  const [sse, ws] = [ofArm(pairing.sse), ofArm(pairing.ws)];
  const means = [...sse].flatMap(([pair, blocks]) => {
    const others = ws.get(pair);
    const mean = (of: readonly Block[]): number => meanOf(of.map(({ samples }) => meanOf(samples[metric] ?? [])));
    return others === undefined ? [] : [{ sse: mean(blocks), ws: mean(others) }];
  });
  if (means.length < LEAST_GROUPS) return { missing: `${label}: ${means.length} pair groups, and ${LEAST_GROUPS} are needed` };
  const differences = means.map((group) => group.ws - group.sse);
  const mean = meanOf(differences);
  const degrees = differences.length - 1;
  const variance = differences.reduce((sum, one) => sum + (one - mean) ** 2, 0) / degrees / differences.length;
  return {
    action: {
      label,
      times,
      scenario: name,
      condition,
      groups: means.length,
      sseMs: meanOf(means.map((group) => group.sse)),
      wsMs: meanOf(means.map((group) => group.ws)),
    },
    difference: { mean, variance, degrees },
  };
}

/** Of independent estimates. */
export function weightedSum(parts: readonly (Estimated & { readonly weight: number })[]): Estimated {
  const variances = parts.map(({ weight, variance, degrees }) => ({ variance: weight ** 2 * variance, degrees }));
  const variance = variances.reduce((sum, one) => sum + one.variance, 0);
  const below = variances.reduce((sum, one) => sum + one.variance ** 2 / one.degrees, 0);
  return {
    mean: parts.reduce((sum, { weight, mean }) => sum + weight * mean, 0),
    variance,
    degrees: below === 0 ? Math.min(...parts.map(({ degrees }) => degrees)) : variance ** 2 / below,
  };
}

function intervalOf({ mean, variance, degrees }: Estimated, level: number): { readonly low: number; readonly high: number } {
  const { low, high } = studentInterval(mean, Math.sqrt(variance), degrees, level);
  return { low, high };
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
