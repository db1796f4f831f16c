import { z } from "zod";
import { integritySchema } from "../../results/schema.ts";

export const armIntegritySchema = z
  .object({ ...integritySchema.shape, arm: z.string(), label: z.string(), blocks: z.number().int() })
  .meta({ id: "ArmIntegrity" });

export const contaminationSchema = z
  .object({
    blocks: z.number().int(),
    marked: z.number().int(),
    /** How many blocks broke each rule. */
    byMark: z.record(z.string(), z.number().int()),
    worstEventLoopDelayP99Ms: z.number(),
    worstStealShare: z.number(),
  })
  .meta({ id: "Contamination" });

/** What the run shared its machine with. */
export const machineSchema = z.object({
  /** The load average over one minute, before the first block. */
  loadAtStart: z.number(),
  cores: z.number().int(),
  /** A fifth of the blocks or more are contaminated. */
  busy: z.boolean(),
});

/** What the A/A controls say of the instrument: those of the scenarios' first figures, one for each setting and transport. */
export const controlSummarySchema = z.object({
  controls: z.number().int(),
  /** Those with a p-value of at most 5 %. */
  falseAlarms: z.number().int(),
  /** Chance gives more than this many once in 1,000 reports. */
  allowed: z.number().int(),
  /** λ: the median χ² of the controls' p-values over what it should be. Above 1, errors are too small. */
  inflation: z.number(),
  /** Chance gives a larger λ once in 20 reports. */
  inflationBound: z.number(),
  /** What all standard errors of the report were multiplied with: √λ where λ is above its bound, else 1. */
  errorsMultipliedBy: z.number(),
  /** QQ data: each p-value, ascending, beside what is expected at its rank. */
  quantiles: z.array(z.object({ expected: z.number(), observed: z.number() })),
  quiet: z.boolean(),
});

/** Whether verdicts change without what was marked, over all comparisons of conditions that have marked groups. */
export const sensitivitySchema = z.object({
  /** All of the report. */
  comparisons: z.number().int(),
  /** Those of conditions that have marked groups. */
  compared: z.number().int(),
  changed: z.number().int(),
  /** Comparisons that have too few groups without the marked ones. */
  undecided: z.number().int(),
});

export type ArmIntegrity = z.infer<typeof armIntegritySchema>;
export type Contamination = z.infer<typeof contaminationSchema>;
export type Machine = z.infer<typeof machineSchema>;
export type ControlSummary = z.infer<typeof controlSummarySchema>;
export type SensitivitySummary = z.infer<typeof sensitivitySchema>;
