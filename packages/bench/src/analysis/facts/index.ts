/**
 * What an analysis says: facts, and no sentence. These schemas are the only place where their shape stands; the types are theirs.
 *
 * They are promised until {@link ANALYSIS_VERSION} goes up. Objects may get members that are not named here before it does.
 */
import { z } from "zod";
import { resultsSchema } from "../../results/schema.ts";
import { claimVerdictSchema } from "./claims.ts";
import { chainSavingSchema } from "./counts.ts";
import { mapSchema } from "./map.ts";
import { scenarioAnalysisSchema } from "./scenario.ts";
import { armIntegritySchema, contaminationSchema, controlSummarySchema, machineSchema, sensitivitySchema } from "./totals.ts";

export type * from "./claims.ts";
export type * from "./comparison.ts";
export type * from "./counts.ts";
export type * from "./factorial.ts";
export type * from "./failure.ts";
export type * from "./herd.ts";
export type * from "./map.ts";
export type * from "./memory.ts";
export type * from "./peers.ts";
export type * from "./scenario.ts";
export type * from "./totals.ts";
export type * from "./values.ts";
export type * from "./verdict.ts";

export const ANALYSIS_SCHEMA = "agent-transports/analysis";
/** Goes up when a reader of the old version would misread the new one. Version 3 has facts where version 2 had sentences; version 4 has the outcome `not-enough-measured`; version 5 has the rule of 2026-11-29, whose verdicts say whether a difference matters; version 6 has sessions in place of applications. */
export const ANALYSIS_VERSION = 7;

const { status, options } = resultsSchema.shape;

export const analysisSchema = z.object({
  schema: z.literal(ANALYSIS_SCHEMA),
  version: z.literal(ANALYSIS_VERSION),
  seed: z.number().int(),
  /** Whether the run came to its end. */
  status,
  /** Milliseconds added to one arm on purpose. */
  handicap: options.shape.handicap,
  /** How many comparisons each correction was made for. */
  families: z.object({ headline: z.number().int(), other: z.number().int() }),
  sensitivity: sensitivitySchema,
  scenarios: z.array(scenarioAnalysisSchema),
  claims: z.array(claimVerdictSchema),
  /** Not one of `scenarios`: its settings are judged together. `null` where the run has none. */
  map: mapSchema.nullable(),
  chainSavings: z.array(chainSavingSchema),
  control: controlSummarySchema,
  integrity: z.array(armIntegritySchema),
  contamination: contaminationSchema,
  machine: machineSchema,
});

export type Analysis = z.infer<typeof analysisSchema>;
