import { ReportError, type Bounds, type Distribution, type LoadResult } from "./report.ts";

/**
 * Adds up the reports of several generators: counters, counts, means and extremes exactly.
 *
 * A report of Artillery's has quantiles and no histogram. So a quantile of all of them together is known within bounds: it lies between the least and
 * the greatest of theirs. Artillery's own error of 1 % comes on top.
 *
 * @throws ReportError without any
 */
export function mergeResults(results: readonly LoadResult[]): LoadResult {
  const [only] = results;
  if (only === undefined) throw new ReportError("There is no report to merge.");
  if (results.length === 1) return only;
  const counters: Record<string, number> = {};
  const parts: Record<string, Distribution[]> = {};
  for (const result of results) {
    for (const [name, count] of Object.entries(result.counters)) counters[name] = (counters[name] ?? 0) + count;
    for (const [name, one] of Object.entries(result.distributions)) (parts[name] ??= []).push(one);
  }
  return {
    counters,
    distributions: Object.fromEntries(Object.entries(parts).map(([name, some]) => [name, mergeDistributions(some)])),
    periods: [],
  };
}

function mergeDistributions(parts: readonly Distribution[]): Distribution {
  const count = parts.reduce((sum, part) => sum + part.count, 0);
  const bounds = (of: (part: Distribution) => Bounds): Bounds => ({
    low: Math.min(...parts.map((part) => of(part).low)),
    high: Math.max(...parts.map((part) => of(part).high)),
  });
  return {
    count,
    min: Math.min(...parts.map(({ min }) => min)),
    max: Math.max(...parts.map(({ max }) => max)),
    mean: parts.reduce((sum, part) => sum + part.mean * part.count, 0) / count,
    p50: bounds(({ p50 }) => p50),
    p95: bounds(({ p95 }) => p95),
    p99: bounds(({ p99 }) => p99),
  };
}
