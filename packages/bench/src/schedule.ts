import type { Condition } from "./results/schema.ts";
import type { Depth, Scenario } from "./scenarios/types.ts";

/** One block that is to be run. */
export interface PlannedBlock {
  readonly condition: Condition;
  readonly arm: string;
  /** Blocks of one condition and pair stand next to each other in time. */
  readonly pair: number;
  readonly position: number;
}

/** Pair groups of a scenario's condition. */
export function groupsOf(scenario: Scenario, condition: Condition, depth: Depth): number {
  if ((scenario.missing?.(condition) ?? null) !== null) return 0;
  return (scenario.groupsAt?.(condition) ?? scenario.groups)[depth];
}

/** Why a condition has no pair groups; `null` where it has some. */
export function whyNotRun(scenario: Scenario, condition: Condition, depth: Depth): string | null {
  const missing = scenario.missing?.(condition) ?? null;
  if (missing !== null) return missing;
  if (groupsOf(scenario, condition, depth) > 0) return null;
  const deeper = (["quick", "standard", "full"] as const).filter((one) => groupsOf(scenario, condition, one) > 0);
  return `not in this depth (--${depth}), but with ${deeper.map((one) => `--${one}`).join(" or ")}.`;
}

/**
 * The order of a scenario's blocks: pair groups A B B A, where a coin says whether A is `sse` or `ws`, and then one block of each further
 * arm. Groups of different conditions take turns, in an order drawn anew for each round, so that slow drift meets all alike.
 */
export function schedule(scenario: Scenario, depth: Depth, random: () => number): PlannedBlock[] {
  const groups = new Map(scenario.conditions.map((condition) => [condition, groupsOf(scenario, condition, depth)]));
  const compared = scenario.arms.filter(({ id }) => id === "sse" || id === "ws").map(({ id }) => id);
  const further = scenario.arms.filter(({ id }) => !compared.includes(id)).map(({ id }) => id);
  const plan: PlannedBlock[] = [];
  for (let pair = 0; pair < Math.max(0, ...groups.values()); pair++) {
    const left = scenario.conditions.filter((condition) => pair < (groups.get(condition) ?? 0));
    for (const condition of shuffled(left, random)) {
      const [a = "sse", b = "ws"] = random() < 0.5 ? compared : [...compared].reverse();
      const wanted = scenario.furtherArms?.(condition) ?? further;
      const arms = [a, b, b, a, ...further.filter((arm) => wanted.includes(arm))];
      plan.push(...arms.map((arm, position) => ({ condition, arm, pair, position })));
    }
  }
  return plan;
}

/** Fisher and Yates. */
function shuffled<Item>(items: readonly Item[], random: () => number): Item[] {
  const left = [...items];
  const order: Item[] = [];
  while (left.length > 0) order.push(...left.splice(Math.floor(random() * left.length), 1));
  return order;
}
