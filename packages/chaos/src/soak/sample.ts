/** What is to be back where it began, by kind. Of each kind there are several counts, by whose or of what they are. */
export const COUNTED = ["descriptors", "sockets", "resources", "listeners", "rows", "alarms"] as const;
export type Counted = (typeof COUNTED)[number];
export type Counts = Readonly<Record<Counted, Readonly<Record<string, number>>>>;

/** What may not grow. Heaps are counted behind a forced collection. */
export const MEMORY = ["workerd heap", "workerd resident", "readers heap", "readers resident"] as const;
export type Memory = (typeof MEMORY)[number];

/** `start` and `end` are the last ones of the two rests. */
export type Phase = "warm-up" | "rest" | "start" | "flow" | "end";

/** All that was counted at one time. */
export interface Sample {
  /** Since the soak began. */
  readonly atMs: number;
  readonly phase: Phase;
  /** How many answers were over by then. */
  readonly answers: number;
  readonly counts: Counts;
  readonly bytes: Readonly<Record<Memory, number>>;
}
