import { z } from "zod";
import { armSchema, conditionSchema, metricSchema, pilotSchema } from "../../results/schema.ts";
import { comparisonSchema } from "./comparison.ts";
import { failureSchema } from "./failure.ts";
import { factorialTableSchema } from "./factorial.ts";
import { peersSchema } from "./peers.ts";
import { armIntegritySchema, contaminationSchema } from "./totals.ts";

const conditionAnalysisSchema = z.object({
  condition: conditionSchema,
  comparisons: z.array(comparisonSchema),
  peers: peersSchema,
  /** Pair groups that hold a block which broke a rule of contamination. */
  contaminatedGroups: z.number().int(),
  /** Pair groups that were run before the scenario was steady: compared, and counted here. */
  unsteadyGroups: z.number().int(),
});

/** Whether a scenario's figures settle: a test for a change point over the pair groups of all its conditions, in the order in which they ran. */
const steadinessSchema = z.object({
  state: z.enum(["steady", "warm-up", "never", "too-few"]),
  pValue: z.number().nullable(),
  /** Pair groups that were looked at. */
  groups: z.number().int(),
  /** Of these, how many ran before the steady state; all of them where it never came. */
  groupsBefore: z.number().int(),
  /** Blocks that were run first and are not compared. */
  warmUpBlocks: z.number().int(),
});

/**
 * By the headline (the first metric at its first statistic), over all conditions: one transport is better by what matters, each is at some
 * settings, neither is at any. `undecided`: some setting is, and at no other is there a difference that matters.
 */
const outcomeSchema = z.enum(["sse", "ws", "depends", "no-difference", "undecided", "constant", "not-enough-data", "not-run"]);

/** What the figures are of: a deployment; a network of two kernels, with TLS; or loopback. */
const instrumentSchema = z.enum(["deployment", "network", "loopback"]);

export const scenarioAnalysisSchema = z
  .object({
    name: z.string(),
    title: z.string(),
    question: z.string(),
    method: z.string(),
    claims: z.array(z.number().int()),
    /** Why it was not run; `null` where it was. */
    notRun: z.string().nullable(),
    /** But for its peers. */
    arms: z.array(armSchema),
    metrics: z.array(metricSchema),
    conditions: z.array(conditionAnalysisSchema),
    outcome: outcomeSchema,
    instrument: instrumentSchema,
    integrity: z.array(armIntegritySchema),
    contamination: contaminationSchema,
    steadiness: steadinessSchema,
    /** How a pilot chose the number of pair groups; `null` where the depth set it. */
    pilot: pilotSchema.nullable(),
    failures: z.array(failureSchema),
    factorial: z.array(factorialTableSchema),
  })
  .meta({ id: "Scenario" });

export type ConditionAnalysis = z.infer<typeof conditionAnalysisSchema>;
export type SteadinessAnalysis = z.infer<typeof steadinessSchema>;
export type Outcome = z.infer<typeof outcomeSchema>;
export type Instrument = z.infer<typeof instrumentSchema>;
export type ScenarioAnalysis = z.infer<typeof scenarioAnalysisSchema>;
