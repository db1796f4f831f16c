import { z } from "zod";
import { armValueSchema, comparedArmSchema, effectSchema, intervalSchema, sizeSchema, statisticSchema } from "./values.ts";
import { verdictSchema } from "./verdict.ts";

/** One transport against itself: A/A. It gates no comparison; `Analysis.control` judges all of them together. */
const controlSchema = z.object({
  arm: comparedArmSchema,
  ratio: z.number().nullable(),
  interval: intervalSchema,
  /** Of the hypothesis that the ratio is 1, of this control alone. */
  pValue: z.number(),
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

/** One statistic of one metric at one condition. */
export const comparisonSchema = z
  .object({
    metric: z.string(),
    statistic: statisticSchema,
    arms: z.array(armValueSchema),
    /** WebSocket over SSE. */
    effect: effectSchema.nullable(),
    /** How large it is beside the smallest effect of interest; `null` where there is no effect, or the metric names no kind. */
    size: sizeSchema.nullable(),
    /** Of SSE and of WebSocket, in this order; empty where there is no effect, and without those that are constant. */
    controls: z.array(controlSchema),
    /** Absolute differences up to this are not claimed, in the metric's unit: three times a timer's lateness for times, 0 otherwise. */
    resolution: z.number(),
    family: familySchema,
    /** Of the effect, after the correction within its family; `null` where there is no effect, or it is constant. */
    adjustedPValue: z.number().nullable(),
    /** Of a p50: the ratio of the means is another one by more than a quarter, so that it is no headline alone. */
    meanDiffers: z.boolean(),
    /** `null` where no group of the condition is marked. */
    withoutMarked: withoutMarkedSchema.nullable(),
    /** Complete pair groups that were compared. */
    groups: z.number().int(),
    /** Pair groups left out: a block failed, is missing, or has no samples of the metric. */
    groupsLeftOut: z.number().int(),
    verdict: verdictSchema,
    /** The arm that is better by a difference that matters, in view of whether lower or higher is. */
    better: comparedArmSchema.nullable(),
  })
  .meta({ id: "Comparison" });

export type Control = z.infer<typeof controlSchema>;
export type Family = z.infer<typeof familySchema>;
export type WithoutMarked = z.infer<typeof withoutMarkedSchema>;
export type Comparison = z.infer<typeof comparisonSchema>;
