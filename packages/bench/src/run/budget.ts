import { createInterface } from "node:readline/promises";
import type { Readable, Writable } from "node:stream";
import { formatCount } from "../report/words/format.ts";
import { RefusedError } from "../usage/errors.ts";
import type { PlannedBlock } from "./schedule.ts";
import type { Scenario } from "../scenarios/parts/scenario.ts";

/**
 * What a model writes before a cancel reaches it: half a second at 100 tokens a second. An estimate, and said to be one; a model that writes
 * faster, or a provider that bills a whole answer, costs more.
 */
const TOKENS_PER_CANCELLED_RUN = 50;

/** Runs that a bench may start at a deployment without being told to go further. */
export const DEFAULT_MAX_RUNS = 1_000;

/** Runs started at a deployment in a second, at most. */
export const DEFAULT_RUNS_PER_SECOND = 1;

/** What a deployment may be asked for. */
export interface DeploymentLimits {
  /** Agrees to the budget without being asked. */
  readonly yes: boolean;
  readonly maxRuns: number;
  readonly runsPerSecond: number;
}

export interface Budget {
  readonly runs: number;
  readonly tokens: number;
  /** At the rate cap; the blocks' own time comes on top where it is longer. */
  readonly leastSeconds: number;
}

/** Blocks that warm up start runs as well. */
export function budgetOf(
  plans: readonly { readonly scenario: Scenario; readonly plan: readonly PlannedBlock[] }[],
  runsPerSecond: number,
): Budget {
  const runs = plans.reduce((sum, { scenario, plan }) => {
    const warmUps = new Set(plan.map(({ arm }) => arm)).size;
    return sum + (plan.length + warmUps) * scenario.remoteRuns;
  }, 0);
  return { runs, tokens: runs * TOKENS_PER_CANCELLED_RUN, leastSeconds: runs / runsPerSecond };
}

export function budgetWords({ runs, tokens, leastSeconds }: Budget, target: string, runsPerSecond: number): string {
  return (
    `About ${formatCount(runs)} runs are started at ${target}, at most ${runsPerSecond} a second, so for ${Math.max(1, Math.ceil(leastSeconds / 60))} min or longer. ` +
    `Each is cancelled after its first words: some ${formatCount(tokens)} output tokens in all, by estimate (${TOKENS_PER_CANCELLED_RUN} a run). Ctrl-C stops.`
  );
}

export interface Asking extends Pick<DeploymentLimits, "yes" | "maxRuns"> {
  readonly input: Readable & { readonly isTTY?: boolean };
  readonly output: Writable;
}

/**
 * Nothing is started at somebody's deployment that was not agreed to.
 *
 * @throws RefusedError `over-budget` above the cap, `needs-confirmation` where nobody can be asked or the answer is no
 */
export async function confirmBudget(budget: Budget, words: string, { yes, maxRuns, input, output }: Asking): Promise<void> {
  if (budget.runs > maxRuns) {
    throw new RefusedError(
      "over-budget",
      `${formatCount(budget.runs)} runs are more than ${formatCount(maxRuns)}. Ask for less, or allow more with --max-runs ${budget.runs}.`,
    );
  }
  output.write(`${words}\n`);
  if (yes) return;
  if (input.isTTY !== true) {
    throw new RefusedError("needs-confirmation", "A deployment pays for every run: agree to the budget above with --yes.");
  }
  const lines = createInterface({ input, output });
  try {
    const answer = await lines.question("Go on? [y/N] ");
    if (!/^y(es)?$/i.test(answer.trim())) throw new RefusedError("needs-confirmation", "Nothing was started.");
  } finally {
    lines.close();
  }
}

/** Holds the next block back until the runs of the last one are within the rate. */
export async function keepRate(startedAt: number, runs: number, runsPerSecond: number, signal: AbortSignal): Promise<void> {
  const waitMs = startedAt + (runs * 1000) / runsPerSecond - performance.now();
  if (waitMs <= 0 || signal.aborted) return;
  await new Promise<void>((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, waitMs);
    signal.addEventListener("abort", end);
  });
}
