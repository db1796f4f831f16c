import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { budgetOf, budgetWords, confirmBudget, keepRate } from "./budget.ts";
import { RefusedError } from "../usage/errors.ts";
import { planScenario } from "./plan-scenario.ts";
import { scenarios } from "../scenarios/index.ts";

const plans = scenarios
  .filter(({ name }) => name === "uplink" || name === "connect")
  .map((scenario) => ({ scenario, plan: planScenario(scenario, { depth: "quick", seed: 1, isRemote: true }) }));

function asking(isTTY: boolean, answer = ""): { input: PassThrough & { isTTY?: boolean }; output: PassThrough } {
  const input = Object.assign(new PassThrough(), { isTTY });
  input.write(answer);
  return { input, output: new PassThrough() };
}

describe("the budget at a deployment", () => {
  it("counts the runs of every block, and of those that warm up", () => {
    // connect: 5 groups × 2 conditions × 4 blocks and 2 to warm up, 3 runs each; uplink: the same, 1 run each.
    expect(budgetOf(plans, 2)).toEqual({ runs: 42 * 3 + 42, tokens: 168 * 50, leastSeconds: 84 });
    expect(budgetWords(budgetOf(plans, 2), "https://a.example/", 2)).toMatch(
      /About 168 runs are started at https:\/\/a\.example\/, at most 2 a second, so for 2 min/,
    );
  });

  it("stops the run without consent", async () => {
    const budget = budgetOf(plans, 1);
    const ask = (yes: boolean, maxRuns: number, isTTY: boolean, answer?: string): Promise<void> =>
      confirmBudget(budget, "words", { yes, maxRuns, ...asking(isTTY, answer) });
    await expect(ask(false, 1_000, false)).rejects.toMatchObject({ code: "needs-confirmation" });
    await expect(ask(false, 1_000, true, "n\n")).rejects.toMatchObject({ code: "needs-confirmation" });
    await expect(ask(false, 1_000, true, "\n")).rejects.toBeInstanceOf(RefusedError);
    await expect(ask(false, 1_000, true, "y\n")).resolves.toBeUndefined();
    await expect(ask(true, 1_000, false)).resolves.toBeUndefined();
    await expect(ask(true, 100, false)).rejects.toMatchObject({ code: "over-budget" });
  });

  it("delays a block until its runs are within the rate, and stops at Ctrl-C", async () => {
    const startedAt = performance.now();
    await keepRate(startedAt, 3, 50, new AbortController().signal);
    expect(performance.now() - startedAt).toBeGreaterThan(58);
    const controller = new AbortController();
    const held = keepRate(performance.now(), 1, 0.0001, controller.signal);
    controller.abort();
    await held;
  });
});
