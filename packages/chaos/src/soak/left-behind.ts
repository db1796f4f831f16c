import { RULE, type Rule } from "./rule.ts";
import { COUNTED, MEMORY, type Counted, type Counts, type Memory, type Sample } from "./sample.ts";
import { theilSen, type Point, type Slope } from "./slope.ts";

export type FindingKind =
  | Counted
  /** The line rises by more than the bound: all of its interval does. */
  | "memory-grows"
  /** The end is more than the share of the start. */
  | "memory-high"
  /** The bound is within the line's interval, so that nobody can tell. */
  | "memory-undecided";

/** Something that is not back where it began. */
export interface Finding {
  readonly kind: FindingKind;
  /** What was counted. */
  readonly of: string;
  readonly what: string;
}

/** One memory, from the start to the end. */
export interface MemoryChange {
  readonly of: Memory;
  readonly startBytes: number;
  readonly endBytes: number;
  /** In bytes per 1,000 answers, over the second half of the flow; `null` where there are too few samples. */
  readonly growth: Slope | null;
}

/** All that is not back where it began. Pure: it knows samples, and nothing of how they came about. */
export function leftBehind(samples: readonly Sample[], rule: Rule = RULE): readonly Finding[] {
  const start = samples.find(({ phase }) => phase === "start");
  const end = samples.findLast(({ phase }) => phase === "end");
  // It was ended before.
  if (start === undefined || end === undefined) return [];
  return [...countsLeft(start.counts, end.counts), ...memoryChanges(samples, rule).flatMap((change) => judged(change, rule))];
}

/** Counts are to be equal: one that is lower was counted before all was over. */
export function countsLeft(start: Counts, end: Counts): readonly Finding[] {
  return COUNTED.flatMap((kind) => {
    const names = new Set([...Object.keys(start[kind]), ...Object.keys(end[kind])]);
    return [...names].flatMap((of): Finding[] => {
      const [before = 0, after = 0] = [start[kind][of], end[kind][of]];
      return before === after ? [] : [{ kind, of, what: `${before} at the start, ${after} at the end.` }];
    });
  });
}

export function memoryChanges(samples: readonly Sample[], rule: Rule = RULE): readonly MemoryChange[] {
  const start = samples.find(({ phase }) => phase === "start");
  const end = samples.findLast(({ phase }) => phase === "end");
  if (start === undefined || end === undefined) return [];
  const half = secondHalf(samples);
  return MEMORY.map((of) => ({
    of,
    startBytes: start.bytes[of],
    endBytes: end.bytes[of],
    growth: half.length < rule.leastSamples ? null : (theilSen(half.map((sample) => pointOf(sample, of))) ?? null),
  }));
}

/** Of the flow, by time: caches have filled by then. */
export function secondHalf(samples: readonly Sample[]): readonly Sample[] {
  const flow = samples.filter(({ phase }) => phase === "flow");
  const middleMs = ((flow[0]?.atMs ?? 0) + (flow.at(-1)?.atMs ?? 0)) / 2;
  return flow.filter(({ atMs }) => atMs >= middleMs);
}

/** Bytes over thousands of answers. */
export function pointOf({ answers, bytes }: Sample, of: Memory): Point {
  return { x: answers / 1_000, y: bytes[of] };
}

function judged({ of, startBytes, endBytes, growth }: MemoryChange, rule: Rule): Finding[] {
  const heap = of.endsWith("heap");
  const bound = heap ? rule.heapGrowth : rule.residentGrowth;
  const share = heap ? rule.heapShare : rule.residentShare;
  const found: Finding[] = [];
  // Also where a figure is not a number.
  if (!(endBytes <= share * startBytes)) {
    const most = `${Math.round(100 * share)} % of the start`;
    found.push({
      kind: "memory-high",
      of,
      what: `${bytes(startBytes)} at the start, ${bytes(endBytes)} at the end: at most ${most} may be.`,
    });
  }
  if (growth === null || growth.high <= bound) return found;
  const rise = `${bytes(growth.middle)} per 1,000 answers (95 %: ${bytes(growth.low)} to ${bytes(growth.high)})`;
  return growth.low > bound
    ? [...found, { kind: "memory-grows", of, what: `It grows by ${rise}: at most ${bytes(bound)} may be.` }]
    : [...found, { kind: "memory-undecided", of, what: `It grows by ${rise}, and the bound is ${bytes(bound)}: a longer soak can tell.` }];
}

/** With its unit. */
export function bytes(count: number): string {
  const mega = Math.abs(count) >= 999_500;
  return `${(count / (mega ? 1e6 : 1e3)).toFixed(1).replace("-", "−")} ${mega ? "MB" : "kB"}`;
}
