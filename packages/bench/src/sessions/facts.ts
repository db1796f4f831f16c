/** What the sums of sessions say: facts, and no sentence. Titles and labels are those of the kinds and places that the ids name. */
import { z } from "zod";

const where = {
  /** Of the kinds of sessions, of the places, and of a place's pairings of versions of HTTP. */
  kind: z.string(),
  place: z.string(),
  pairing: z.string(),
};

/** What to take: `either` where no wait differs by what anybody notices, `undecided` where the run cannot tell. */
const choiceSchema = z.enum(["sse", "ws", "either", "undecided"]);

/** Of an undecided session: what more of the same would show, if the mean and the spread are those seen here. */
const toDecideSchema = z
  .object({
    shows: z.enum(["sse", "ws", "either"]),
    /** Runs like these, all in all; or, of one run, how many times as many pair groups. */
    of: z.enum(["runs", "times the pair groups"]),
    /** `null`: more than anybody would make. */
    count: z.number().int().nullable(),
  })
  .meta({ id: "ToDecide" });

/** How often something has to happen in a session for another answer. */
const sessionTurnSchema = z
  .object({
    action: z.string(),
    times: z.number(),
    /** How often it happens here. */
    ratherThan: z.number(),
    /** What is to be taken from there on. `null`: both transports are even there. */
    choice: choiceSchema.nullable(),
  })
  .meta({ id: "SessionTurn" });

const actionFiguresSchema = z.object({
  action: z.string(),
  times: z.number(),
  scenario: z.string(),
  condition: z.string(),
  metric: z.string(),
  /** How many runs measured it, and how many pair groups they have together. */
  runs: z.number().int(),
  groups: z.number().int(),
  /** Of one such wait, in ms. */
  sseMs: z.number(),
  wsMs: z.number(),
});

/** A kind of session at a place, over one pairing of versions of HTTP. */
const sessionFiguresSchema = z
  .object({
    ...where,
    actions: z.array(actionFiguresSchema),
    /** What is waited for in a whole session, the model's own time included, in ms. */
    sseMs: z.number(),
    wsMs: z.number(),
    /** WebSocket minus SSE, a session, in ms; 95 %. */
    difference: z.number(),
    interval: z.object({ low: z.number(), high: z.number() }),
    /** Where another run would put the difference; 95 %. `null` where a wait was measured in one run only, which says nothing of others. */
    prediction: z.object({ low: z.number(), high: z.number() }).nullable(),
    /** For one wait of the session: what is saved by the faster one, in ms, and as a share of what is waited for over the other. */
    savedMs: z.number(),
    savedShare: z.number(),
    /** What of the difference is too small to be noticed in a session, in ms. */
    noticed: z.number(),
    choice: choiceSchema,
    /** For whoever notices more or less of a wait: the choice by these sizes. */
    others: z.array(z.object({ smallestWaitMs: z.number(), choice: choiceSchema })),
    /** `null` where it is decided. */
    toDecide: toDecideSchema.nullable(),
    /** Where the parts of the sum speak for different transports; the nearest first, and those at which both are even before others. */
    turns: z.array(sessionTurnSchema),
  })
  .meta({ id: "SessionFigures" });

const missingReasonSchema = z.discriminatedUnion("code", [
  /** `null`: there is no such scenario in the results. */
  z.object({ code: z.literal("not-run"), notRun: z.string().nullable() }),
  /** The scenario had no such setting when it was run. */
  z.object({ code: z.literal("no-such-setting") }),
  /** It was run by another instrument, which had not the versions of HTTP of this place. */
  z.object({ code: z.literal("other-instrument") }),
  /** Which is at a distance of its own. */
  z.object({ code: z.literal("at-a-deployment") }),
  z.object({ code: z.literal("too-few-groups"), groups: z.number().int(), needed: z.number().int() }),
]);

/** A cell that cannot be said, and why. */
const missingFiguresSchema = z
  .object({ ...where, missing: z.array(z.object({ action: z.string(), scenario: z.string(), reason: missingReasonSchema })).min(1) })
  .meta({ id: "MissingSession" });

/** What to take for one kind of session, and what would change that. */
const adviceSchema = z
  .object({
    kind: z.string(),
    /** The cell that it is of: the first place that was measured, over what is usual there. `null`: none was. */
    of: z.object({ place: z.string(), pairing: z.string(), choice: choiceSchema }).nullable(),
    /** Cells of the same instrument that were measured beside it. */
    besides: z.number().int(),
    /** Those of them that differ, gathered; `pairings` is `null` where all that was measured at the place says so. */
    changes: z.array(z.object({ choice: choiceSchema, place: z.string(), pairings: z.array(z.string()).nullable() })),
    /** Undecided cells in which the other transport is ahead: they are none of the changes. */
    opposed: z.array(z.object({ place: z.string(), pairing: z.string() })),
  })
  .meta({ id: "SessionAdvice" });

export const sessionsSchema = z.object({
  cells: z.array(z.union([sessionFiguresSchema, missingFiguresSchema])),
  advice: z.array(adviceSchema),
});

export type Choice = z.infer<typeof choiceSchema>;
export type ToDecide = z.infer<typeof toDecideSchema>;
export type SessionTurn = z.infer<typeof sessionTurnSchema>;
export type ActionFigures = z.infer<typeof actionFiguresSchema>;
export type SessionFigures = z.infer<typeof sessionFiguresSchema>;
export type MissingFigures = z.infer<typeof missingFiguresSchema>;
export type MissingReason = z.infer<typeof missingReasonSchema>;
export type SessionCell = SessionFigures | MissingFigures;
export type SessionAdvice = z.infer<typeof adviceSchema>;
export type Sessions = z.infer<typeof sessionsSchema>;
