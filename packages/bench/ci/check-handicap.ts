/**
 * Checks that the instrument found what was planted: `node ci/check-handicap.ts DIR`, after a run of token-latency with `--handicap sse=2`.
 *
 * At one conversation WebSocket must be called lower at the median, nowhere may it be called higher, and the 2 ms must lie within the
 * interval of the difference, widened by the lateness of a timer, with which the proxy holds bytes back.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { resultsSchema } from "../src/results/schema.ts";

const comparisonSchema = z.object({
  metric: z.string(),
  quantile: z.number(),
  verdict: z.object({ kind: z.string(), arm: z.string().optional() }),
  effect: z
    .object({ difference: z.number(), differenceInterval: z.object({ low: z.number().nullable(), high: z.number().nullable() }) })
    .nullable(),
});
const analysisSchema = z.object({
  scenarios: z.array(
    z.object({
      name: z.string(),
      conditions: z.array(
        z.object({ condition: z.object({ id: z.string(), notRun: z.string().optional() }), comparisons: z.array(comparisonSchema) }),
      ),
    }),
  ),
});

/** The condition in which 2 ms must be found, however noisy the machine. */
const QUIET = "one";

const directory = process.argv[2];
if (directory === undefined) throw new Error("Give a directory: node ci/check-handicap.ts DIR");
const results = resultsSchema.parse(JSON.parse(await readFile(join(directory, "results.json"), "utf8")));
const analysis = analysisSchema.parse(JSON.parse(await readFile(join(directory, "analysis.json"), "utf8")));
const { handicap } = results.options;
if (handicap?.arm !== "sse") throw new Error("This run had no handicap on sse.");

const latency = analysis.scenarios.find(({ name }) => name === "token-latency");
const problems: string[] = [];
let found = 0;
for (const { condition, comparisons } of latency?.conditions ?? []) {
  if (condition.notRun !== undefined && condition.id !== QUIET) continue;
  const median = comparisons.find(({ metric, quantile }) => metric === "latency" && quantile === 0.5);
  if (median?.effect == null) {
    problems.push(`${condition.id}: nothing was compared.`);
    continue;
  }
  const { difference, differenceInterval } = median.effect;
  // Drowned by a noisy machine: allowed beside the quiet condition; the other way round is not.
  if (median.verdict.kind === "no-difference" && condition.id !== QUIET) continue;
  // A timer that holds a chunk for 2 ms lets it go up to about a millisecond later.
  const slackMs = 1.5;
  const low = (differenceInterval.low ?? -Infinity) - slackMs;
  const high = (differenceInterval.high ?? Infinity) + slackMs;
  console.log(`${condition.id}: WebSocket − SSE ${difference.toFixed(2)} ms, ${median.verdict.kind} ${median.verdict.arm ?? ""}`);
  if (median.verdict.kind !== "lower" || median.verdict.arm !== "ws")
    problems.push(`${condition.id}: the handicap was not found (${median.verdict.kind}).`);
  else if (low > -handicap.ms || high < -handicap.ms)
    problems.push(`${condition.id}: ${-handicap.ms} ms lie outside ${low.toFixed(2)} to ${high.toFixed(2)}.`);
  else found += 1;
}
for (const problem of problems) console.error(problem);
process.exitCode = problems.length === 0 && found > 0 ? 0 : 1;
