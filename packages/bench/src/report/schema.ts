import { z } from "zod";
import { ANALYSIS_SCHEMA, ANALYSIS_VERSION } from "../analysis/types.ts";
import { conditionSchema, integritySchema, metricSchema, armSchema, pilotSchema } from "../results/schema.ts";

/**
 * analysis.json, for those who read it with another program: what is promised until {@link ANALYSIS_VERSION} goes up. Objects may hold more
 * than is named here.
 */
const intervalSchema = z.looseObject({
  /** `null` where it is infinite, which JSON cannot say. */
  low: z.number().nullable(),
  high: z.number().nullable(),
});

const verdictSchema = z.discriminatedUnion("kind", [
  z.looseObject({ kind: z.literal("lower"), arm: z.enum(["sse", "ws"]) }),
  z.looseObject({ kind: z.literal("alike"), within: z.number() }),
  z.looseObject({ kind: z.literal("no-difference"), reasons: z.array(z.string()) }),
  z.looseObject({ kind: z.literal("not-enough-data"), reason: z.string() }),
]);

const effectSchema = z.looseObject({
  /** WebSocket over SSE, but for peers; `null` where the value divided by is 0 and the other is not. */
  ratio: z.number().nullable(),
  interval: intervalSchema,
  /** Of the hypothesis that the ratio is 1, before any correction. */
  pValue: z.number(),
  /** WebSocket minus SSE, in the metric's unit. */
  difference: z.number(),
  differenceInterval: intervalSchema,
});

const armValueSchema = z.looseObject({
  arm: z.string(),
  label: z.string(),
  samples: z.number().int(),
  blocks: z.number().int(),
  value: z.number().nullable(),
});

const comparisonSchema = z.looseObject({
  metric: z.string(),
  quantile: z.number(),
  arms: z.array(armValueSchema),
  effect: effectSchema.nullable(),
  controls: z.array(
    z.looseObject({ arm: z.string(), ratio: z.number().nullable(), interval: intervalSchema, pValue: z.number(), cries: z.boolean() }),
  ),
  resolution: z.number(),
  /** What it is corrected with: Benjamini and Hochberg's method, over all headlines and over all others. */
  family: z.enum(["headline", "other"]),
  adjustedPValue: z.number().nullable(),
  /** Without the pair groups that were contaminated or warming up; `null` where none was. */
  withoutMarked: z
    .looseObject({
      groups: z.number().int(),
      marked: z.number().int(),
      ratio: z.number().nullable(),
      interval: intervalSchema.nullable(),
      verdict: verdictSchema,
      changes: z.boolean(),
    })
    .nullable(),
  /** Pair groups that would show a ratio of `effectWanted`; `null` where it is not known. */
  groupsNeeded: z.number().int().nullable(),
  groups: z.number().int(),
  groupsLeftOut: z.number().int(),
  verdict: verdictSchema,
  better: z.enum(["sse", "ws"]).nullable(),
});

const peerVerdictSchema = z.discriminatedUnion("kind", [
  z.looseObject({ kind: z.literal("lower"), side: z.enum(["ours", "peer"]) }),
  z.looseObject({ kind: z.literal("alike"), within: z.number() }),
  z.looseObject({ kind: z.literal("no-difference"), reasons: z.array(z.string()) }),
  z.looseObject({ kind: z.literal("not-enough-data"), reason: z.string() }),
]);

const armIntegritySchema = z.looseObject({ ...integritySchema.shape, arm: z.string(), label: z.string(), blocks: z.number().int() });

const ratioSchema = z.looseObject({ ratio: z.number().nullable(), interval: intervalSchema });
const inputSchema = z.enum(["new", "whole"]);

/** What people use today beside ours: nothing in it unless a run was asked for it (`--peers`). */
const peersSchema = z.looseObject({
  comparisons: z.array(
    z.looseObject({
      metric: z.string(),
      quantile: z.number(),
      arm: z.string(),
      label: z.string(),
      /** The transport of ours that it is held against. */
      beside: z.enum(["sse", "ws"]),
      ours: z.number().nullable(),
      theirs: z.number().nullable(),
      /** Ours over the peer's, and ours minus the peer's. */
      effect: effectSchema.nullable(),
      adjustedPValue: z.number().nullable(),
      groups: z.number().int(),
      verdict: peerVerdictSchema,
    }),
  ),
  /** In tokens of what its application showed. */
  text: z.array(z.looseObject({ ...armIntegritySchema.shape, faults: z.number().int(), unanswered: z.number().int() })),
  notAsked: z.array(z.looseObject({ arm: z.string(), label: z.string(), reason: z.string() })),
});

const scenarioAnalysisSchema = z.looseObject({
  name: z.string(),
  title: z.string(),
  question: z.string(),
  method: z.string(),
  claims: z.array(z.number().int()),
  /** Why it was not run; `null` where it was. */
  notRun: z.string().nullable(),
  arms: z.array(armSchema),
  metrics: z.array(metricSchema),
  conditions: z.array(
    z.looseObject({
      condition: conditionSchema,
      comparisons: z.array(comparisonSchema),
      peers: peersSchema,
      contaminatedGroups: z.number().int(),
      unsteadyGroups: z.number().int(),
    }),
  ),
  verdict: z.looseObject({ outcome: z.string(), sentence: z.string(), rest: z.string().nullable() }),
  integrity: z.array(armIntegritySchema),
  steadiness: z.looseObject({
    state: z.enum(["steady", "warm-up", "never", "too-few"]),
    pValue: z.number().nullable(),
    groups: z.number().int(),
    groupsBefore: z.number().int(),
    warmUpBlocks: z.number().int(),
    sentence: z.string(),
  }),
  /** How a pilot chose the number of pair groups; `null` where the depth set it. */
  pilot: pilotSchema.nullable(),
  failures: z.array(z.string()),
  /** Transport × input, at each setting of everything else; ratios of one quantile of one metric. */
  factorial: z.array(
    z.looseObject({
      metric: z.string(),
      quantile: z.number(),
      label: z.string(),
      conditions: z.looseObject({ new: z.string(), whole: z.string() }),
      cells: z.array(z.looseObject({ input: inputSchema, arms: z.array(armValueSchema) })),
      /** WebSocket over an SSE arm. */
      transport: z.array(z.looseObject({ ...ratioSchema.shape, input: inputSchema, over: z.string() })),
      /** Only what is new over the whole context. */
      input: z.array(z.looseObject({ ...ratioSchema.shape, arm: z.string() })),
      interaction: ratioSchema,
      mixed: ratioSchema,
    }),
  ),
});

export const reportSchema = z.looseObject({
  schema: z.literal(ANALYSIS_SCHEMA),
  version: z.literal(ANALYSIS_VERSION),
  resamples: z.number().int(),
  seed: z.number().int(),
  effectWanted: z.number(),
  /** How many comparisons each correction was made for. */
  families: z.looseObject({ headline: z.number().int(), other: z.number().int() }),
  /** Whether verdicts change without what was marked. */
  sensitivity: z.looseObject({
    compared: z.number().int(),
    changed: z.number().int(),
    undecided: z.number().int(),
    sentence: z.string(),
  }),
  /** The deployment's URL, or `null` for the embedded Worker. */
  target: z.string().nullable(),
  answer: z.array(z.string()),
  applications: z.array(
    z.looseObject({
      id: z.string(),
      title: z.string(),
      does: z.string(),
      outcome: z.enum(["sse", "ws", "depends", "either", "not-measured"]),
      sentence: z.string(),
      points: z.array(
        z.looseObject({
          scenario: z.string(),
          condition: z.string(),
          metric: z.string(),
          quantile: z.number(),
          effect: effectSchema.nullable(),
        }),
      ),
      missing: z.array(z.looseObject({ scenario: z.string(), reason: z.string() })),
    }),
  ),
  claims: z.array(
    z.looseObject({
      number: z.number().int(),
      source: z.string(),
      claim: z.string(),
      outcome: z.string(),
      sentence: z.string(),
      scenarios: z.array(z.string()),
    }),
  ),
  /** By claim: the effects that its verdict counted. */
  evidence: z.array(
    z.looseObject({
      number: z.number().int(),
      points: z.array(
        z.looseObject({ ...ratioSchema.shape, scenario: z.string(), condition: z.string(), metric: z.string(), quantile: z.number() }),
      ),
    }),
  ),
  scenarios: z.array(scenarioAnalysisSchema),
  control: z.looseObject({
    controls: z.number().int(),
    cries: z.number().int(),
    criesCorrected: z.number().int(),
    quiet: z.boolean(),
    sentence: z.string(),
  }),
  integrity: z.array(armIntegritySchema),
  contamination: z.looseObject({ blocks: z.number().int(), marked: z.number().int(), byMark: z.record(z.string(), z.number()) }),
  /** Many clients that were cut at once. */
  herds: z.array(
    z.looseObject({
      scenario: z.string(),
      condition: z.string(),
      arms: z.array(
        z.looseObject({
          arm: z.string(),
          clients: z.number(),
          attempts: z.array(z.number()),
          backMs: z.array(z.number()),
          away: z.number(),
        }),
      ),
    }),
  ),
  /** What one more connection costs. */
  memory: z.array(
    z.looseObject({
      scenario: z.string(),
      value: z.string(),
      factor: z.string(),
      slopes: z.array(z.looseObject({ arm: z.string(), slope: z.number(), intercept: z.number(), interval: intervalSchema })),
    }),
  ),
  /** Where the raw samples of each table and plot are: JSONPath (RFC 9535) into results.json. */
  sources: z.array(z.looseObject({ scenario: z.string(), condition: z.string(), metric: z.string(), path: z.string() })),
});
