/** What the map is judged by: in each cell, the halves of pair groups in which every arm was measured, with the same luck. */
import { halfOf } from "../results/halves.ts";
import type { Block, Condition, ScenarioResult } from "../results/schema.ts";
import { quantile, type LogPair } from "../stats/index.ts";

export const LAG = "lag";
export const TAIL = 0.99;
/** Lags are kept to a tenth of a ms, and a logarithm needs more than 0. */
const LEAST_MS = 0.1;

export interface Half {
  /** One of each arm that the cell has. */
  readonly blocks: readonly Block[];
}

export interface Cell {
  readonly condition: Condition;
  readonly roundTripMs: number;
  readonly lossPercent: number;
  readonly answers: number;
  readonly halves: readonly Half[];
}

/** Cells in which a block was measured, in the scenario's order. */
export function cellsOf(scenario: ScenarioResult): Cell[] {
  return scenario.conditions.flatMap((condition) => {
    const blocks = scenario.blocks.filter((block) => block.condition === condition.id && isUsable(block));
    if (blocks.length === 0) return [];
    const of = (factor: string): number => Number(condition.factors[factor]);
    return [
      {
        condition,
        roundTripMs: of("roundTripMs"),
        lossPercent: of("lossPercent"),
        answers: of("answers"),
        halves: wholeHalves(blocks, scenario.arms.length),
      },
    ];
  });
}

/** Without a failed block, so that all that is said of a cell is of the same luck. An arm of which every block failed is not waited for. */
function wholeHalves(blocks: readonly Block[], armsOfGroup: number): Half[] {
  const arms = new Set(blocks.map(({ arm }) => arm));
  return [...Map.groupBy(blocks, ({ pair, position }) => `${pair} ${halfOf(position, armsOfGroup)}`).values()].flatMap((half) =>
    half.length === arms.size ? [{ blocks: half }] : [],
  );
}

function isUsable({ error, samples }: Block): boolean {
  return error === undefined && (samples[LAG]?.length ?? 0) > 0;
}

/** The same cells without halves in which a block was disturbed. @returns `null` where there is none to leave out */
export function withoutMarked(cells: readonly Cell[]): Cell[] | null {
  if (!cells.some(({ halves }) => halves.some(isMarked))) return null;
  return cells.map((cell) => ({ ...cell, halves: cell.halves.filter((half) => !isMarked(half)) }));
}

function isMarked({ blocks }: Half): boolean {
  return blocks.some(({ contamination }) => contamination.marks.length > 0);
}

/** @returns none where the cell has not both */
export function pairsOf({ halves }: Cell, sse: string, ws: string): LogPair[] {
  return halves.flatMap(({ blocks }) => {
    const [first, second] = [sse, ws].map((arm) => blocks.find((block) => block.arm === arm));
    return first === undefined || second === undefined ? [] : [{ first: logOf(first, TAIL), second: logOf(second, TAIL) }];
  });
}

/** Of a quantile of a block's lags in ms. */
export function logOf({ samples }: Block, at: number): number {
  return Math.log(Math.max(LEAST_MS, quantile(samples[LAG] ?? [], at)));
}
