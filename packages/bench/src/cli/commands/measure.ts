import type { Traffic } from "@agent-transports/lab/traffic";
import { budgetOf, budgetWords, confirmBudget, keepRate } from "../../run/budget.ts";
import { BENCH } from "../../usage/command-name.ts";
import { assertAgentAt } from "../../lab/deployment.ts";
import { chooseGroups, pilotBounds } from "../../run/groups-from-pilot.ts";
import { takeInterrupts } from "../../run/interrupt.ts";
import { openLab } from "../../lab/lab.ts";
import { blockSeed } from "../../run/plan-scenario.ts";
import { showProgress } from "../../run/progress.ts";
import { writeReport } from "./write-report.ts";
import type { Block, Results, ScenarioResult } from "../../results/schema.ts";
import { runBatch, runBlock } from "../../run/runner.ts";
import { atOnce, batchesOf, type PlannedBlock } from "../../run/schedule.ts";
import type { Scenario } from "../../scenarios/parts/scenario.ts";
import { seededRandom } from "../../stats/index.ts";
import { appendBlocks, saveResults } from "../../results/store.ts";

/** A scenario with the blocks that are still to be run. */
export interface Step {
  readonly scenario: Scenario;
  readonly result: ScenarioResult;
  readonly plan: readonly PlannedBlock[];
}

export interface Session {
  /** Grown block by block, and saved after each. */
  readonly results: Results;
  readonly steps: readonly Step[];
  readonly traffic: Traffic;
  readonly out: string;
  readonly url: URL | undefined;
  readonly port: number;
  readonly json: boolean;
  readonly yes: boolean;
  readonly maxRuns: number;
  readonly runsPerSecond: number;
}

/** Runs what is left of a plan and writes the report, at Ctrl-C of what there is. @returns the exit code */
export async function measure(session: Session): Promise<number> {
  const { results, steps, url, out } = session;
  if (url !== undefined) {
    await assertAgentAt(url);
    const budget = budgetOf(steps, session.runsPerSecond);
    await confirmBudget(budget, budgetWords(budget, url.href, session.runsPerSecond), {
      yes: session.yes,
      maxRuns: session.maxRuns,
      input: process.stdin,
      output: process.stderr,
    });
  }
  const lab = await openLab({
    traffic: session.traffic,
    random: seededRandom(results.options.seed),
    arms: [...new Set(steps.flatMap(({ scenario }) => scenario.arms.filter(({ peer }) => peer === undefined).map(({ id }) => id)))],
    url,
    port: session.port,
    handicap: handicapOf(results),
  });
  using interrupt = takeInterrupts();
  try {
    await runSteps(session, interrupt.signal, async (step, planned) => {
      const random = seededRandom(blockSeed(results.options.seed, step.scenario.name, planned));
      const startedAt = performance.now();
      const block = await runBlock({ ...lab, random }, step.scenario, planned, interrupt.signal);
      if (url !== undefined) await keepRate(startedAt, step.scenario.remoteRuns ?? 1, session.runsPerSecond, interrupt.signal);
      return block;
    });
  } finally {
    await lab.close();
  }
  results.finishedAt = new Date().toISOString();
  results.status = interrupt.signal.aborted ? "interrupted" : "complete";
  await saveResults(out, results);
  await writeReport(out, results, { json: session.json });
  if (interrupt.signal.aborted) {
    process.stderr.write(`Goes on with: ${BENCH} resume ${out}/results.json\n`);
    return 130;
  }
  const failed = results.scenarios.flatMap(({ blocks }) => blocks).filter(({ error }) => error !== undefined);
  for (const { condition, arm, error } of failed.slice(0, 3)) console.error(`A block failed (${condition}, ${arm}): ${error}`);
  return failed.length === 0 ? 0 : 1;
}

/** Blocks go into the results, and those into their file, as they are measured. @param run measures one; what it throws once the signal is aborted ends the run */
export async function runSteps(
  { results, steps, out }: Pick<Session, "results" | "steps" | "out">,
  signal: AbortSignal,
  run: (step: Step, planned: PlannedBlock) => ReturnType<typeof runBlock>,
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
      const alone = plan.filter(({ condition }) => atOnce(scenario, condition) === 1);
      for (const arm of new Set(alone.map((block) => block.arm))) {
        const block = alone.find((one) => one.arm === arm);
        signal.throwIfAborted();
        if (block !== undefined) (result.warmUp ??= []).push(onOneClock(await run(step, block)));
      }
      const measureAll = async (blocks: readonly PlannedBlock[]): Promise<void> => {
        for (const batch of batchesOf(scenario, blocks)) {
          signal.throwIfAborted();
          const measured = await runBatch(batch, signal, (planned) => run(step, planned));
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

function handicapOf({ options: { handicap } }: Results): { readonly arm: "sse" | "ws"; readonly ms: number } | null {
  return handicap === null ? null : { arm: handicap.arm === "ws" ? "ws" : "sse", ms: handicap.ms };
}
