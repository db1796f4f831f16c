/** The map: which transport a reader would notice, by round trip, loss and answers at once (METHOD.md, "The map"). */
import { MAP } from "../results/names.ts";
import type { ScenarioResult } from "../results/schema.ts";
import { meanOf } from "../stats/index.ts";
import type { MapArm, MapCell, ReaderMap } from "./facts/index.ts";
import { cellsOf, LAG, logOf, TAIL, type Cell } from "./map-halves.ts";
import { judgePairing, type Pairing } from "./map-judge.ts";
import { smallestEffectOf } from "./smallest-effects.ts";
import { countContamination, countIntegrity, listFailures } from "./totals.ts";

const PAIRINGS: readonly Pairing[] = [
  { id: "usual", sse: "sse", ws: "ws" },
  { id: "http3", sse: "sse-h3", ws: "ws" },
];

export function isMap({ name }: Pick<ScenarioResult, "name">): boolean {
  return name === MAP;
}

/** @param errorsMultipliedBy what the report's control asks for @returns `null` where no cell was measured */
export function mapOf(scenarios: readonly ScenarioResult[], errorsMultipliedBy: number): ReaderMap | null {
  const scenario = scenarios.find((one) => isMap(one) && one.notRun === null);
  const metric = scenario?.metrics.find(({ id }) => id === LAG);
  if (scenario === undefined || metric === undefined) return null;
  const cells = cellsOf(scenario);
  if (cells.length === 0) return null;
  const smallestMs = smallestEffectOf(scenario, metric, TAIL)?.size ?? 0;
  const arms = scenario.arms.map(({ id, label }) => ({ id, label }));
  const pairings = PAIRINGS.filter(({ sse, ws }) => [sse, ws].every((id) => arms.some((arm) => arm.id === id)));
  const judged = pairings.map((pairing) => judgePairing(pairing, cells, { smallestMs, errorsMultipliedBy }));
  const { title, question, method } = scenario;
  return {
    title,
    question,
    method,
    smallestMs,
    pairings: [...pairings],
    arms,
    cells: cells.map((cell, index): MapCell => ({
      condition: cell.condition.id,
      roundTripMs: cell.roundTripMs,
      lossPercent: cell.lossPercent,
      answers: cell.answers,
      arms: arms.flatMap(({ id }) => armOf(id, cell) ?? []),
      comparisons: judged.flatMap(({ comparisons }) => comparisons[index] ?? []),
    })),
    spreads: judged.flatMap(({ spreads }) => spreads),
    failures: listFailures(scenario),
    integrity: countIntegrity([scenario]),
    contamination: countContamination(scenario.blocks),
  };
}

function armOf(arm: string, { halves }: Cell): MapArm | null {
  const blocks = halves.flatMap((half) => half.blocks.filter((block) => block.arm === arm));
  if (blocks.length === 0) return null;
  const value = (name: string): number => meanOf(blocks.map(({ values }) => values[name] ?? 0));
  return {
    arm,
    blocks: blocks.length,
    p50Ms: Math.exp(meanOf(blocks.map((block) => logOf(block, 0.5)))),
    p99Ms: Math.exp(meanOf(blocks.map((block) => logOf(block, TAIL)))),
    stalls100: value("stalls100"),
    stalls250: value("stalls250"),
  };
}
