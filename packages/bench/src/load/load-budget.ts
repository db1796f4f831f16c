import { formatCount } from "../report/words/format.ts";
import type { Budget } from "../run/budget.ts";

/** What a load test starts at a deployment: nothing of it is cancelled early. @param tokensPerRun an estimate, and said to be one */
export function loadBudgetOf(runs: number, tokensPerRun: number, seconds: number): Budget {
  return { runs, tokens: runs * tokensPerRun, leastSeconds: seconds };
}

export function loadBudgetWords({ runs, tokens, leastSeconds }: Budget, target: string): string {
  return (
    `About ${formatCount(runs)} runs are started at ${target} within ${Math.ceil(leastSeconds)} s. ` +
    `Each writes a whole answer: some ${formatCount(tokens)} output tokens in all, by estimate (${formatCount(Math.round(tokens / Math.max(1, runs)))} a run). Ctrl-C stops.`
  );
}
