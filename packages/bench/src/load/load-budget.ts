import { formatCount } from "../report/words/format.ts";
import type { Budget } from "../run/budget.ts";

/** What a model writes for a paragraph. An estimate, and said to be one. */
const TOKENS_PER_ANSWER = 200;

/** What a load test starts at a deployment: nothing of it is cancelled early. */
export function loadBudgetOf(runs: number, seconds: number): Budget {
  return { runs, tokens: runs * TOKENS_PER_ANSWER, leastSeconds: seconds };
}

export function loadBudgetWords({ runs, tokens, leastSeconds }: Budget, target: string): string {
  return (
    `About ${formatCount(runs)} runs are started at ${target} within ${Math.ceil(leastSeconds)} s. ` +
    `Each writes a whole answer: some ${formatCount(tokens)} output tokens in all, by estimate (${TOKENS_PER_ANSWER} a run). Ctrl-C stops.`
  );
}
