import { readEnvironment } from "../environment.ts";
import { chooseGroups } from "../groups-from-pilot.ts";
import { takeInterrupts } from "../interrupt.ts";
import { openLab } from "../lab.ts";
import type { RunOptions } from "../options.ts";
import { showProgress } from "../progress.ts";
import { writeReport } from "../reporting.ts";
import { RESULTS_SCHEMA, RESULTS_VERSION, type Results } from "../results/schema.ts";
import { emptyResult, runBlock } from "../runner.ts";
import { scenarios } from "../scenarios/index.ts";
import type { Scenario } from "../scenarios/types.ts";
import { schedule } from "../schedule.ts";
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
    scenarios: chosen.map((scenario) => emptyResult(scenario, options.url === undefined ? null : scenario.notRemote)),
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
  lab: Parameters<typeof runBlock>[0],
  random: () => number,
  signal: AbortSignal,
): Promise<void> {
  const plans = chosen.map((scenario, index) => {
    const result = results.scenarios[index]!;
    const plan = result.notRun === null ? schedule(scenario, scenario.groups[options.depth], random) : [];
    // The floor stands beside the embedded Worker only.
    return { scenario, result, plan: options.url === undefined ? plan : plan.filter(({ arm }) => arm === "sse" || arm === "ws") };
  });
  if (options.url !== undefined) {
    const runs = plans.reduce((sum, { scenario, plan }) => sum + plan.length * (scenario.remoteRuns ?? 0), 0);
    process.stderr.write(
      `About ${runs} runs are started at ${options.url.href}, and each is cancelled after its first words. Ctrl-C stops.\n`,
    );
  }
  const headlines = plans.reduce((sum, { scenario, plan }) => sum + (plan.length > 0 ? scenario.conditions.length : 0), 0);
  const progress = showProgress(plans.reduce((sum, { plan }) => sum + plan.length, 0));
  try {
    for (const { scenario, result, plan } of plans) {
      if (plan.length > 0) progress.scenario(scenario.title);
      // Just-in-time compilers, pools and the Worker's isolate: one block of each arm that is kept apart.
      for (const arm of new Set(plan.map((block) => block.arm))) {
        const block = plan.find((one) => one.arm === arm);
        if (block !== undefined) (result.warmUp ??= []).push(await runBlock(lab, scenario, block, signal));
      }
      const bounds = { least: scenario.groups.quick, most: scenario.groups[options.depth] };
      for (const block of plan) {
        signal.throwIfAborted();
        // The pilot is the quick depth's groups. Rounds of groups follow one another, so that it is whole where the next one begins.
        if (block.pair === bounds.least && result.pilot === undefined) result.pilot = chooseGroups(result, bounds, headlines);
        if (block.pair >= (result.pilot?.chosen ?? bounds.most)) progress.skip();
        else {
          result.blocks.push(await runBlock(lab, scenario, block, signal));
          await saveResults(options.out, results);
          progress.block();
        }
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    progress.done();
  }
}
