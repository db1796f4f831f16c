import type { Depth, Scenario, Setting } from "../scenarios/parts/scenario.ts";

/** One block that is to be run. */
export interface PlannedBlock {
  readonly setting: Setting;
  /** An arm's id. */
  readonly arm: string;
  /** Blocks of one setting and pair stand next to each other in time. */
  readonly pair: number;
  readonly position: number;
}

/** Why a setting has no pair groups; `null` where it has some. */
export function whyNotRun({ groups, missing }: Pick<Setting, "groups" | "missing">, depth: Depth): string | null {
  const why = missing();
  if (why !== null || groups[depth] > 0) return why;
  const deeper = (["quick", "standard", "full"] as const).filter((one) => groups[one] > 0);
  return `not in this depth (--${depth}), but with ${deeper.map((one) => `--${one}`).join(" or ")}.`;
}

/**
 * The order of a scenario's blocks: pair groups A B B A, where a coin says whether A is `sse` or `ws`; of a setting in halves A B C C B A. One block of each
 * further arm stands before or behind them, by a coin, in an order drawn for each group. Where blocks run at once it stands behind, so that the four are not
 * parted. Groups of different settings take turns, in an order drawn anew for each round, so that slow drift meets all alike. Peers stand before or after their
 * group, by a coin, in an order drawn for each.
 */
export function schedule(scenario: Scenario, depth: Depth, random: () => number): PlannedBlock[] {
  const groups = new Map(scenario.settings.map((setting) => [setting, whyNotRun(setting, depth) === null ? setting.groups[depth] : 0]));
  const compared = scenario.arms.filter(({ id }) => id === "sse" || id === "ws").map(({ id }) => id);
  const plan: PlannedBlock[][] = [];
  for (let pair = 0; pair < Math.max(0, ...groups.values()); pair++) {
    const left = scenario.settings.filter((setting) => pair < (groups.get(setting) ?? 0));
    for (const setting of shuffled(left, random)) {
      const [a = "sse", b = "ws"] = random() < 0.5 ? compared : [...compared].reverse();
      const further = depth === "quick" && !setting.furtherArmsAtQuick ? [] : setting.furtherArms;
      const others = shuffled(further, random);
      plan.push(orderOf(setting, [a, b], others, random).map((arm, position) => ({ setting, arm, pair, position })));
    }
  }
  // Drawn last, so that the others' order is the same without them.
  return plan.flatMap((group) => withPeerBlocks(scenario, depth, group, random));
}

function orderOf({ inHalves, blocksAtOnce }: Setting, [a, b]: readonly [string, string], others: string[], random: () => number): string[] {
  if (inHalves) return [a, b, ...others, ...others.toReversed(), b, a];
  const compared = [a, b, b, a];
  if (others.length === 0 || blocksAtOnce > 1) return [...compared, ...others];
  return random() < 0.5 ? [...others, ...compared] : [...compared, ...others];
}

function withPeerBlocks(scenario: Scenario, depth: Depth, group: PlannedBlock[], random: () => number): PlannedBlock[] {
  const [first] = group;
  if (first?.setting.peers === undefined) return group;
  const { setting, pair } = first;
  if (pair >= first.setting.peers.groups[depth]) return group;
  const asked = scenario.arms.filter(({ peer }) => peer?.notAsked.every((one) => one.condition !== setting.id) === true);
  if (asked.length === 0) return group;
  const blocks = shuffled(asked, random).map(({ id }, index) => ({ setting, arm: id, pair, position: group.length + index }));
  return random() < 0.5 ? [...blocks, ...group] : [...group, ...blocks];
}

/** What of a plan runs at once: in order, but that settings of which more blocks run at once stand together, behind the others. */
export function batchesOf(plan: readonly PlannedBlock[]): PlannedBlock[][] {
  const bySize = Map.groupBy(plan, ({ setting }) => setting.blocksAtOnce);
  return [...bySize].sort(([left], [right]) => left - right).flatMap(([size, blocks]) => batches(blocks, size));
}

/** In order, so many at a time: as many whole groups as there is room for, or a group in parts. None has parts of two groups. */
export function batches(plan: readonly PlannedBlock[], size: number): PlannedBlock[][] {
  const all: PlannedBlock[][] = [];
  let room = 0;
  for (const group of groupsOf(plan)) {
    if (group.length <= room) {
      all.at(-1)?.push(...group);
      room -= group.length;
      continue;
    }
    const left = [...group];
    while (left.length > 0) all.push(left.splice(0, size));
    room = group.length < size ? size - group.length : 0;
  }
  return all;
}

/** Blocks of one setting and pair stand next to each other. */
function groupsOf(plan: readonly PlannedBlock[]): PlannedBlock[][] {
  const groups: PlannedBlock[][] = [];
  let last: PlannedBlock | undefined;
  for (const block of plan) {
    if (last !== undefined && block.setting.id === last.setting.id && block.pair === last.pair) groups.at(-1)?.push(block);
    else groups.push([block]);
    last = block;
  }
  return groups;
}

/** Fisher and Yates. */
function shuffled<Item>(items: readonly Item[], random: () => number): Item[] {
  const left = [...items];
  const order: Item[] = [];
  while (left.length > 0) order.push(...left.splice(Math.floor(random() * left.length), 1));
  return order;
}
