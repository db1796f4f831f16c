import { z } from "zod";
import { runComparisonSchema } from "../src/regression/schema.ts";
import { reportSchema } from "../src/report/schema.ts";
import { resultsSchema } from "../src/results/schema.ts";

/** The files that other programs may read, each as a JSON Schema (draft 2020-12). */
const published: Readonly<Record<string, readonly [title: string, schema: z.ZodType]>> = {
  "results.schema.json": ["Raw results of transport-bench: results.json", resultsSchema],
  "analysis.schema.json": ["The report of transport-bench as JSON: analysis.json, or --json", reportSchema],
  "comparison.schema.json": ["Two runs of transport-bench compared: compare --json", runComparisonSchema],
};

/** Files whose objects may get members before their version goes up: an `input` schema forbids none. */
const mayHoldMore: ReadonlySet<string> = new Set(["analysis.schema.json"]);

/** By file name, the text of each file under schema/. */
export function publishedSchemas(): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(published).map(([name, [title, schema]]) => [
      name,
      `${JSON.stringify({ title, ...z.toJSONSchema(schema, { io: mayHoldMore.has(name) ? "input" : "output" }) }, null, 2)}\n`,
    ]),
  );
}
