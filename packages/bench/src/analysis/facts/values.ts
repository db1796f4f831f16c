import { z } from "zod";
import { metricKindSchema } from "../../results/schema.ts";

/** The two transports that are compared. */
export const comparedArmSchema = z.enum(["sse", "ws"]);

/** 95 %. A bound is `null` where it is infinite (the value divided by is 0), which JSON cannot say. */
export const intervalSchema = z.object({ low: z.number().nullable(), high: z.number().nullable() }).meta({ id: "Interval" });

/** A ratio with its interval; what over what is said where it stands. */
export const ratioSchema = z.object({ ratio: z.number().nullable(), interval: intervalSchema }).meta({ id: "Ratio" });

/** A quantile, by its probability, or the mean. */
export const statisticSchema = z.union([z.number().gt(0).lt(1), z.literal("mean")]);

/** An effect beside the smallest one that is of interest. */
export const sizeSchema = z
  .object({
    kind: metricKindSchema,
    /** `unit`: of the difference, in the metric's unit. `ratio`: of the ratio, as a share. */
    scale: z.enum(["unit", "ratio"]),
    /** Smaller ones are too small to matter. */
    smallest: z.number(),
    /** Of a ratio of times, in ms: nor does what is shorter than this matter. */
    atLeastMs: z.number().nullable(),
    /** 90 %, of the difference or of the ratio; `null` where there is no ratio. */
    interval: intervalSchema.nullable(),
    /** What the verdict would be for others who hold to another size. */
    others: z.array(z.object({ smallest: z.number(), verdict: z.enum(["matters", "too-small", "equivalent", "undecided", "constant"]) })),
  })
  .meta({ id: "Size" });

/** WebSocket over SSE, or ours over a peer. */
export const effectSchema = z
  .object({
    /** `null`: the value of a block is 0, which has no ratio; its interval then has no ends. */
    ratio: z.number().nullable(),
    interval: intervalSchema,
    /** Of the hypothesis that the ratio is 1 (the difference 0 where there is no ratio), of this comparison alone. */
    pValue: z.number(),
    /** WebSocket minus SSE, or ours minus the peer's, in the metric's unit. */
    difference: z.number(),
    differenceInterval: intervalSchema,
  })
  .meta({ id: "Effect" });

export const armValueSchema = z
  .object({
    arm: z.string(),
    label: z.string(),
    samples: z.number().int(),
    blocks: z.number().int(),
    /** In the metric's unit; `null`: too few samples for this quantile, or none. */
    value: z.number().nullable(),
  })
  .meta({ id: "ArmValue" });

/** How much lower the lower arm is, over several comparisons of one metric; always against the other arm, so that a share never passes 1. */
export const reductionSchema = z.object({
  share: z.object({ low: z.number(), high: z.number() }),
  /** In the metric's unit. */
  difference: z.object({ low: z.number(), high: z.number() }),
});

export type ComparedArm = z.infer<typeof comparedArmSchema>;
export type Size = z.infer<typeof sizeSchema>;
export type JsonInterval = z.infer<typeof intervalSchema>;
export type RatioWithInterval = z.infer<typeof ratioSchema>;
export type Effect = z.infer<typeof effectSchema>;
export type ArmValue = z.infer<typeof armValueSchema>;
export type Reduction = z.infer<typeof reductionSchema>;
