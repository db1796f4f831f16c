import { z } from "zod";
import { billedUsageSchema } from "./billed-usage.ts";

/** One way to serve answers, and what was counted of it. All is of one conversation, which is one object. */
export const measuredArmSchema = z.strictObject({
  id: z.string(),
  label: z.string(),
  /** By how much is generated, and how fast: what each takes on a connection that is open already. */
  answers: z
    .array(z.strictObject({ tokens: z.number().int().positive(), tokensPerSecond: z.number().positive(), usage: billedUsageSchema }))
    .min(1),
  /** What a conversation's first answer takes more than its second: a connection, and the object's tables. */
  opening: billedUsageSchema,
  /** Whether the object was away after a pause that is long enough. */
  sleeps: z.boolean(),
  /** What an answer after such a pause takes more than one that follows at once. */
  afterPause: billedUsageSchema,
  /** What one input into a live answer takes; `null` where the arm takes none. */
  input: billedUsageSchema.nullable(),
});

export type MeasuredArm = z.infer<typeof measuredArmSchema>;
