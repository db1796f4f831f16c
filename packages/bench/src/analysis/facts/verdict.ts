import { z } from "zod";
import { comparedArmSchema, intervalSchema, statisticSchema } from "./values.ts";

/** Why a comparison is undecided: what was not shown, or what keeps it from being said. */
const undecidedReasonSchema = z.enum([
  /** No difference after the correction for many comparisons. */
  "no-difference-shown",
  /** The ratio and the difference in the unit point different ways: a few blocks are far from the others. */
  "scales-disagree",
  "below-resolution",
  "below-floor",
  /** The 90 % interval reaches across the smallest effect of interest. */
  "size-open",
  /** The smallest effect is a share, and a block's value is 0. */
  "no-ratio",
  /** The metric names no kind, so nothing says what matters. */
  "no-smallest-effect",
]);

/** Why nothing was compared. */
export const notEnoughDataSchema = z
  .discriminatedUnion("code", [
    z.object({ code: z.literal("not-measured"), arm: comparedArmSchema }),
    /** A ratio of quantiles means nothing across zero. */
    z.object({ code: z.literal("negative-values"), arm: comparedArmSchema }),
    z.object({ code: z.literal("too-few-groups"), groups: z.number().int(), needed: z.number().int() }),
    z.object({ code: z.literal("too-few-samples"), statistic: statisticSchema, samples: z.number().int(), needed: z.number().int() }),
    /** The ratio of all samples lies outside the interval of the pair groups' own ratios. */
    z.object({
      code: z.literal("tail-of-few-blocks"),
      statistic: statisticSchema,
      ratio: z.number().nullable(),
      pairedInterval: intervalSchema,
    }),
    z.object({ code: z.literal("nothing-to-compare") }),
  ])
  .meta({ id: "NotEnoughData" });

/** METHOD.md, "From samples to a verdict", 7. `lower` is the side with the lower value; whether that is better is the metric's to say. */
function verdictOn<Side extends z.ZodType>(side: Side) {
  return z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("matters"), lower: side }),
    z.object({ kind: z.literal("too-small"), lower: side }),
    z.object({ kind: z.literal("equivalent") }),
    z.object({
      kind: z.literal("undecided"),
      /** Where there is a difference whose size is not known. */
      lower: side.nullable(),
      reasons: z.array(undecidedReasonSchema),
      /** Pair groups that would decide it, by the effect and the spread seen here; `null` where no number of them would. */
      groupsNeeded: z.number().int().nullable(),
    }),
    /** The same effect in every pair group: a fact, and counted nowhere. `null`: the two are the same. */
    z.object({ kind: z.literal("constant"), lower: side.nullable() }),
    z.object({ kind: z.literal("not-enough-data"), reason: notEnoughDataSchema }),
  ]);
}

export const verdictSchema = verdictOn(comparedArmSchema).meta({ id: "Verdict" });

/** The same, of ours beside a peer. */
export const peerVerdictSchema = verdictOn(z.enum(["ours", "peer"])).meta({ id: "PeerVerdict" });

export type UndecidedReason = z.infer<typeof undecidedReasonSchema>;
export type NotEnoughData = z.infer<typeof notEnoughDataSchema>;
export type Verdict = z.infer<typeof verdictSchema>;
export type PeerVerdict = z.infer<typeof peerVerdictSchema>;
export type VerdictKind = Verdict["kind"];
