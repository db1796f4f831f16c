import { sayWhatIsLeftOut } from "@agent-transports/lab/tools";
import { builtInTraffic, traceTraffic } from "@agent-transports/lab/traffic";
import { readEnvironment } from "../../run/environment.ts";
import { measure, type Step } from "./measure.ts";
import type { ResumeOptions } from "../options.ts";
import { withPeers } from "../../peer-blocks/with-peers.ts";
import { planScenario, remainingBlocks } from "../../run/plan-scenario.ts";
import type { Results } from "../../results/schema.ts";
import { assertResumable, assertSameScenarios } from "../../run/resumable.ts";
import { scenarios } from "../../scenarios/index.ts";
import type { Scenario } from "../../scenarios/parts/scenario.ts";
import { folderOf, loadResults, prepare } from "../../results/store.ts";

/** Goes on where a run was cut: the same seed, the same schedule, into the same file. @returns the exit code */
export async function resume(options: ResumeOptions): Promise<number> {
  const results = await loadResults(options.file);
  const environment = await readEnvironment();
  assertResumable(results, environment, options.anyway);
  const traffic = options.trace === undefined ? builtInTraffic() : await traceTraffic(options.trace);
  assertSameScenarios(results, scenariosOf(results), traffic.name);
  const out = folderOf(options.file);
  await prepare(out);
  const url = results.options.target === null ? undefined : new URL(results.options.target);
  sayWhatIsLeftOut(url);
  const { steps, remeasured } = stepsOf(results, url !== undefined);
  results.resumed = [...(results.resumed ?? []), { at: new Date().toISOString(), environment, remeasured }];
  const left = steps.reduce((sum, { plan }) => sum + plan.length, 0);
  process.stderr.write(
    `${left} blocks are left${remeasured === 0 ? "" : `; ${remeasured} of them had been measured in pair groups that were cut in two, and are measured anew`}.\n`,
  );
  return measure({ ...options, results, steps, traffic, out, url });
}

function scenariosOf({ options }: Results): readonly Scenario[] {
  return options.peers === true ? scenarios.map(withPeers) : scenarios;
}

/** Takes the blocks of half groups out of the results. */
export function stepsOf(results: Results, isRemote: boolean): { readonly steps: readonly Step[]; readonly remeasured: number } {
  let remeasured = 0;
  const steps = scenariosOf(results).flatMap((scenario) => {
    const result = results.scenarios.find(({ name }) => name === scenario.name);
    if (result === undefined || result.notRun !== null) return [];
    // A pilot may have chosen fewer groups than the depth has.
    const chosen = result.pilot?.chosen ?? Infinity;
    const plan = planScenario(scenario, { ...results.options, isRemote }).filter(({ pair }) => pair < chosen);
    const remaining = remainingBlocks(plan, result.blocks);
    remeasured += remaining.remeasured;
    result.blocks = remaining.kept;
    return [{ scenario, result, plan: remaining.planned }];
  });
  return { steps, remeasured };
}
