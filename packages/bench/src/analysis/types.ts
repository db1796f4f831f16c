/** What the analysis says: JSON as it stands, and all that a report needs beside the raw samples of its plots. */
import type { Arm, Condition, Integrity, Metric, ScenarioResult } from "../results/schema.ts";

export const ANALYSIS_SCHEMA = "agent-transports/analysis";
/** Goes up when a reader of the old version would misread the new one. */
export const ANALYSIS_VERSION = 2;

export type ComparedArm = "sse" | "ws";

export type NoDifferenceReason = "interval-holds-1" | "correction" | "inside-control" | "below-resolution" | "below-floor";

/** METHOD.md, "From samples to a verdict", 5. `lower` names the arm with the lower value; whether that is better is the metric's to say. */
export type Verdict =
  | { readonly kind: "lower"; readonly arm: ComparedArm }
  /** The whole interval lies within this factor of 1, either way. */
  | { readonly kind: "alike"; readonly within: number }
  /** Neither a difference nor alike: what is there, this run cannot tell. */
  | { readonly kind: "no-difference"; readonly reasons: readonly NoDifferenceReason[] }
  | { readonly kind: "not-enough-data"; readonly reason: string };

/** 95 %. A bound is `null` where it is infinite (the value divided by is 0), which JSON cannot say. */
export interface JsonInterval {
  readonly low: number | null;
  readonly high: number | null;
}

export interface ArmValue {
  readonly arm: string;
  readonly label: string;
  readonly samples: number;
  readonly blocks: number;
  /** In the metric's unit; `null`: too few samples for this quantile, or none. */
  readonly value: number | null;
}

/** WebSocket over SSE. */
export interface Effect {
  /** `null`: SSE's value is 0 and WebSocket's is not. */
  readonly ratio: number | null;
  readonly interval: JsonInterval;
  /** Of the hypothesis that the ratio is 1, of this comparison alone. */
  readonly pValue: number;
  /** WebSocket minus SSE, in the metric's unit. */
  readonly difference: number;
  readonly differenceInterval: JsonInterval;
}

/** One transport against itself: A/A. */
export interface Control {
  readonly arm: ComparedArm;
  readonly ratio: number | null;
  readonly interval: JsonInterval;
  /** Of the hypothesis that the ratio is 1, of this control alone. */
  readonly pValue: number;
  /** Its interval excludes 1, before any correction: a difference was seen where there is none. One in twenty does so by chance. */
  readonly cries: boolean;
}

/**
 * What a comparison is corrected with (Benjamini and Hochberg): `headline` holds all that verdicts of scenarios and claims are drawn from,
 * `other` everything else, so that however much of that is measured, it makes no conclusion harder to reach.
 */
export type Family = "headline" | "other";

/** The same comparison without the pair groups that hold a contaminated block or were run before the scenario was steady. */
export interface WithoutMarked {
  readonly groups: number;
  readonly marked: number;
  readonly ratio: number | null;
  /** `null` where the groups left are too few. */
  readonly interval: JsonInterval | null;
  readonly verdict: Verdict;
  /** The verdict is another one: another kind, or another arm. */
  readonly changes: boolean;
}

/** One quantile of one metric at one condition. */
export interface Comparison {
  readonly metric: string;
  readonly quantile: number;
  readonly arms: readonly ArmValue[];
  readonly effect: Effect | null;
  /** Of SSE and of WebSocket, in this order; empty where there is no effect to control. */
  readonly controls: readonly Control[];
  /** Absolute differences up to this are not claimed, in the metric's unit: three times a timer's lateness for times, 0 otherwise. */
  readonly resolution: number;
  readonly family: Family;
  /** Of the effect, after the correction within its family; `null` where there is no effect. */
  readonly adjustedPValue: number | null;
  /** `null` where no group of the condition is marked. */
  readonly withoutMarked: WithoutMarked | null;
  /** How many pair groups would show a difference of {@link Analysis.effectWanted}, by the spread seen here; `null` where it is not known. */
  readonly groupsNeeded: number | null;
  /** Complete pair groups that were compared. */
  readonly groups: number;
  /** Pair groups left out: a block failed, is missing, or has no samples of the metric. */
  readonly groupsLeftOut: number;
  readonly verdict: Verdict;
  /** The arm that is better by this verdict, in view of whether lower or higher is. */
  readonly better: ComparedArm | null;
}

/** As {@link Verdict}, of ours beside a peer. */
export type PeerVerdict = { readonly kind: "lower"; readonly side: "ours" | "peer" } | Exclude<Verdict, { readonly kind: "lower" }>;

/** One quantile of one metric, of ours and of what people use today, in the pair groups in which both were measured. */
export interface PeerComparison {
  readonly metric: string;
  readonly quantile: number;
  /** The peer. */
  readonly arm: string;
  readonly label: string;
  /** The transport of ours that it is held against. */
  readonly beside: ComparedArm;
  /** In the metric's unit; `null`: too few samples for this quantile. */
  readonly ours: number | null;
  readonly theirs: number | null;
  /** Ours over the peer's; its difference is ours minus the peer's. */
  readonly effect: Effect | null;
  /** After the correction over all comparisons with peers (Benjamini and Hochberg); `null` where there is no effect. */
  readonly adjustedPValue: number | null;
  readonly groups: number;
  readonly verdict: PeerVerdict;
}

/** What a peer's application showed of its answers, in tokens; and of the faults that were made, how many nothing new came after. */
export interface PeerText extends ArmIntegrity {
  readonly faults: number;
  readonly unanswered: number;
}

export interface PeerAnalysis {
  readonly comparisons: readonly PeerComparison[];
  readonly text: readonly PeerText[];
  readonly notAsked: readonly { readonly arm: string; readonly label: string; readonly reason: string }[];
}

export interface ConditionAnalysis {
  readonly condition: Condition;
  readonly comparisons: readonly Comparison[];
  /** What people use today beside ours; nothing in it unless a run was asked for it. */
  readonly peers: PeerAnalysis;
  /** Pair groups that hold a block which broke a rule of contamination. */
  readonly contaminatedGroups: number;
  /** Pair groups that were run before the scenario was steady: compared, and counted here. */
  readonly unsteadyGroups: number;
}

/** Whether a scenario's figures settle: a test for a change point over the pair groups of all its conditions, in the order in which they ran. */
export interface SteadinessAnalysis {
  readonly state: "steady" | "warm-up" | "never" | "too-few";
  readonly pValue: number | null;
  /** Pair groups that were looked at. */
  readonly groups: number;
  /** Of these, how many ran before the steady state; all of them where it never came. */
  readonly groupsBefore: number;
  /** Blocks that were run first and are not compared. */
  readonly warmUpBlocks: number;
  readonly sentence: string;
}

export type Outcome = ComparedArm | "depends" | "alike" | "no-difference" | "not-enough-data" | "not-run";

/** A scenario's verdict by its headline: the first metric at its first quantile, over all conditions. */
export interface ScenarioVerdict {
  readonly outcome: Outcome;
  readonly sentence: string;
  /** What the other metrics and quantiles say; `null` where there are none. */
  readonly rest: string | null;
}

export interface ArmIntegrity extends Integrity {
  readonly arm: string;
  readonly label: string;
  readonly blocks: number;
}

export interface Contamination {
  readonly blocks: number;
  readonly marked: number;
  /** How many blocks broke each rule. */
  readonly byMark: Readonly<Record<string, number>>;
  readonly worstEventLoopDelayP99Ms: number;
  readonly worstStealShare: number;
}

export interface ControlSummary {
  readonly controls: number;
  readonly cries: number;
  /** Above this many, the instrument itself sees differences that are not there. */
  readonly allowed: number;
  /** Controls that cry after the correction for many (Holm): in 19 of 20 reports there is none. */
  readonly criesCorrected: number;
  readonly quiet: boolean;
  readonly sentence: string;
}

export interface SensitivitySummary {
  /** Comparisons of conditions that have marked groups. */
  readonly compared: number;
  readonly changed: number;
  /** Of these, comparisons that have too few groups without the marked ones. */
  readonly undecided: number;
  readonly sentence: string;
}

/** A ratio with its interval, lower over higher level or arm as the table says. */
export interface FactorEffect {
  readonly ratio: number | null;
  readonly interval: JsonInterval;
}

/** Transport × input, at one setting of everything else. */
export interface FactorialTable {
  readonly metric: string;
  readonly quantile: number;
  /** The factors held still, e.g. "20 turns". */
  readonly label: string;
  /** Ids of its two conditions. */
  readonly conditions: Readonly<Record<InputLevel, string>>;
  readonly cells: readonly { readonly input: InputLevel; readonly arms: readonly ArmValue[] }[];
  /** WebSocket over an SSE arm, with the same input. */
  readonly transport: readonly (FactorEffect & { readonly input: InputLevel; readonly over: string; readonly label: string })[];
  /** Only what is new over the whole context, on the same transport. */
  readonly input: readonly (FactorEffect & { readonly arm: string; readonly label: string })[];
  /** The transport's effect with only what is new, over its effect with the whole context: 1 where neither makes the other larger. */
  readonly interaction: FactorEffect;
  /** WebSocket with only what is new over SSE with the whole context: what a comparison shows that changes both at once. */
  readonly mixed: FactorEffect;
}

/** What goes up: only what is new, or the whole context each time. */
export type InputLevel = "new" | "whole";

export interface ScenarioAnalysis {
  readonly name: string;
  readonly title: string;
  readonly question: string;
  readonly method: string;
  readonly claims: readonly number[];
  readonly notRun: string | null;
  /** But for its peers. */
  readonly arms: readonly Arm[];
  readonly metrics: readonly Metric[];
  readonly conditions: readonly ConditionAnalysis[];
  readonly verdict: ScenarioVerdict;
  readonly integrity: readonly ArmIntegrity[];
  readonly contamination: Contamination;
  readonly steadiness: SteadinessAnalysis;
  /** How a pilot chose the number of pair groups; `null` where the depth set it. */
  readonly pilot: ScenarioResult["pilot"] | null;
  /** Blocks that failed: their samples were not compared. */
  readonly failures: readonly string[];
  readonly factorial: readonly FactorialTable[];
}

export type ClaimOutcome = "confirmed" | "refuted" | "depends" | "no-difference" | "not measured here";

export interface ClaimVerdict {
  readonly number: number;
  readonly source: string;
  readonly claim: string;
  readonly favours: ComparedArm;
  readonly outcome: ClaimOutcome;
  readonly sentence: string;
  /** Scenarios whose headlines were counted. */
  readonly scenarios: readonly string[];
}

export interface Analysis {
  readonly schema: typeof ANALYSIS_SCHEMA;
  readonly version: typeof ANALYSIS_VERSION;
  readonly resamples: number;
  readonly seed: number;
  /** The ratio that {@link Comparison.groupsNeeded} is about. */
  readonly effectWanted: number;
  /** How many comparisons each correction was made for. */
  readonly families: Readonly<Record<Family, number>>;
  /** Whether verdicts change without what was marked, over all comparisons of which groups were. */
  readonly sensitivity: SensitivitySummary;
  /** The answer, in sentences that stand alone. */
  readonly answer: readonly string[];
  readonly scenarios: readonly ScenarioAnalysis[];
  readonly claims: readonly ClaimVerdict[];
  readonly control: ControlSummary;
  readonly integrity: readonly ArmIntegrity[];
  readonly contamination: Contamination;
}
