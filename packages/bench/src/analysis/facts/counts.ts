import { z } from "zod";
import { verdictSchema } from "./verdict.ts";

/** How many comparisons went which way: by which arm is better, not by which is lower. */
export const countsSchema = z
  .object({
    sse: z.number().int(),
    ws: z.number().int(),
    alike: z.number().int(),
    noDifference: z.number().int(),
    notEnoughData: z.number().int(),
  })
  .meta({ id: "Counts" });

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
export type ChainSaving = z.infer<typeof chainSavingSchema>;
