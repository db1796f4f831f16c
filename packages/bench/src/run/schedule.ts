import type { Condition } from "../results/schema.ts";
import type { Depth, Scenario } from "../scenarios/parts/scenario.ts";

/** One block that is to be run. */
export interface PlannedBlock {
  readonly condition: Condition;
  readonly arm: string;
  /** Blocks of one condition and pair stand next to each other in time. */
  readonly pair: number;
  readonly position: number;
}

type Groups = Pick<Scenario, "groups" | "groupsAt">;

export function groupsOf({ groups, groupsAt }: Groups, condition: Condition, depth: Depth): number {
  return (groupsAt?.(condition) ?? groups)[depth];
}

/** Why a condition has no pair groups; `null` where it has some. */
export function whyNotRun(scenario: Groups & Pick<Scenario, "missing">, condition: Condition, depth: Depth): string | null {
  const missing = scenario.missing?.(condition) ?? null;
  if (missing !== null || groupsOf(scenario, condition, depth) > 0) return missing;
  const deeper = (["quick", "standard", "full"] as const).filter((one) => groupsOf(scenario, condition, one) > 0);
  return `not in this depth (--${depth}), but with ${deeper.map((one) => `--${one}`).join(" or ")}.`;
}

/**
 * The order of a scenario's blocks: pair groups A B B A, where a coin says whether A is `sse` or `ws`, and then one block of each further
 * arm. Groups of different conditions take turns, in an order drawn anew for each round, so that slow drift meets all alike. Peers stand before or
 * after their group, by a coin, in an order drawn for each.
 */
export function schedule(scenario: Scenario, depth: Depth, random: () => number): PlannedBlock[] {
  const groups = new Map(
    scenario.conditions.map((condition) => [
      condition,
      whyNotRun(scenario, condition, depth) === null ? groupsOf(scenario, condition, depth) : 0,
    ]),
  );
  const compared = scenario.arms.filter(({ id }) => id === "sse" || id === "ws").map(({ id }) => id);
  const further = scenario.arms.filter(({ id, peer }) => !compared.includes(id) && peer === undefined).map(({ id }) => id);
  const plan: PlannedBlock[][] = [];
  for (let pair = 0; pair < Math.max(0, ...groups.values()); pair++) {
    const left = scenario.conditions.filter((condition) => pair < (groups.get(condition) ?? 0));
    for (const condition of shuffled(left, random)) {
      const [a = "sse", b = "ws"] = random() < 0.5 ? compared : [...compared].reverse();
      const wanted = scenario.furtherArms?.(condition) ?? further;
      const arms = [a, b, b, a, ...further.filter((arm) => wanted.includes(arm))];
      plan.push(arms.map((arm, position) => ({ condition, arm, pair, position })));
    }
  }
  // Drawn last, so that the others' order is the same without them.
  return plan.flatMap((group) => withPeerBlocks(scenario, depth, group, random));
}

function withPeerBlocks(scenario: Scenario, depth: Depth, group: PlannedBlock[], random: () => number): PlannedBlock[] {
  const [first] = group;
  if (first === undefined || scenario.peers === undefined) return group;
  const { condition, pair } = first;
  if (pair >= scenario.peers.groups(condition)[depth]) return group;
  const asked = scenario.arms.filter(({ peer }) => peer?.notAsked.every((one) => one.condition !== condition.id) === true);
  if (asked.length === 0) return group;
  const blocks = shuffled(asked, random).map(({ id }, index) => ({ condition, arm: id, pair, position: group.length + index }));
  return random() < 0.5 ? [...blocks, ...group] : [...group, ...blocks];
}

/** What of a plan runs at once: in order, but that settings of which more blocks run at once stand together, behind the others. */
export function batchesOf(scenario: Pick<Scenario, "blocksAtOnce" | "blocksAtOnceAt">, plan: readonly PlannedBlock[]): PlannedBlock[][] {
  const bySize = Map.groupBy(plan, ({ condition }) => atOnce(scenario, condition));
  return [...bySize].sort(([left], [right]) => left - right).flatMap(([size, blocks]) => batches(blocks, size));
}

export function atOnce(
  { blocksAtOnce = 1, blocksAtOnceAt }: Pick<Scenario, "blocksAtOnce" | "blocksAtOnceAt">,
  condition: Condition,
): number {
  return blocksAtOnceAt?.(condition) ?? blocksAtOnce;
}

/** In order, so many at a time. */
export function batches(plan: readonly PlannedBlock[], size: number): PlannedBlock[][] {
  const left = [...plan];
  const all: PlannedBlock[][] = [];
  while (left.length > 0) all.push(left.splice(0, size));
  return all;
}

/** Fisher and Yates. */
function shuffled<Item>(items: readonly Item[], random: () => number): Item[] {
  const left = [...items];
  const order: Item[] = [];
  while (left.length > 0) order.push(...left.splice(Math.floor(random() * left.length), 1));
  return order;
}
