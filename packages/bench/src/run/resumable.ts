import type { Environment, Results, ScenarioResult } from "../results/schema.ts";
import type { Scenario } from "../scenarios/parts/scenario.ts";
import { RefusedError } from "../usage/errors.ts";
import { planScenario, remainingBlocks } from "./plan-scenario.ts";
import type { Step } from "./run-steps.ts";
import { emptyResult } from "./runner.ts";

/** Says of two environments in what they differ; empty where they do not. */
function differences(then: Environment, now: Environment, fields: readonly (keyof Environment)[]): string[] {
  return fields.flatMap((field) => {
    const [before, after] = [JSON.stringify(then[field] ?? null), JSON.stringify(now[field] ?? null)];
    return before === after ? [] : [`${field} was ${before} and is ${after}`];
  });
}

/**
 * Whether a run may go on here: blocks before and after are compared as one run, so they must be of one program on one machine.
 *
 * @throws RefusedError `complete`, `other-code`, `other-environment`; the last two not where `anyway` is set
 */
export function assertResumable(results: Results, environment: Environment, anyway: boolean): void {
  if (results.status === "complete")
    throw new RefusedError("complete", "This run is complete: there is nothing left to measure. Start another with run.");
  if (anyway) return;
  const then = results.resumed?.at(-1)?.environment ?? results.environment;
  // The hash of what runs says more than whether some file of the checkout differs from its commit.
  const state = then.build === undefined || environment.build === undefined ? (["dirty"] as const) : (["build"] as const);
  const code = differences(then, environment, ["commit", ...state, "versions", "node"]);
  if (code.length > 0) throw new RefusedError("other-code", `Another program began this run: ${code.join("; ")}. ${REMEDY}`);
  const machine = differences(then, environment, ["cpuModel", "cores", "memoryBytes", "kernel"]);
  if (machine.length > 0)
    throw new RefusedError("other-environment", `This run began on another machine: ${machine.join("; ")}. ${REMEDY}`);
}

const REMEDY = "Continue there, or add --anyway to continue here: the report will say so.";

/** What a run was fed with, by name. */
interface Fed {
  readonly traffic: string;
  readonly link: string | undefined;
}

/** No option makes blocks of two kinds comparable. @throws RefusedError `other-settings` */
export function assertSameScenarios(results: Results, scenarios: readonly Scenario[], { traffic, link }: Fed): void {
  const { target, depth } = results.options;
  if (results.options.traffic !== traffic) {
    throw new RefusedError(
      "other-settings",
      `This run took its reply lengths from ${results.options.traffic}, not from ${traffic}: name the same file with --trace.`,
    );
  }
  if (results.options.link !== link) {
    throw new RefusedError(
      "other-settings",
      results.options.link === undefined
        ? "This run had no recorded link: leave out --link."
        : `This run had a link that was ${results.options.link}: name the same files with --link.`,
    );
  }
  for (const name of results.options.scenarios) {
    const scenario = scenarios.find((one) => one.name === name);
    if (scenario === undefined) throw new RefusedError("other-settings", `This program has no scenario ${name}.`);
    const result = results.scenarios.find((one) => one.name === name);
    if (result === undefined) throw new RefusedError("damaged", `The file lists the scenario ${name}, but has no results of it.`);
    if (settings(result) !== settings(emptyResult(scenario, target === null ? null : scenario.notRemote, depth))) {
      throw new RefusedError(
        "other-settings",
        `${name} has other arms, settings or metrics in this program, or on this machine, than in the file.`,
      );
    }
  }
}

function settings({ arms, conditions, metrics }: Pick<ScenarioResult, "arms" | "conditions" | "metrics">): string {
  return JSON.stringify({ arms, conditions, metrics });
}

/** Takes the blocks of half groups out of the results. */
export function stepsOf(
  results: Results,
  scenarios: readonly Scenario[],
  isRemote: boolean,
): { readonly steps: readonly Step[]; readonly remeasured: number } {
  let remeasured = 0;
  const steps = scenarios.flatMap((scenario) => {
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
