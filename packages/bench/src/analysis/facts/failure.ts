import { z } from "zod";

/** A block that failed: its samples were not compared. */
export const failureSchema = z.object({
  condition: z.string(),
  arm: z.string(),
  pair: z.number().int(),
  position: z.number().int(),
  error: z.string(),
});

export type Failure = z.infer<typeof failureSchema>;
