import { watchContamination } from "./contamination.ts";
import { messageOf } from "./errors.ts";
import type { Lab } from "./lab.ts";
import type { Block, ScenarioResult } from "./results/schema.ts";
import type { PlannedBlock } from "./schedule.ts";
import type { Depth, Measurement, Scenario } from "./scenarios/types.ts";

/** A block that takes longer has failed: nothing waits forever. */
const BLOCK_LIMIT_MS = 60_000;
/** Between the beginnings of blocks that run at once. */
const STAGGER_MS = 40;

/** What a scenario's result is before its first block, and why it, or some of it, is not run. @param remote against a deployment */
export async function emptyResult(scenario: Scenario, depth: Depth, remote: boolean): Promise<ScenarioResult> {
  const { name, title, question, method } = scenario;
  const notRun = (remote ? scenario.notRemote : null) ?? tooLong(scenario, depth) ?? scenario.notHere?.() ?? null;
  const conditions = await Promise.all(
    scenario.conditions.map(async (condition) => {
      const why = notRun === null ? await scenario.notAt?.(condition, depth) : null;
      return why === null || why === undefined ? condition : { ...condition, notRun: why };
    }),
  );
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

function tooLong({ groups }: Scenario, depth: Depth): string | null {
  if (groups[depth] > 0) return null;
  const longer = (["standard", "full"] as const).filter((one) => groups[one] > 0).map((one) => `--${one}`);
  return `It takes longer than --${depth} has: run it with ${longer.join(" or ")}.`;
}

/** Runs one block. A failure is the block's own: it is kept, with its error, and the next one goes on. */
export async function runBlock(lab: Lab, scenario: Scenario, planned: PlannedBlock, signal: AbortSignal): Promise<Block> {
  await lab.forgetConnections(planned.arm);
  const finish = watchContamination();
  const startedAtMs = performance.now();
  let measured: Measurement = { samples: {}, integrity: null };
  let error: string | undefined;
  try {
    measured = await within(BLOCK_LIMIT_MS, signal, scenario.runBlock(lab, planned.arm, planned.condition));
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

/** Runs blocks at once, one begun shortly after another: all together they would be each other's load. @returns them in their order */
export function runBatch(lab: Lab, scenario: Scenario, batch: readonly PlannedBlock[], signal: AbortSignal): Promise<Block[]> {
  return Promise.all(
    batch.map(async (planned, index) => {
      if (index > 0) await new Promise((resolve) => setTimeout(resolve, index * STAGGER_MS));
      signal.throwIfAborted();
      return runBlock(lab, scenario, planned, signal);
    }),
  );
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
