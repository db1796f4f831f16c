import { z } from "zod";

/**
 * The raw results of a benchmark: everything that a report is made from, and nothing that is computed from it.
 *
 * A file is written after every block, so that a run cut short keeps what it has. Times are milliseconds of one monotonic clock
 * (`performance.now()` of the one process that holds provider, proxy and clients) unless the name says otherwise.
 */
export const RESULTS_SCHEMA = "agent-transports/results";
/** Goes up when a reader of the old version would misread the new one. */
export const RESULTS_VERSION = 1;

/** What a scenario compares. The comparison is always `ws` over `sse`; other arms are context. */
export const armSchema = z.object({
  /** `sse` and `ws` are compared; `floor` is the same path without an agent; anything else is a further arm. */
  id: z.string().min(1),
  label: z.string().min(1),
  /** Set for what people use today (`--peers`): the transport of ours that it is held against, and why it was not asked at a condition. */
  peer: z
    .object({
      beside: z.enum(["sse", "ws"]),
      notAsked: z.array(z.object({ condition: z.string(), reason: z.string() })),
    })
    .optional(),
});

/** What a metric is to a person or to a bill: analysis/smallest-effects.ts has for each what is too small to matter, and why. */
export const metricKindSchema = z.enum([
  "wait",
  "token",
  "voice",
  "whole",
  "stall",
  "burst",
  "roundTrips",
  "heartbeats",
  "cpu",
  "memory",
  "traffic",
  "rowsRead",
  "requests",
  "fault",
]);

export const metricSchema = z.object({
  id: z.string().min(1),
  label: z.string().min(1),
  unit: z.enum(["ms", "bytes", "count", "per second", "µs of CPU"]),
  better: z.enum(["lower", "higher"]),
  /** Absent in files from before 2026-11-29, for which older-kinds.ts has it. */
  kind: metricKindSchema.optional(),
  /** Of a kind that is money: how many of what the metric counts an answer of 1,000 tokens has, such as 1,000 tokens. 1 if absent. */
  perAnswer: z.number().positive().optional(),
  /** Which quantiles are compared, e.g. [0.5, 0.99]. */
  quantiles: z.array(z.number().gt(0).lt(1)).min(1),
  /** What was stamped where, in one sentence. */
  description: z.string().min(1),
  /** Set where the provider's schedule gives the figure its size, such as the time between tokens: the floor's own value is then no bar. */
  scheduled: z.boolean().optional(),
});

/** One setting of what a scenario varies, e.g. `{id: "rate-100", label: "100 sends/s"}`. Comparisons are made within one. */
export const conditionSchema = z.object({
  id: z.string().min(1),
  label: z.string().min(1),
  /** The factors behind it, for tables such as the tool loop's 2×2. */
  factors: z.record(z.string(), z.union([z.string(), z.number()])),
  /** Why this setting was not measured, where others of its scenario were; absent where it was. */
  notRun: z.string().optional(),
});

/** Counted by event id and by content, over all runs of the block; of a peer in tokens of what its application shows. */
export const integritySchema = z.object({
  expected: z.number().int().min(0),
  received: z.number().int().min(0),
  lost: z.number().int().min(0),
  repeated: z.number().int().min(0),
  reordered: z.number().int().min(0),
});

/** One mark on a block's timeline; `tMs` counts from the block's start. `lane` is a run or a connection. */
export const markSchema = z.object({
  tMs: z.number(),
  lane: z.string(),
  kind: z.enum(["event", "fault", "lost", "connecting", "open", "waiting", "end"]),
  label: z.string().optional(),
});

export const blockSchema = z.object({
  condition: z.string(),
  arm: z.string(),
  /** Blocks with the same condition and pair were run next to each other (A B B A) and are compared with each other only. */
  pair: z.number().int().min(0),
  /** 0–3 within A B B A: which half of the control a block belongs to follows from it. */
  position: z.number().int().min(0),
  startedAtMs: z.number(),
  durationMs: z.number().min(0),
  /** By metric id, in the order of measurement. */
  samples: z.record(z.string(), z.array(z.number())),
  /** Single figures of the block, such as `achievedRate`, `targetRate`, `bytesDown`. */
  values: z.record(z.string(), z.number()),
  integrity: integritySchema.nullable(),
  contamination: z.object({
    /** p99 of the event loop's delay above its timer's resolution, in ms. */
    eventLoopDelayP99Ms: z.number(),
    /** CPU time that the hypervisor took, as a share of the block's wall time on all cores. */
    stealShare: z.number(),
    /** Which rules of METHOD.md it broke; empty for a clean block. */
    marks: z.array(z.string()),
  }),
  timeline: z.array(markSchema).optional(),
  /** Set where the block failed: its samples are kept and are not compared. */
  error: z.string().optional(),
});

export const pilotSchema = z.object({
  /** Pair groups of each condition that the choice was made from: the first ones. */
  groups: z.number().int(),
  /** The ratio that was to be seen. */
  ratio: z.number(),
  /** Pair groups that the pilot asked for, by condition; `null` where it could not tell. */
  needed: z.record(z.string(), z.number().int().nullable()),
  /** Pair groups that were planned then, within the depth's bounds. */
  chosen: z.number().int(),
});

/** How the clients reach the Agent on this machine: over a network of two kernels, with TLS, or over loopback. */
export const localInstrumentSchema = z.enum(["network", "loopback"]);

export const scenarioSchema = z.object({
  name: z.string().min(1),
  title: z.string().min(1),
  /** What a person would ask. */
  question: z.string().min(1),
  /** METHOD.md's numbers of the claims that it serves. */
  claims: z.array(z.number().int()),
  /** How it measures, in two or three sentences. */
  method: z.string().min(1),
  arms: z.array(armSchema).min(1),
  conditions: z.array(conditionSchema).min(1),
  metrics: z.array(metricSchema).min(1),
  /** `null` where it was run; else why it was not. */
  notRun: z.string().nullable(),
  /**
   * What it is measured with on this machine; of a run at a deployment `options.target` counts. Absent in files of programs from before
   * 2026-11-29T13:30Z, for which older-instruments.ts has it.
   */
  instrument: localInstrumentSchema.optional(),
  blocks: z.array(blockSchema),
  /** Blocks that were run first, one of each arm, and are not compared: just-in-time compilers, pools, the Worker's isolate. */
  warmUp: z.array(blockSchema).optional(),
  /** How the number of pair groups was chosen, where a pilot chose it. */
  pilot: pilotSchema.optional(),
});

export const environmentSchema = z.object({
  cpuModel: z.string(),
  cores: z.number().int(),
  memoryBytes: z.number(),
  kernel: z.string(),
  loadAverageAtStart: z.array(z.number()),
  node: z.string(),
  /** Package name → version, of everything that is measured. */
  versions: z.record(z.string(), z.string()),
  commit: z.string().nullable(),
  dirty: z.boolean().nullable(),
  /** SHA-256 over the built JavaScript of the packages that were run: tells two uncommitted states of one commit apart. */
  build: z.string().optional(),
  /** p50 and p99 of how late a 1 ms timer fires, in ms: nothing below three times as much is claimed. */
  timerLatenessMs: z.object({ p50: z.number(), p99: z.number() }),
  /** The smallest step that the monotonic clock was seen to take, in ms. */
  clockStepMs: z.number().optional(),
});

export const resultsSchema = z.object({
  schema: z.literal(RESULTS_SCHEMA),
  version: z.literal(RESULTS_VERSION),
  /** ISO 8601 wall time, for people. */
  startedAt: z.string(),
  finishedAt: z.string().nullable(),
  status: z.enum(["running", "complete", "interrupted"]),
  options: z.object({
    depth: z.enum(["quick", "standard", "full"]),
    seed: z.number().int(),
    scenarios: z.array(z.string()),
    /** Name of the trace that gave lengths and arrivals: a file's base name, or the built-in quantiles. */
    traffic: z.string(),
    /** The deployment's URL, or `null` for the embedded Worker. */
    target: z.string().nullable(),
    /** Milliseconds added to one arm on purpose, to prove the instrument. */
    handicap: z.object({ arm: z.string(), ms: z.number() }).nullable(),
    /** Whether peers were measured beside ours; absent in older files, which have none. */
    peers: z.boolean().optional(),
    /** Of a recorded link (`--link`), what it was recorded as; absent where none was given. */
    link: z.string().optional(),
  }),
  environment: environmentSchema,
  /** Each time that a run which was cut off went on: when, where, and how many blocks of half pair groups were measured anew. */
  resumed: z.array(z.object({ at: z.string(), environment: environmentSchema, remeasured: z.number().int().min(0) })).optional(),
  scenarios: z.array(scenarioSchema),
});

export type Arm = z.infer<typeof armSchema>;
export type LocalInstrument = z.infer<typeof localInstrumentSchema>;
export type MetricKind = z.infer<typeof metricKindSchema>;
export type Metric = z.infer<typeof metricSchema>;
export type Condition = z.infer<typeof conditionSchema>;
export type Integrity = z.infer<typeof integritySchema>;
export type Mark = z.infer<typeof markSchema>;
export type Block = z.infer<typeof blockSchema>;
export type ScenarioResult = z.infer<typeof scenarioSchema>;
export type Environment = z.infer<typeof environmentSchema>;
export type Results = z.infer<typeof resultsSchema>;
