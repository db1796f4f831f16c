import { z } from "zod";

export const COMPARISON_SCHEMA = "agent-transports/comparison";
/** Goes up when a reader of the old version would misread the new one. */
export const COMPARISON_VERSION = 1;

const intervalSchema = z.object({ low: z.number(), high: z.number() });

export const figureSchema = z.object({
  scenario: z.string(),
  condition: z.string(),
  arm: z.string(),
  metric: z.string(),
  quantile: z.number(),
  unit: z.string(),
  better: z.enum(["lower", "higher"]),
  /**
   * `regression`: worse by more than the threshold, and outside noise. `worse`: outside noise, within the threshold. `improvement`: better,
   * outside noise. `noise`: the interval holds no change, or the change is below what a timer resolves. `not-compared`: see `reason`.
   */
  outcome: z.enum(["regression", "worse", "noise", "improvement", "not-compared"]),
  reason: z.string().nullable(),
  /** As a share: 0.05 is 5 %. */
  maxRegression: z.number(),
  before: z.number().nullable(),
  after: z.number().nullable(),
  /** After over before; `null` where it was not compared, or values of 0 leave no ratio. */
  ratio: z.number().nullable(),
  ratioInterval: intervalSchema.nullable(),
  /** After minus before, in the unit. */
  difference: z.number().nullable(),
  differenceInterval: intervalSchema.nullable(),
  /** Pair groups on each side. */
  groups: z.object({ before: z.number().int(), after: z.number().int() }),
  /** Whether a regression of the threshold's size lies within the interval: then this figure does not rule one out. */
  couldHide: z.boolean(),
  raw: z.string(),
});

export const runComparisonSchema = z.object({
  schema: z.literal(COMPARISON_SCHEMA),
  version: z.literal(COMPARISON_VERSION),
  before: z.object({ file: z.string(), startedAt: z.string(), commit: z.string().nullable() }),
  after: z.object({ file: z.string(), startedAt: z.string(), commit: z.string().nullable() }),
  /** Of every interval, so that all together cover with 95 %. */
  level: z.number(),
  figures: z.array(figureSchema),
  /** Events lost, repeated or reordered. */
  faults: z.array(z.object({ scenario: z.string(), arm: z.string(), before: z.number().int(), after: z.number().int() })),
  /** In one file only, or not run. */
  leftOut: z.array(z.object({ scenario: z.string(), reason: z.string() })),
  outcome: z.enum(["regression", "pass"]),
});

export type Figure = z.infer<typeof figureSchema>;
export type RunComparison = z.infer<typeof runComparisonSchema>;
