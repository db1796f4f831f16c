/** What is counted and never averaged away: lost, repeated and reordered events, failed and spoilt blocks, and what the control saw. */
import { addUp } from "@agent-transports/lab/integrity";
import type { Arm, Block, Environment, ScenarioResult } from "../results/schema.ts";
import type { ArmIntegrity, Comparison, Contamination, Failure, Machine, SensitivitySummary } from "./facts/index.ts";

/** By arm, in the order of the scenarios' arms; arms whose events are not checked (the floor) are left out, and so are peers, whose losses are theirs. */
export function countIntegrity(scenarios: readonly ScenarioResult[]): ArmIntegrity[] {
  const all = scenarios.flatMap(({ arms }) => arms).filter(({ peer }) => peer === undefined);
  const blocks = scenarios.flatMap((scenario) => scenario.blocks);
  // An arm that several scenarios have counts once.
  return all.filter(({ id }, index) => all.findIndex((one) => one.id === id) === index).flatMap((arm) => addIntegrity(blocks, arm));
}

/** One arm's, over its blocks among these; none where none of them was checked. */
export function addIntegrity(blocks: readonly Block[], { id, label }: Pick<Arm, "id" | "label">): ArmIntegrity[] {
  const checked = blocks.flatMap(({ arm, integrity }) => (arm !== id || integrity === null ? [] : [integrity]));
  return checked.length === 0 ? [] : [{ arm: id, label, blocks: checked.length, ...addUp(checked) }];
}

export function faultyEvents({ lost, repeated, reordered }: ArmIntegrity): number {
  return lost + repeated + reordered;
}

export function countContamination(blocks: readonly Block[]): Contamination {
  const byMark: Record<string, number> = {};
  for (const mark of blocks.flatMap(({ contamination }) => contamination.marks)) byMark[mark] = (byMark[mark] ?? 0) + 1;
  return {
    blocks: blocks.length,
    marked: blocks.filter(({ contamination }) => contamination.marks.length > 0).length,
    byMark,
    worstEventLoopDelayP99Ms: worst(blocks, ({ contamination }) => contamination.eventLoopDelayP99Ms),
    worstStealShare: worst(blocks, ({ contamination }) => contamination.stealShare),
  };
}

/** Of the blocks of a run: where so many are contaminated, it is the machine's doing and not a block's. */
const BUSY_SHARE = 0.2;

export function describeMachine({ loadAverageAtStart: [loadAtStart = 0], cores }: Environment, { blocks, marked }: Contamination): Machine {
  return { loadAtStart, cores, busy: blocks > 0 && marked >= BUSY_SHARE * blocks };
}

export function listFailures(scenario: ScenarioResult): Failure[] {
  return scenario.blocks.flatMap(({ condition, arm, pair, position, error }) =>
    error === undefined ? [] : [{ condition, arm, pair, position, error }],
  );
}

/** Whether what was marked decides anything. */
export function summariseSensitivity(comparisons: readonly Comparison[]): SensitivitySummary {
  const marked = comparisons.flatMap(({ withoutMarked }) => (withoutMarked === null ? [] : [withoutMarked]));
  const undecided = marked.filter(({ verdict, changes }) => changes && verdict.kind === "not-enough-data").length;
  const changed = marked.filter(({ changes }) => changes).length - undecided;
  return { comparisons: comparisons.length, compared: marked.length, changed, undecided };
}

function worst(blocks: readonly Block[], figure: (block: Block) => number): number {
  return blocks.reduce((most, block) => Math.max(most, figure(block)), 0);
}
