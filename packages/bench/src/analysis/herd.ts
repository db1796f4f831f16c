/** Many clients that were cut at once: when they tried again, and when they were back. */
import type { Block, Mark, ScenarioResult } from "../results/schema.ts";
import { quantileSorted, sortedSamples } from "../stats/index.ts";
import type { Herd, HerdArm } from "./facts/index.ts";

/** Below this many lanes a timeline shows single connections, and is drawn as one. */
const LEAST_LANES = 8;
export const BIN_MS = 100;

/** `null` where no block of the condition has the marks of a herd. */
export function herdOf(scenario: ScenarioResult, condition: string): Herd | null {
  const arms = scenario.arms.flatMap(({ id, label }) => {
    const blocks = scenario.blocks.filter((block) => block.condition === condition && block.arm === id && isHerd(block));
    if (blocks.length === 0) return [];
    const lives = blocks.map(({ timeline = [] }) => livesOf(timeline));
    const tries = lives.flatMap(({ attempts }) => attempts);
    const bins = Math.floor(tries.reduce((latest, at) => Math.max(latest, at), 0) / BIN_MS) + 1;
    return [
      {
        arm: id,
        label,
        blocks: blocks.length,
        clients: lives.reduce((sum, { clients }) => sum + clients, 0) / lives.length,
        attempts: Array.from({ length: bins }, (_, bin) => tries.filter((at) => Math.floor(at / BIN_MS) === bin).length / blocks.length),
        backMs: [...sortedSamples(lives.flatMap(({ back }) => back))],
        away: lives.reduce((sum, { clients, back }) => sum + clients - back.length, 0),
      },
    ];
  });
  return arms.length === 0 ? null : { scenario: scenario.name, condition, arms };
}

export function isHerd({ timeline = [] }: Block): boolean {
  return new Set(timeline.filter(({ kind }) => kind === "connecting").map(({ lane }) => lane)).size >= LEAST_LANES;
}

/** Since the cut, which is the first fault of the block; without one, since its beginning. */
function livesOf(timeline: readonly Mark[]): { readonly clients: number; readonly attempts: number[]; readonly back: number[] } {
  const cutAt = timeline.find(({ kind }) => kind === "fault")?.tMs ?? 0;
  const after = timeline.filter(({ tMs }) => tMs >= cutAt);
  const lanes = new Set(timeline.filter(({ kind }) => kind === "connecting" || kind === "open").map(({ lane }) => lane));
  const back = [...lanes].flatMap((lane) => {
    const open = after.filter((mark) => mark.lane === lane && mark.kind === "open").map(({ tMs }) => tMs - cutAt);
    return open.length === 0 ? [] : [Math.min(...open)];
  });
  return { clients: lanes.size, attempts: after.filter(({ kind }) => kind === "connecting").map(({ tMs }) => tMs - cutAt), back };
}

/** Until when a share of all clients were back, in ms; `null` where so many never were. */
export function backAt({ backMs, away }: HerdArm, share: number): number | null {
  const all = backMs.length + away;
  const needed = Math.max(1, Math.ceil(share * all));
  return all === 0 ? null : (backMs[needed - 1] ?? null);
}

/** For a text that stands for the plot. */
export function busiest({ attempts }: HerdArm): number {
  return attempts.length === 0 ? 0 : quantileSorted(sortedSamples(attempts), 1);
}
