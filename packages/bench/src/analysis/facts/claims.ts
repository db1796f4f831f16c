import { z } from "zod";
import { metricSchema } from "../../results/schema.ts";
import { chainSavingSchema, countsSchema, coverageSchema } from "./counts.ts";
import { comparedArmSchema, effectSchema, ratioSchema, reductionSchema, statisticSchema } from "./values.ts";
import { verdictSchema } from "./verdict.ts";

/** An effect in which a claim's size may be found. */
const sizedSchema = z
  .object({
    ratio: z.number().nullable(),
    /** What the claim states for it, as a share: 0.4 is 40 % lower. */
    claimed: z.number(),
    condition: z.string(),
    statistic: statisticSchema,
  })
  .meta({ id: "Sized" });

/** A size that a claim states: reached where an estimate is this reduction or a larger one. */
const claimedSizeSchema = z.object({
  reached: z.boolean(),
  /** The largest reduction that the transport makes: of those that reach the size, where there are any. `null`: it was not measured. */
  largest: sizedSchema.nullable(),
  /** The largest where transport and input change at once; `null` where the claim does not speak of that, or it was not measured. */
  mixed: sizedSchema.nullable(),
});

const recoverySchema = z
  .object({
    label: z.string(),
    /** After half of the faults or more. */
    isBack: z.boolean(),
    gapMs: z.number().nullable(),
  })
  .meta({ id: "Recovery" });

/** What a browser does without a client of ours after one kind of fault. */
const nativeRecoverySchema = z.object({
  condition: z.string(),
  eventSource: recoverySchema,
  /** `null` where it was not watched. */
  webSocket: recoverySchema.nullable(),
  /** Of our clients, SSE's before WebSocket's. */
  ours: z.array(recoverySchema),
  /** EventSource's answer went on, and a WebSocket's did not; `null` where they were not both watched. */
  asClaimed: z.boolean().nullable(),
});

const claimOutcomeSchema = z.enum([
  "confirmed",
  "refuted",
  "depends",
  "no-difference",
  "undecided",
  "not-measured-here",
  "not-enough-measured",
]);

/** Where a figure is of. `emulated-distance`: loopback, where the fault proxy holds bytes back. */
const quotePlaceSchema = z.enum(["deployment", "network", "emulated-distance", "loopback"]);

const unit = metricSchema.shape.unit;

/** A figure of a claim that a reader should quote. */
const claimQuoteSchema = z
  .object({
    scenario: z.string(),
    condition: z.string(),
    metric: z.string(),
    unit,
    statistic: statisticSchema,
    place: quotePlaceSchema,
    /** `null`: too few samples. */
    sse: z.number().nullable(),
    ws: z.number().nullable(),
    effect: effectSchema,
    verdict: verdictSchema,
  })
  .meta({ id: "ClaimQuote" });

/** The settings with one result. */
const dependenceLevelSchema = z.object({
  /** The arm that is better by what matters; `neither`: too small, or equivalent. */
  result: z.enum(["ws", "sse", "neither", "undecided"]),
  settings: z.array(z.object({ scenario: z.string(), condition: z.string(), place: quotePlaceSchema })),
  /** By how much that arm is better; `null` where it is neither, or these are not of one metric. */
  reduction: z.object({ ...reductionSchema.shape, unit }).nullable(),
});

/** On what the result depends. */
const dependenceSchema = z
  .object({
    /** Within this scenario; `null`: over all comparisons. */
    scenario: z.string().nullable(),
    /** Factors that all decided comparisons have, of which each value has one result. Of more than one, the run does not tell which it is. Empty where no factor separates the results. */
    factors: z.array(z.string()),
    /** Factors with more values that separate the results too. */
    others: z.array(z.string()),
    levels: z.array(dependenceLevelSchema),
  })
  .meta({ id: "Dependence" });

/** One of METHOD.md's claims, and what came out. */
export const claimVerdictSchema = z
  .object({
    number: z.number().int(),
    /** The arm of which the claim speaks well. */
    favours: comparedArmSchema,
    /** What it says of that arm: that it is better, or only that it is not behind. */
    asks: z.enum(["better", "not-behind"]),
    outcome: claimOutcomeSchema,
    /** What the comparisons alone say: the outcome, but for the size that the claim states, for what a browser does without a client, and for too few scenarios. */
    direction: claimOutcomeSchema,
    /** Scenarios whose headlines were counted. */
    scenarios: z.array(z.string()),
    counted: countsSchema,
    coverage: coverageSchema,
    /** Of these scenarios, those in which the favoured arm is better somewhere. */
    holdsIn: z.array(z.string()),
    /** By how much it is better in the comparisons in which it is; `null` where these are not of one metric. */
    reduction: z.object({ ...reductionSchema.shape, unit }).nullable(),
    /** Empty where all comparisons have one result. */
    dependences: z.array(dependenceSchema),
    /** One for each result, which belong together. Empty where nothing was compared. */
    quotes: z.array(claimQuoteSchema),
    /** Facts beside it: what is the same in every block, and not the same over both. */
    constants: z.array(claimQuoteSchema),
    /** Where the comparisons are of. */
    places: z.array(quotePlaceSchema),
    /** `null` where the claim states no size, or its direction does not hold. */
    size: claimedSizeSchema.nullable(),
    /** For a claim about long chains. */
    chainSavings: z.array(chainSavingSchema),
    /** For a claim about long chains: of its comparisons, those in which model and tools take no time. `null` for other claims. */
    withoutModelTime: z.number().int().nullable(),
    /** For a claim about browsers. */
    nativeRecovery: z.array(nativeRecoverySchema),
  })
  .meta({ id: "Claim" });

/** The effects that a claim's verdict counted: WebSocket over SSE, of the headlines. */
export const claimEvidenceSchema = z.object({
  number: z.number().int(),
  points: z.array(
    z.object({
      scenario: z.string(),
      condition: z.string(),
      metric: z.string(),
      statistic: statisticSchema,
      ...ratioSchema.shape,
    }),
  ),
});

export type QuotePlace = z.infer<typeof quotePlaceSchema>;
export type ClaimQuote = z.infer<typeof claimQuoteSchema>;
export type Dependence = z.infer<typeof dependenceSchema>;
export type DependenceLevel = Dependence["levels"][number];
export type Sized = z.infer<typeof sizedSchema>;
export type ClaimedSize = z.infer<typeof claimedSizeSchema>;
export type Recovery = z.infer<typeof recoverySchema>;
export type NativeRecovery = z.infer<typeof nativeRecoverySchema>;
export type ClaimOutcome = z.infer<typeof claimOutcomeSchema>;
export type ClaimVerdict = z.infer<typeof claimVerdictSchema>;
export type ClaimEvidence = z.infer<typeof claimEvidenceSchema>;
