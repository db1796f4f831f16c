import { z } from "zod";
import { armIntegritySchema } from "./totals.ts";
import { comparedArmSchema, effectSchema, sizeSchema, statisticSchema } from "./values.ts";
import { peerVerdictSchema } from "./verdict.ts";

/** One quantile of one metric, of ours and of what people use today, in the pair groups in which both were measured. */
const peerComparisonSchema = z.object({
  metric: z.string(),
  statistic: statisticSchema,
  /** The peer. */
  arm: z.string(),
  label: z.string(),
  /** The transport of ours that it is held against. */
  beside: comparedArmSchema,
  /** In the metric's unit; `null`: too few samples for this quantile. */
  ours: z.number().nullable(),
  theirs: z.number().nullable(),
  /** Ours over the peer's. */
  effect: effectSchema.nullable(),
  size: sizeSchema.nullable(),
  /** After the correction over all comparisons with peers (Benjamini and Hochberg); `null` where there is no effect. */
  adjustedPValue: z.number().nullable(),
  groups: z.number().int(),
  verdict: peerVerdictSchema,
});

/** What a peer's application showed of its answers, in tokens; and of the faults that were made, how many nothing new came after. */
const peerTextSchema = z.object({ ...armIntegritySchema.shape, faults: z.number().int(), unanswered: z.number().int() });

/** What people use today beside ours: nothing in it unless a run was asked for it (`--peers`). */
export const peersSchema = z
  .object({
    comparisons: z.array(peerComparisonSchema),
    text: z.array(peerTextSchema),
    notAsked: z.array(z.object({ arm: z.string(), label: z.string(), reason: z.string() })),
  })
  .meta({ id: "Peers" });

export type PeerComparison = z.infer<typeof peerComparisonSchema>;
export type PeerText = z.infer<typeof peerTextSchema>;
export type PeerAnalysis = z.infer<typeof peersSchema>;
