import type { Traffic } from "@agent-transports/lab/traffic";
import { assertAgentAt } from "../../lab/deployment.ts";
import type { Lab } from "../../lab/lab.ts";
import { openLocalLab } from "../../lab/local.ts";
import { openRemoteLab } from "../../lab/remote.ts";
import type { Results } from "../../results/schema.ts";
import { saveResults } from "../../results/store.ts";
import { budgetOf, budgetWords, confirmBudget, keepRate, type DeploymentLimits } from "../../run/budget.ts";
import { takeInterrupts } from "../../run/interrupt.ts";
import { blockSeed } from "../../run/plan-scenario.ts";
import { runSteps, type StepsOfRun } from "../../run/run-steps.ts";
import { runBlock } from "../../run/runner.ts";
import { seededRandom } from "../../stats/index.ts";
import { BENCH } from "../../usage/command-name.ts";

export interface Session extends StepsOfRun, DeploymentLimits {
  readonly traffic: Traffic;
  readonly url: URL | undefined;
  readonly port: number;
  readonly json: boolean;
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
  const lab = await labOf(session);
  using interrupt = takeInterrupts();
  try {
    await runSteps(session, interrupt.signal, async (step, planned, meeting) => {
      const random = seededRandom(blockSeed(results.options.seed, step.scenario.name, planned));
      const startedAt = performance.now();
      const block = await runBlock({ ...lab, random, meeting }, step.scenario, planned, interrupt.signal);
      if (url !== undefined) await keepRate(startedAt, step.scenario.remoteRuns, session.runsPerSecond, interrupt.signal);
      return block;
    });
  } finally {
    await lab.close();
  }
  results.finishedAt = new Date().toISOString();
  results.status = interrupt.signal.aborted ? "interrupted" : "complete";
  await saveResults(out, results);
  // Plots, and a DOM to draw them in: nothing that a measurement should have beside it.
  const { writeReport } = await import("./write-report.ts");
  await writeReport(out, results, { json: session.json });
  if (interrupt.signal.aborted) {
    process.stderr.write(`Goes on with: ${BENCH} resume ${out}/results.json\n`);
    return 130;
  }
  const failed = results.scenarios.flatMap(({ blocks }) => blocks).filter(({ error }) => error !== undefined);
  for (const { condition, arm, error } of failed.slice(0, 3)) console.error(`A block failed (${condition}, ${arm}): ${error}`);
  return failed.length === 0 ? 0 : 1;
}

function labOf({ results, steps, traffic, url, port }: Session): Lab | Promise<Lab> {
  const random = seededRandom(results.options.seed);
  if (url !== undefined) return openRemoteLab({ traffic, random, url });
  const arms = steps.flatMap(({ scenario }) => scenario.arms.filter(({ peer }) => peer === undefined).map(({ id }) => id));
  return openLocalLab({ traffic, random, port, handicap: handicapOf(results), arms });
}

function handicapOf({ options: { handicap } }: Results): { readonly arm: "sse" | "ws"; readonly ms: number } | null {
  return handicap === null ? null : { arm: handicap.arm === "ws" ? "ws" : "sse", ms: handicap.ms };
}
