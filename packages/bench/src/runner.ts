import { watchContamination } from "./contamination.ts";
import { messageOf } from "./errors.ts";
import type { Lab } from "./lab.ts";
import type { Block, ScenarioResult } from "./results/schema.ts";
import { whyNotRun, type PlannedBlock } from "./schedule.ts";
import type { Depth, Measurement, Scenario } from "./scenarios/types.ts";

/** A block that takes longer has failed: nothing waits forever. */
const BLOCK_LIMIT_MS = 60_000;

/** What a scenario's result is before its first block. */
export function emptyResult(scenario: Scenario, notRemote: string | null, depth: Depth): ScenarioResult {
  const { name, title, question, method } = scenario;
  const conditions = scenario.conditions.map((condition) => {
    const why = whyNotRun(scenario, condition, depth);
    return why === null ? condition : { ...condition, notRun: why };
  });
  const reasons = conditions.map((condition) => ("notRun" in condition ? condition.notRun : null));
  // Where nothing is run, the first reason stands for all.
  const notRun = notRemote ?? (reasons.includes(null) ? null : (reasons[0] ?? null));
  return {
    name,
    title,
    question,
    method,
    notRun,
    claims: [...scenario.claims],
    arms: [...scenario.arms],
    conditions,
    metrics: [...scenario.metrics],
    blocks: [],
  };
}

/** Runs one block. A failure is the block's own: it is kept, with its error, and the next one goes on. */
export async function runBlock(lab: Lab, scenario: Scenario, planned: PlannedBlock, signal: AbortSignal): Promise<Block> {
  await lab.forgetConnections(planned.arm);
  const finish = watchContamination();
  const startedAtMs = performance.now();
  let measured: Measurement = { samples: {}, integrity: null };
  let error: string | undefined;
  try {
    measured = await within(scenario.blockLimitMs ?? BLOCK_LIMIT_MS, signal, scenario.runBlock(lab, planned.arm, planned.condition));
  } catch (cause) {
    signal.throwIfAborted();
    error = messageOf(cause);
  }
  const values = measured.values ?? {};
  const lateness = values["providerLatenessP99Ms"];
  return {
    condition: planned.condition.id,
    arm: planned.arm,
    pair: planned.pair,
    position: planned.position,
    startedAtMs,
    durationMs: performance.now() - startedAtMs,
    samples: measured.samples,
    values,
    integrity: measured.integrity,
    contamination: finish({ values, latenessMs: lateness === undefined ? [] : [lateness] }),
    ...(measured.timeline === undefined ? {} : { timeline: measured.timeline }),
    ...(error === undefined ? {} : { error }),
  };
}

async function within<Result>(ms: number, signal: AbortSignal, work: Promise<Result>): Promise<Result> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let abort: (() => void) | undefined;
  try {
    return await Promise.race([
      work,
      new Promise<never>((_resolve, reject) => {
        timer = setTimeout(() => reject(new Error(`The block did not end within ${ms / 1000} s.`)), ms);
        abort = () => reject(new Error("Interrupted."));
        signal.addEventListener("abort", abort);
      }),
    ]);
  } finally {
    clearTimeout(timer);
    if (abort !== undefined) signal.removeEventListener("abort", abort);
  }
}
