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
  statistic: z.union([z.number(), z.literal("mean")]),
  verdict: z.object({ kind: z.string(), lower: z.string().nullish() }),
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
  const median = comparisons.find(({ metric, statistic }) => metric === "latency" && statistic === 0.5);
  if (median?.effect == null) {
    problems.push(`${condition.id}: nothing was compared.`);
    continue;
  }
  const { difference, differenceInterval } = median.effect;
  // Drowned by a noisy machine: allowed beside the quiet condition; the other way round is not.
  const { kind, lower } = median.verdict;
  if ((kind === "equivalent" || kind === "undecided") && lower == null && condition.id !== QUIET) continue;
  // A timer that holds a chunk for 2 ms lets it go up to about a millisecond later.
  const slackMs = 1.5;
  const low = (differenceInterval.low ?? -Infinity) - slackMs;
  const high = (differenceInterval.high ?? Infinity) + slackMs;
  console.log(`${condition.id}: WebSocket − SSE ${difference.toFixed(2)} ms, ${kind} ${lower ?? ""}`);
  // 2 ms are found and too small to matter: what is checked is that they are found.
  if (lower !== "ws") problems.push(`${condition.id}: the handicap was not found (${kind}).`);
  else if (low > -handicap.ms || high < -handicap.ms)
    problems.push(`${condition.id}: ${-handicap.ms} ms lie outside ${low.toFixed(2)} to ${high.toFixed(2)}.`);
  else found += 1;
}
for (const problem of problems) console.error(problem);
process.exitCode = problems.length === 0 && found > 0 ? 0 : 1;
