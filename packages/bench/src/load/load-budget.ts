import { formatCount } from "../report/words/format.ts";
import type { Budget } from "../run/budget.ts";

/** What a load test starts at a deployment: what is cancelled is counted whole. @param tokensPerRun an estimate, and said to be one */
export function loadBudgetOf(runs: number, tokensPerRun: number, seconds: number): Budget {
  return { runs, tokens: runs * tokensPerRun, leastSeconds: seconds };
}

export function loadBudgetWords({ runs, tokens, leastSeconds }: Budget, target: string): string {
  return (
    `About ${formatCount(runs)} runs are started at ${target} within ${Math.ceil(leastSeconds)} s. ` +
    `Each writes an answer, or as much of it as is asked for: some ${formatCount(tokens)} output tokens in all, by estimate (${formatCount(Math.round(tokens / Math.max(1, runs)))} a run). Ctrl-C stops.`
  );
}
