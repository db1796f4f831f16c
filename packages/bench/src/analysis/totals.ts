/** What is counted and never averaged away: lost, repeated and reordered events, failed and spoilt blocks, and what the control saw. */
import { addUp } from "@agent-transports/lab/integrity";
import type { Arm, Block, ScenarioResult } from "../results/schema.ts";
import { binomialQuantile, holm } from "../stats/index.ts";
import { formatCount, plural } from "./format.ts";
import type { ArmIntegrity, Comparison, Contamination, Control, ControlSummary, SensitivitySummary } from "./types.ts";
import { ERROR_LEVEL } from "./verdict.ts";

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

export function listFailures(scenario: ScenarioResult): string[] {
  return scenario.blocks.flatMap(({ condition, arm, pair, position, error }) =>
    error === undefined ? [] : [`${condition}, ${arm}, group ${pair + 1}, block ${position + 1}: ${error}`],
  );
}

/** Quantiles of one metric cry together, so that the count of cries spreads more than that of as many coins: it is held against 1 in 1,000. */
const COUNT_LEVEL = 0.999;

export function summariseControl(comparisons: readonly Comparison[]): ControlSummary {
  return summariseControls(comparisons.flatMap(({ controls }) => controls));
}

/** Quiet: none cries after the correction for many, and no more cry before it than chance gives. */
export function summariseControls(all: readonly Pick<Control, "cries" | "pValue">[]): ControlSummary {
  const controls = all.length;
  const cries = all.filter((control) => control.cries).length;
  const allowed = binomialQuantile(COUNT_LEVEL, controls, ERROR_LEVEL);
  const criesCorrected = holm(all.map(({ pValue }) => pValue)).filter((pValue) => pValue <= ERROR_LEVEL).length;
  const base = { controls, cries, allowed, criesCorrected, quiet: cries <= allowed && criesCorrected === 0 };
  return { ...base, sentence: controlSentence(base) };
}

function controlSentence({ controls, cries, allowed, criesCorrected, quiet }: Omit<ControlSummary, "sentence">): string {
  if (controls === 0) return "The control could not be run: there were too few pair groups.";
  const counted = `${formatCount(cries)} of ${plural(controls, "interval")} of one transport against itself exclude 1, and after the correction for so many ${formatCount(criesCorrected)}`;
  return quiet
    ? `The control says no difference, as it should: ${counted}; chance alone may give up to ${formatCount(allowed)}, and none after the correction.`
    : `The control cries wolf: ${counted}, where chance gives at most ${formatCount(allowed)}, and none after the correction. Read every verdict here with doubt.`;
}

/** Whether what was marked decides anything. */
export function summariseSensitivity(comparisons: readonly Comparison[]): SensitivitySummary {
  const marked = comparisons.flatMap(({ withoutMarked }) => (withoutMarked === null ? [] : [withoutMarked]));
  const undecided = marked.filter(({ verdict, changes }) => changes && verdict.kind === "not-enough-data").length;
  const changed = marked.filter(({ changes }) => changes).length - undecided;
  const base = { compared: marked.length, changed, undecided };
  return { ...base, sentence: sensitivitySentence(base) };
}

function sensitivitySentence({ compared, changed, undecided }: Omit<SensitivitySummary, "sentence">): string {
  if (compared === 0) return "No pair group holds a contaminated block or came before a steady state.";
  const few = undecided === 0 ? "" : ` For ${formatCount(undecided)} too few pair groups are left to say.`;
  return `Without the pair groups that hold a contaminated block or came before a steady state, ${
    changed === 0 ? "none" : formatCount(changed)
  } of ${plural(compared, "verdict")} that had any would be another.${few}`;
}

function worst(blocks: readonly Block[], figure: (block: Block) => number): number {
  return blocks.reduce((most, block) => Math.max(most, figure(block)), 0);
}
