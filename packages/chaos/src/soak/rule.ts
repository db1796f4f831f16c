/** What "back where it began" means. It is written down here, and was before the first soak was run. */
export interface Rule {
  /** In bytes per 1,000 answers: a heap's line over the second half of the flow may not rise more. */
  readonly heapGrowth: number;
  /** The same of resident memory, of which the runtimes' allocators keep pages. */
  readonly residentGrowth: number;
  /** Of the heap at the start: at the end it may be so much. */
  readonly heapShare: number;
  readonly residentShare: number;
  /** A line through fewer samples tells nothing, and is not judged. */
  readonly leastSamples: number;
}

/**
 * Counts need no bound: at the end they are exactly what they were at the start.
 *
 * An answer is about 50 events and 5 KB here, so 500 bytes are less than a tenth of it. Whatever is kept of each answer, such as a run, a
 * reader or a closure with what it holds, is more than that.
 */
export const RULE: Rule = {
  heapGrowth: 500_000,
  residentGrowth: 8_000_000,
  heapShare: 1.25,
  residentShare: 1.5,
  leastSamples: 20,
};
