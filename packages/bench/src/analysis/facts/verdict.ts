import { z } from "zod";
import { comparedArmSchema, intervalSchema } from "./values.ts";

/** The clauses of METHOD.md's rule that a comparison does not meet. */
const noDifferenceReasonSchema = z.enum(["interval-holds-1", "correction", "inside-control", "below-resolution", "below-floor"]);

/** Why nothing was compared. */
export const notEnoughDataSchema = z
  .discriminatedUnion("code", [
    z.object({ code: z.literal("not-measured"), arm: comparedArmSchema }),
    /** A ratio of quantiles means nothing across zero. */
    z.object({ code: z.literal("negative-values"), arm: comparedArmSchema }),
    z.object({ code: z.literal("too-few-groups"), groups: z.number().int(), needed: z.number().int() }),
    z.object({ code: z.literal("too-few-samples"), quantile: z.number(), samples: z.number().int(), needed: z.number().int() }),
    /** The ratio of all samples lies outside the interval of the pair groups' own ratios. */
    z.object({
      code: z.literal("tail-of-few-blocks"),
      quantile: z.number(),
      ratio: z.number().nullable(),
      pairedInterval: intervalSchema,
    }),
    z.object({ code: z.literal("nothing-to-compare") }),
  ])
  .meta({ id: "NotEnoughData" });

/** Whole interval within this factor of 1, either way. */
const alikeSchema = z.object({ kind: z.literal("alike"), within: z.number() });
/** Neither a difference nor alike: this run cannot tell. */
const noDifferenceSchema = z.object({ kind: z.literal("no-difference"), reasons: z.array(noDifferenceReasonSchema) });
const undecidedSchema = z.object({ kind: z.literal("not-enough-data"), reason: notEnoughDataSchema });

/** METHOD.md, "From samples to a verdict", 5. `lower` names the arm with the lower value; whether that is better is the metric's to say. */
export const verdictSchema = z
  .discriminatedUnion("kind", [
    z.object({ kind: z.literal("lower"), arm: comparedArmSchema }),
    alikeSchema,
    noDifferenceSchema,
    undecidedSchema,
  ])
  .meta({ id: "Verdict" });

/** The same, of ours beside a peer. */
export const peerVerdictSchema = z
  .discriminatedUnion("kind", [
    z.object({ kind: z.literal("lower"), side: z.enum(["ours", "peer"]) }),
    alikeSchema,
    noDifferenceSchema,
    undecidedSchema,
  ])
  .meta({ id: "PeerVerdict" });

export type NoDifferenceReason = z.infer<typeof noDifferenceReasonSchema>;
export type NotEnoughData = z.infer<typeof notEnoughDataSchema>;
export type Verdict = z.infer<typeof verdictSchema>;
export type PeerVerdict = z.infer<typeof peerVerdictSchema>;
