import { z } from "zod";
import { verdictSchema } from "./verdict.ts";

/** How many comparisons went which way. Constants are not among them. */
export const countsSchema = z
  .object({
    /** Those in which it is better by what matters: by which is better, not by which is lower. */
    sse: z.number().int(),
    ws: z.number().int(),
    /** A difference that is too small to matter. */
    tooSmall: z.number().int(),
    equivalent: z.number().int(),
    undecided: z.number().int(),
    notEnoughData: z.number().int(),
  })
  .meta({ id: "Counts" });

/** How many of the scenarios that a conclusion is drawn from were measured. */
export const coverageSchema = z
  .object({
    /** Scenarios with samples of both transports in a comparison that counts. */
    measured: z.number().int(),
    /** Nobody asked for them, or the run ended before them. */
    leftOut: z.number().int(),
    /** All that it names: those that the depth, the machine or the deployment cannot run are neither of the two above. */
    of: z.number().int(),
  })
  .meta({ id: "Coverage" });

/** What WebSocket saves of a whole chain in which the model and the tools take the time that they take in life. */
export const chainSavingSchema = z
  .object({
    scenario: z.string(),
    condition: z.string(),
    savedMs: z.number(),
    /** Over SSE. */
    ofMs: z.number(),
    /** WebSocket over SSE. */
    ratio: z.number(),
    interval: z.object({ low: z.number(), high: z.number() }),
    verdict: verdictSchema,
  })
  .meta({ id: "ChainSaving" });

export type Counts = z.infer<typeof countsSchema>;
export type Coverage = z.infer<typeof coverageSchema>;
export type ChainSaving = z.infer<typeof chainSavingSchema>;
