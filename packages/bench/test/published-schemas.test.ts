import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { makeResults } from "./fixtures/results.ts";
import { publishedSchemas } from "../ci/published-schemas.ts";
import { buildReport } from "../src/report/index.ts";
import { reportSchema } from "../src/report/schema.ts";

const folder = new URL("../schema/", import.meta.url);

describe("the published schemas", () => {
  it("are those of this program: else `node ci/write-schemas.ts`", () => {
    const schemas = publishedSchemas();
    expect(readdirSync(folder).toSorted()).toEqual([...schemas.keys()].toSorted());
    for (const [name, text] of schemas) expect(JSON.parse(readFileSync(new URL(name, folder), "utf8"))).toEqual(JSON.parse(text));
  });

  it("describe what a report is as JSON, and refuse what is none", () => {
    const report: unknown = JSON.parse(JSON.stringify(buildReport(makeResults(), { resamples: 50 })));
    expect(reportSchema.parse(report)).toEqual(report);
    expect(reportSchema.safeParse({ ...(report as object), applications: undefined }).success).toBe(false);
    expect(reportSchema.safeParse({ ...(report as object), version: 99 }).success).toBe(false);
  });
});
