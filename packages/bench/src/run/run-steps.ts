import { meetsNobody, type Meeting } from "../lab/lab.ts";
import type { Block, Results, ScenarioResult } from "../results/schema.ts";
import { appendBlocks, saveResults } from "../results/store.ts";
import type { Scenario } from "../scenarios/parts/scenario.ts";
import { chooseGroups, pilotBounds } from "./groups-from-pilot.ts";
import { showProgress } from "./progress.ts";
import { runBatch } from "./runner.ts";
import { batchesOf, type PlannedBlock } from "./schedule.ts";

/** A scenario with the blocks that are still to be run. */
export interface Step {
  readonly scenario: Scenario;
  readonly result: ScenarioResult;
  readonly plan: readonly PlannedBlock[];
}

/** What is left of a run. */
export interface StepsOfRun {
  /** Grown block by block, and saved after each. */
  readonly results: Results;
  readonly steps: readonly Step[];
  /** The folder of results.json. */
  readonly out: string;
}

/** Blocks go into the results, and those into their file, as they are measured. @param run measures one; what it throws once the signal is aborted ends the run */
export async function runSteps(
  { results, steps, out }: StepsOfRun,
  signal: AbortSignal,
  run: (step: Step, planned: PlannedBlock, meeting: Meeting) => Promise<Block>,
): Promise<void> {
  // Blocks of an earlier session have that process's clock: those of this one follow it, so that the order of a file is that of time.
  const endOfEarlier = results.scenarios
    .flatMap(({ blocks }) => blocks)
    .reduce((latest, { startedAtMs, durationMs }) => Math.max(latest, startedAtMs + durationMs), 0);
  const shiftMs = Math.max(0, endOfEarlier - performance.now());
  const onOneClock = (block: Block): Block => ({ ...block, startedAtMs: block.startedAtMs + shiftMs });
  const todo = steps.filter(({ plan }) => plan.length > 0);
  const progress = showProgress(todo.map(({ scenario, plan }) => ({ title: scenario.title, blocks: plan.length })));
  try {
    for (const step of todo) {
      const { scenario, result, plan } = step;
      progress.scenario(scenario.title);
      // Just-in-time compilers, pools and the Worker's isolate: one block of each arm that is kept apart. What waits has no use for it.
      const alone = plan.filter(({ setting }) => setting.blocksAtOnce === 1);
      for (const arm of new Set(alone.map((block) => block.arm))) {
        const block = alone.find((one) => one.arm === arm);
        signal.throwIfAborted();
        if (block !== undefined) (result.warmUp ??= []).push(onOneClock(await run(step, block, meetsNobody)));
      }
      const measureAll = async (blocks: readonly PlannedBlock[]): Promise<void> => {
        for (const batch of batchesOf(blocks)) {
          signal.throwIfAborted();
          const measured = await runBatch(batch, signal, (planned, meeting) => run(step, planned, meeting));
          const blocks = measured.map(onOneClock);
          result.blocks.push(...blocks);
          await appendBlocks(out, scenario.name, blocks);
          progress.blocks(batch.length);
        }
      };
      await saveResults(out, results);
      const bounds = pilotBounds(scenario, results.options.depth);
      // Rounds of groups follow one another, so that the pilot is whole where the next one begins.
      await measureAll(plan.filter(({ pair }) => pair < bounds.least));
      const further = plan.filter(({ pair }) => pair >= bounds.least);
      if (further.length === 0) continue;
      signal.throwIfAborted();
      result.pilot ??= chooseGroups(result, bounds);
      // A choice that was made stands, whatever is measured after it.
      await saveResults(out, results);
      const { chosen } = result.pilot;
      const wanted = further.filter(({ pair }) => pair < chosen);
      progress.skip(further.length - wanted.length);
      await measureAll(wanted);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    progress.done();
  }
}
