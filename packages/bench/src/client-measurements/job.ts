import { z } from "zod";

/** What a process of its own is given to do. */
export const jobSchema = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("events"),
    arm: z.string(),
    events: z.int().positive(),
    /** From memory, so many bytes or events a chunk; or from a server, whose frames decide. */
    from: z.union([z.object({ bytes: z.int().positive() }), z.object({ events: z.int().positive() }), z.object({ url: z.url() })]),
  }),
  z.object({ kind: z.literal("memory"), arm: z.string(), url: z.url(), runs: z.int().positive(), eventsPerRun: z.int().positive() }),
  z.object({ kind: z.literal("slow-reader"), arm: z.string(), url: z.url(), events: z.int().positive() }),
]);

export type Job = z.infer<typeof jobSchema>;
export type JobOf<Kind extends Job["kind"]> = Extract<Job, { readonly kind: Kind }>;

export const figuresSchema = z.record(z.string(), z.number());

/** Named numbers; the name says the unit. */
export type Figures = z.infer<typeof figuresSchema>;

export const answerSchema = z.union([z.object({ figures: figuresSchema }), z.object({ error: z.string() })]);
export type Answer = z.infer<typeof answerSchema>;
