import { z } from "zod";
import { intervalSchema } from "./values.ts";

const slopePointSchema = z.object({ pair: z.number().int(), x: z.number(), y: z.number() });

const slopeSchema = z.object({
  arm: z.string(),
  label: z.string(),
  points: z.array(slopePointSchema),
  /** Of the value per one more of the factor, by least squares. */
  slope: z.number(),
  intercept: z.number(),
  interval: intervalSchema,
});

/** What one more connection costs. */
export const slopeSetSchema = z
  .object({
    scenario: z.string(),
    /** Which of a block's values. */
    value: z.string(),
    /** Which factor of the conditions. */
    factor: z.string(),
    slopes: z.array(slopeSchema),
  })
  .meta({ id: "Slopes" });

export type SlopePoint = z.infer<typeof slopePointSchema>;
export type SlopeSet = z.infer<typeof slopeSetSchema>;
