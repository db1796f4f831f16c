/** The map of round trip, loss and answers at once: by cell, what a reader would notice. */
import { z } from "zod";
import { failureSchema } from "./failure.ts";
import { armIntegritySchema, contaminationSchema } from "./totals.ts";

/** Over which transport text comes sooner by what a reader notices; `neither`: over none; `undecided`: the run cannot tell. */
const noticedSchema = z.enum(["sse", "websocket", "neither", "undecided"]);

/** In ms. `null` where too few halves of a pair group were measured for an error. */
const msIntervalSchema = z.object({ low: z.number(), high: z.number() }).nullable();

const mapArmSchema = z.object({
  arm: z.string(),
  /** One of each half in which no block failed; all that follows is of these. */
  blocks: z.number().int(),
  /** Of a token's lag, in ms: the geometric mean of the blocks' quantiles. */
  p50Ms: z.number(),
  p99Ms: z.number(),
  /** Times with no new text of more than 100 and of 250 ms, in a minute of answer: the mean of the blocks. */
  stalls100: z.number(),
  stalls250: z.number(),
});

const mapComparisonSchema = z.object({
  /** Of the map's pairings. */
  pairing: z.string(),
  /** Halves of pair groups, in each of which both had the same luck. */
  halves: z.number().int(),
  /** By half, in their order: the logarithm of WebSocket's p99 over SSE's. The spread is of these. */
  logRatios: z.array(z.number()),
  /** WebSocket minus SSE, of the p99 of a token's lag as the arms have it, in ms. */
  differenceMs: z.number(),
  /** 95 %. */
  interval: msIntervalSchema,
  /** 90 %, which is held against the smallest effect of interest. */
  sizeInterval: msIntervalSchema,
  /** After Benjamini and Hochberg's correction over the cells of the pairing; `null` without an error. */
  adjustedPValue: z.number().nullable(),
  noticed: noticedSchema,
  /** What it would be without all halves that hold a marked block; `null` where none does in the whole map. */
  withoutMarked: noticedSchema.nullable(),
});

const mapCellSchema = z
  .object({
    condition: z.string(),
    roundTripMs: z.number(),
    lossPercent: z.number(),
    answers: z.number().int(),
    arms: z.array(mapArmSchema),
    comparisons: z.array(mapComparisonSchema),
  })
  .meta({ id: "MapCell" });

/** How much halves of a cell vary, from all cells of one loss and number of answers. */
const mapSpreadSchema = z.object({
  pairing: z.string(),
  lossPercent: z.number(),
  answers: z.number().int(),
  /** The standard deviation of a half's log ratio of p99s. */
  deviation: z.number(),
  /** Those of the logarithms of the p99s themselves, and how they go together: both transports share a half's luck. */
  sseDeviation: z.number(),
  wsDeviation: z.number(),
  correlation: z.number(),
  degrees: z.number().int(),
});

export const mapSchema = z
  .object({
    title: z.string(),
    question: z.string(),
    method: z.string(),
    /** The smallest difference of the p99 that a reader notices, in ms. */
    smallestMs: z.number(),
    /** What is compared with what; the first is what browsers do before a deployed Worker. */
    pairings: z.array(z.object({ id: z.string(), sse: z.string(), ws: z.string() })),
    arms: z.array(z.object({ id: z.string(), label: z.string() })),
    cells: z.array(mapCellSchema).min(1),
    spreads: z.array(mapSpreadSchema),
    failures: z.array(failureSchema),
    integrity: z.array(armIntegritySchema),
    contamination: contaminationSchema,
  })
  .meta({ id: "ReaderMap" });

export type Noticed = z.infer<typeof noticedSchema>;
export type MapArm = z.infer<typeof mapArmSchema>;
export type MapComparison = z.infer<typeof mapComparisonSchema>;
export type MapCell = z.infer<typeof mapCellSchema>;
export type MapSpread = z.infer<typeof mapSpreadSchema>;
export type ReaderMap = z.infer<typeof mapSchema>;
