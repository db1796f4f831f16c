import { z } from "zod";
import { armValueSchema, ratioSchema, statisticSchema } from "./values.ts";

/** What goes up: only what is new, or the whole context each time. */
const inputLevelSchema = z.enum(["new", "whole"]);

/** Transport × input, at one setting of everything else. */
export const factorialTableSchema = z
  .object({
    metric: z.string(),
    statistic: statisticSchema,
    /** The factors held still, e.g. "20 turns". */
    label: z.string(),
    /** Ids of its two conditions. */
    conditions: z.object({ new: z.string(), whole: z.string() }),
    cells: z.array(z.object({ input: inputLevelSchema, arms: z.array(armValueSchema) })),
    /** WebSocket over an SSE arm, with the same input. */
    transport: z.array(z.object({ ...ratioSchema.shape, input: inputLevelSchema, over: z.string(), label: z.string() })),
    /** Only what is new over the whole context, on the same transport. */
    input: z.array(z.object({ ...ratioSchema.shape, arm: z.string(), label: z.string() })),
    /** The transport's effect with only what is new, over its effect with the whole context: 1 where neither makes the other larger. */
    interaction: ratioSchema,
    /** WebSocket with only what is new over SSE with the whole context: what a comparison shows that changes both at once. */
    mixed: ratioSchema,
  })
  .meta({ id: "FactorialTable" });

export type InputLevel = z.infer<typeof inputLevelSchema>;
export type FactorialTable = z.infer<typeof factorialTableSchema>;
