import { z } from "zod";

const herdArmSchema = z.object({
  arm: z.string(),
  label: z.string(),
  blocks: z.number().int(),
  clients: z.number(),
  /** Attempts in each 100 ms since the cut, a mean over blocks. */
  attempts: z.array(z.number()),
  /** Milliseconds from the cut until each client was back, ascending, over all blocks. */
  backMs: z.array(z.number()),
  /** Clients that were not back when the block ended. */
  away: z.number().int(),
});

/** Many clients that were cut at once. */
export const herdSchema = z.object({ scenario: z.string(), condition: z.string(), arms: z.array(herdArmSchema) }).meta({ id: "Herd" });

export type HerdArm = z.infer<typeof herdArmSchema>;
export type Herd = z.infer<typeof herdSchema>;
