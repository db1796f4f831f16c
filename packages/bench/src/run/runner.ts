import type { Lab, Meeting } from "../lab/lab.ts";
import type { Block, ScenarioResult } from "../results/schema.ts";
import { conditionOf, type Depth, type Measurement, type Scenario } from "../scenarios/parts/scenario.ts";
import { messageOf } from "../usage/errors.ts";
import { watchContamination } from "./contamination.ts";
import { openMeeting } from "./meeting.ts";
import { whyNotRun, type PlannedBlock } from "./schedule.ts";

/** Between the beginnings of blocks that run at once. No multiple of 20 ms: tokens of all of them would be due at the same moments. */
const STAGGER_MS = 47;
/** More than blocks of one scenario differ by, and less than any of them may take. */
const MEETING_LIMIT_MS = 20_000;

/** What a scenario's result is before its first block, and why it, or some of it, is not run. @param notRun why nothing of it is wanted */
export function emptyResult(scenario: Scenario, notRun: string | null, depth: Depth): ScenarioResult {
  const { name, title, question, method, instrument } = scenario;
  const reasons = scenario.settings.map((setting) => (notRun === null ? whyNotRun(setting, depth) : null));
  const conditions = scenario.settings.map((setting, index) => {
    const why = reasons[index] ?? null;
    return why === null ? conditionOf(setting) : { ...conditionOf(setting), notRun: why };
  });
  return {
    name,
    title,
    question,
    method,
    // Where nothing is run, the first reason stands for all.
    notRun: notRun ?? (reasons.includes(null) ? null : (reasons[0] ?? null)),
    instrument,
    claims: [...scenario.claims],
    arms: [...scenario.arms],
    conditions,
    metrics: [...scenario.metrics],
    blocks: [],
  };
}

/** Runs one block. A failure is the block's own: it is kept, with its error, and the next one goes on. */
export async function runBlock(
  lab: Lab,
  { blockLimitMs }: Pick<Scenario, "blockLimitMs">,
  planned: PlannedBlock,
  signal: AbortSignal,
): Promise<Block> {
  await lab.forgetConnections(planned.arm);
  const finish = watchContamination();
  const startedAtMs = performance.now();
  let measured: Measurement = { samples: {}, integrity: null };
  let error: string | undefined;
  try {
    measured = await within(blockLimitMs, signal, planned.setting.measure(lab, planned.arm));
  } catch (cause) {
    signal.throwIfAborted();
    error = messageOf(cause);
  }
  const values = measured.values ?? {};
  const lateness = values["providerLatenessP99Ms"];
  return {
    condition: planned.setting.id,
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

/** Runs blocks at once, one begun shortly after another: all together they would be each other's load. They may meet. @returns them in their order */
export function runBatch(
  batch: readonly PlannedBlock[],
  signal: AbortSignal,
  run: (planned: PlannedBlock, meeting: Meeting) => Promise<Block>,
): Promise<Block[]> {
  const meeting = openMeeting({ pauseMs: STAGGER_MS, limitMs: MEETING_LIMIT_MS });
  return Promise.all(
    batch.map(async (planned, index) => {
      const member = meeting.join();
      try {
        if (index > 0) await new Promise((resolve) => setTimeout(resolve, index * STAGGER_MS));
        signal.throwIfAborted();
        return await run(planned, member);
      } finally {
        member.leave();
      }
    }),
  );
}

/** Nothing waits forever. */
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
