import { readEnvironment } from "../environment.ts";
import { takeInterrupts } from "../interrupt.ts";
import { openLab } from "../lab.ts";
import type { RunOptions } from "../options.ts";
import { showProgress } from "../progress.ts";
import { writeReport } from "../reporting.ts";
import { RESULTS_SCHEMA, RESULTS_VERSION, type Results } from "../results/schema.ts";
import { emptyResult, runBatch } from "../runner.ts";
import { scenarios } from "../scenarios/index.ts";
import type { Scenario } from "../scenarios/types.ts";
import { batches, schedule } from "../schedule.ts";
import { seededRandom } from "../stats/index.ts";
import { prepare, saveResults } from "../store.ts";
import { builtInTraffic, traceTraffic } from "../traffic/traffic.ts";

/** Measures, saves after every block, and writes the report. @returns the exit code */
export async function run(options: RunOptions): Promise<number> {
  const random = seededRandom(options.seed);
  const traffic = options.trace === undefined ? builtInTraffic() : await traceTraffic(options.trace);
  await prepare(options.out);
  const chosen = scenarios.filter(({ name }) => options.scenarios.includes(name));
  const results: Results = {
    schema: RESULTS_SCHEMA,
    version: RESULTS_VERSION,
    startedAt: new Date().toISOString(),
    finishedAt: null,
    status: "running",
    options: {
      depth: options.depth,
      seed: options.seed,
      scenarios: chosen.map(({ name }) => name),
      traffic: traffic.name,
      target: options.url?.href ?? null,
      handicap: options.handicap,
    },
    environment: await readEnvironment(),
    scenarios: await Promise.all(chosen.map((scenario) => emptyResult(scenario, options.depth, options.url !== undefined))),
  };

  const arms = [...new Set(chosen.flatMap((scenario) => scenario.arms.map(({ id }) => id)))];
  const lab = await openLab({ traffic, random, arms, url: options.url, port: options.port, handicap: options.handicap });
  using interrupt = takeInterrupts();
  try {
    await measure(chosen, options, results, lab, random, interrupt.signal);
  } finally {
    await lab.close();
  }
  results.finishedAt = new Date().toISOString();
  results.status = interrupt.signal.aborted ? "interrupted" : "complete";
  await saveResults(options.out, results);
  await writeReport(options.out, results, options.json);
  if (interrupt.signal.aborted) return 130;
  const failed = results.scenarios.flatMap(({ blocks }) => blocks).filter(({ error }) => error !== undefined);
  for (const { condition, arm, error } of failed.slice(0, 3)) console.error(`A block failed (${condition}, ${arm}): ${error}`);
  return failed.length === 0 ? 0 : 1;
}

async function measure(
  chosen: readonly Scenario[],
  options: RunOptions,
  results: Results,
  lab: Parameters<typeof runBatch>[0],
  random: () => number,
  signal: AbortSignal,
): Promise<void> {
  const plans = chosen.map((scenario, index) => {
    const result = results.scenarios[index]!;
    const conditions = result.conditions.filter(({ notRun }) => notRun === undefined);
    const plan = result.notRun === null ? schedule({ ...scenario, conditions }, scenario.groups[options.depth], random) : [];
    // The floor stands beside the embedded Worker only.
    return { scenario, result, plan: options.url === undefined ? plan : plan.filter(({ arm }) => arm === "sse" || arm === "ws") };
  });
  if (options.url !== undefined) {
    const runs = plans.reduce((sum, { scenario, plan }) => sum + plan.length * (scenario.remoteRuns ?? 0), 0);
    process.stderr.write(
      `About ${runs} runs are started at ${options.url.href}, and each is cancelled after its first words. Ctrl-C stops.\n`,
    );
  }
  const progress = showProgress(plans.reduce((sum, { plan }) => sum + plan.length, 0));
  try {
    for (const { scenario, result, plan } of plans) {
      if (plan.length > 0) progress.scenario(scenario.title);
      const atOnce = scenario.blocksAtOnce ?? 1;
      // Just-in-time compilers, pools and the Worker's isolate: one block of each arm that is not kept. What waits has no use for it.
      const warmUp = atOnce > 1 ? [] : [...new Set(plan.map(({ arm }) => arm))].flatMap((arm) => plan.find((block) => block.arm === arm) ?? []);
      for (const block of warmUp) await runBatch(lab, scenario, [block], signal);
      for (const batch of batches(plan, atOnce)) {
        result.blocks.push(...(await runBatch(lab, scenario, batch, signal)));
        await saveResults(options.out, results);
        progress.blocks(batch.length);
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    progress.done();
  }
}
