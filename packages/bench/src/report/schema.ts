import { z } from "zod";
import { claimEvidenceSchema } from "../analysis/facts/claims.ts";
import { herdSchema } from "../analysis/facts/herd.ts";
import { analysisSchema } from "../analysis/facts/index.ts";
import { slopeSetSchema } from "../analysis/facts/memory.ts";
import { sessionsSchema } from "../sessions/facts.ts";

/** Where the raw samples of a figure are. */
const figureSourceSchema = z.object({
  scenario: z.string(),
  condition: z.string(),
  metric: z.string(),
  /** JSONPath (RFC 9535) into the raw file: one array of samples for each block. */
  path: z.string(),
});

/** All that a report is written from, in any of its forms; analysis.json. Facts only: the sentences are made in words/. */
export const reportSchema = z.object({
  ...analysisSchema.shape,
  /** What people wait for, and which transport to take. */
  sessions: sessionsSchema,
  /** By claim. */
  evidence: z.array(claimEvidenceSchema),
  herds: z.array(herdSchema),
  memory: z.array(slopeSetSchema),
  sources: z.array(figureSourceSchema),
  /** The deployment's URL, or `null`: then more than one clock was never needed. */
  target: z.string().nullable(),
});

export type Report = z.infer<typeof reportSchema>;
