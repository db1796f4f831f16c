import { z } from "zod";
import { armValueSchema, comparedArmSchema, effectSchema, intervalSchema } from "./values.ts";
import { verdictSchema } from "./verdict.ts";

/** One transport against itself: A/A. */
const controlSchema = z.object({
  arm: comparedArmSchema,
  ratio: z.number().nullable(),
  interval: intervalSchema,
  /** Of the hypothesis that the ratio is 1, of this control alone. */
  pValue: z.number(),
  /** Its interval excludes 1, before any correction: a difference was seen where there is none. One in twenty does so by chance. */
  falseAlarm: z.boolean(),
});

/**
 * What a comparison is corrected with (Benjamini and Hochberg): `headline` holds all that verdicts of scenarios and claims are drawn from,
 * `other` everything else, so that however much of that is measured, it makes no conclusion harder to reach.
 */
const familySchema = z.enum(["headline", "other"]);

/** The same comparison without the pair groups that hold a contaminated block or were run before the scenario was steady. */
const withoutMarkedSchema = z.object({
  groups: z.number().int(),
  marked: z.number().int(),
  ratio: z.number().nullable(),
  /** `null` where the groups left are too few. */
  interval: intervalSchema.nullable(),
  verdict: verdictSchema,
  /** The verdict is another one: another kind, or another arm. */
  changes: z.boolean(),
});

/** One quantile of one metric at one condition. */
export const comparisonSchema = z
  .object({
    metric: z.string(),
    quantile: z.number(),
    arms: z.array(armValueSchema),
    /** WebSocket over SSE. */
    effect: effectSchema.nullable(),
    /** Of SSE and of WebSocket, in this order; empty where there is no effect to control. */
    controls: z.array(controlSchema),
    /** Absolute differences up to this are not claimed, in the metric's unit: three times a timer's lateness for times, 0 otherwise. */
    resolution: z.number(),
    family: familySchema,
    /** Of the effect, after the correction within its family; `null` where there is no effect. */
    adjustedPValue: z.number().nullable(),
    /** `null` where no group of the condition is marked. */
    withoutMarked: withoutMarkedSchema.nullable(),
    /** How many pair groups would show a difference of `Analysis.effectWanted`, by the spread seen here; `null` where it is not known. */
    groupsNeeded: z.number().int().nullable(),
    /** Complete pair groups that were compared. */
    groups: z.number().int(),
    /** Pair groups left out: a block failed, is missing, or has no samples of the metric. */
    groupsLeftOut: z.number().int(),
    verdict: verdictSchema,
    /** The arm that is better by this verdict, in view of whether lower or higher is. */
    better: comparedArmSchema.nullable(),
  })
  .meta({ id: "Comparison" });

export type Control = z.infer<typeof controlSchema>;
export type Family = z.infer<typeof familySchema>;
export type WithoutMarked = z.infer<typeof withoutMarkedSchema>;
export type Comparison = z.infer<typeof comparisonSchema>;
