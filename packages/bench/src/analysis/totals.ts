/** What is counted and never averaged away: lost, repeated and reordered events, failed and spoilt blocks, and what the control saw. */
import type { Block, ScenarioResult } from "../results/schema.ts";
import { formatCount, plural } from "./format.ts";
import type { ArmIntegrity, Comparison, Contamination, ControlSummary } from "./types.ts";

/** By arm, in the order of the scenarios' arms; arms whose events are not checked (the floor) are left out. */
export function countIntegrity(scenarios: readonly ScenarioResult[]): ArmIntegrity[] {
  const totals = new Map<string, { -readonly [key in keyof ArmIntegrity]: ArmIntegrity[key] }>();
  for (const scenario of scenarios) {
    for (const { id, label } of scenario.arms) {
      for (const { arm, integrity } of scenario.blocks) {
        if (arm !== id || integrity === null) continue;
        const total = totals.get(id) ?? { arm: id, label, blocks: 0, expected: 0, received: 0, lost: 0, repeated: 0, reordered: 0 };
        total.blocks++;
        for (const count of ["expected", "received", "lost", "repeated", "reordered"] as const) total[count] += integrity[count];
        totals.set(id, total);
      }
    }
  }
  return [...totals.values()];
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

export function listFailures(scenario: ScenarioResult): string[] {
  return scenario.blocks.flatMap(({ condition, arm, pair, position, error }) =>
    error === undefined ? [] : [`${condition}, ${arm}, group ${pair + 1}, block ${position + 1}: ${error}`],
  );
}

/**
 * With the 5 to 10 groups of a quick run, a percentile interval of 95 % misses up to one time in ten (by simulation: 10 % at 5 groups, 6 % at
 * 10, 5 % from 24 on). Two standard errors of a binomial count above that is more than chance.
 */
const EXPECTED_CRIES = 0.1;

export function summariseControl(comparisons: readonly Comparison[]): ControlSummary {
  const all = comparisons.flatMap(({ controls }) => controls);
  const controls = all.length;
  const cries = all.filter((control) => control.cries).length;
  const allowed = Math.floor(controls * EXPECTED_CRIES + 2 * Math.sqrt(controls * EXPECTED_CRIES * (1 - EXPECTED_CRIES)));
  const quiet = cries <= allowed;
  return { controls, cries, allowed, quiet, sentence: controlSentence(controls, cries, allowed) };
}

function controlSentence(controls: number, cries: number, allowed: number): string {
  if (controls === 0) return "The control could not be run: there were too few pair groups.";
  const counted = `${formatCount(cries)} of ${plural(controls, "interval")} of one transport against itself exclude 1`;
  return cries <= allowed
    ? `The control says no difference, as it should: ${counted}, and chance alone may give up to ${formatCount(allowed)}.`
    : `The control cries wolf: ${counted}, where chance gives at most ${formatCount(allowed)}. Read every verdict here with doubt.`;
}

function worst(blocks: readonly Block[], figure: (block: Block) => number): number {
  return blocks.reduce((most, block) => Math.max(most, figure(block)), 0);
}
