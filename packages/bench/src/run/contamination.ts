import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Block } from "../results/schema.ts";
import { quantile } from "../stats/index.ts";

/** METHOD.md, "What spoils a block". */
export const LIMITS = { eventLoopDelayP99Ms: 10, stealShare: 0.02, rateShare: 0.95, providerLatenessP99Ms: 5 } as const;

const RESOLUTION_MS = 1;

/** Watches what a block shares the machine with. Call it as the block begins; what it gives back, as it ends. */
export function watchContamination(): (measured: {
  readonly values: Readonly<Record<string, number>>;
  readonly latenessMs: readonly number[];
}) => Block["contamination"] {
  const loop = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  loop.enable();
  const startedAt = performance.now();
  const stolenBefore = stolenMs();
  return ({ values, latenessMs }) => {
    loop.disable();
    const wallMs = Math.max(1, performance.now() - startedAt);
    const eventLoopDelayP99Ms = Math.max(0, loop.percentile(99) / 1e6 - RESOLUTION_MS);
    const stealShare = Math.max(0, stolenMs() - stolenBefore) / (wallMs * availableParallelism());
    const { achievedRate, targetRate } = values;
    const marks: string[] = [];
    if (eventLoopDelayP99Ms > LIMITS.eventLoopDelayP99Ms) marks.push("event loop delayed");
    if (stealShare > LIMITS.stealShare) marks.push("CPU time stolen");
    if (achievedRate !== undefined && targetRate !== undefined && achievedRate < LIMITS.rateShare * targetRate)
      marks.push("rate not reached");
    if (latenessMs.length > 0 && quantile(latenessMs, 0.99) > LIMITS.providerLatenessP99Ms) marks.push("provider late");
    return { eventLoopDelayP99Ms, stealShare, marks };
  };
}

/** CPU time that the hypervisor took from all cores, in ms: /proc/stat counts it in hundredths of a second. 0 where there is none. */
function stolenMs(): number {
  let stat: string;
  try {
    stat = readFileSync("/proc/stat", "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return 0; // Not Linux.
    throw error;
  }
  return Number(/^cpu +(?:\d+ +){7}(\d+)/.exec(stat)?.[1] ?? 0) * 10;
}
