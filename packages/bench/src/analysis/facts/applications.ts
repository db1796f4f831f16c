import { z } from "zod";
import { chainSavingSchema, countsSchema, coverageSchema } from "./counts.ts";
import { effectSchema, statisticSchema } from "./values.ts";
import { verdictSchema } from "./verdict.ts";

/** One headline that bears on an application. */
const applicationPointSchema = z.object({
  scenario: z.string(),
  title: z.string(),
  condition: z.string(),
  metric: z.string(),
  statistic: statisticSchema,
  effect: effectSchema.nullable(),
  verdict: verdictSchema,
});

/** What the measurements say to one kind of application. */
export const applicationAnswerSchema = z
  .object({
    id: z.enum(["chat", "agent", "voice", "tabs"]),
    outcome: z.enum(["sse", "ws", "depends", "either", "undecided", "not-measured", "not-enough-measured"]),
    counted: countsSchema,
    coverage: coverageSchema,
    points: z.array(applicationPointSchema),
    chainSavings: z.array(chainSavingSchema),
    /** Scenarios that bear on it and were not measured, each with its reason; `null` where the run has no such scenario. */
    missing: z.array(z.object({ scenario: z.string(), notRun: z.string().nullable() })),
  })
  .meta({ id: "Application" });

export type ApplicationPoint = z.infer<typeof applicationPointSchema>;
export type ApplicationAnswer = z.infer<typeof applicationAnswerSchema>;
