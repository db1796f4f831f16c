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

/** What the A/A controls of all comparisons say of the instrument. */
export const controlSummarySchema = z.object({
  controls: z.number().int(),
  falseAlarms: z.number().int(),
  /** Above this many, the instrument itself sees differences that are not there. */
  allowed: z.number().int(),
  /** False alarms that are left after the correction for many (Holm): in 19 of 20 reports there is none. */
  falseAlarmsCorrected: z.number().int(),
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
