import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { makeResults } from "./fixtures/results.ts";
import { addNetwork } from "./fixtures/sessions.ts";
import { publishedSchemas } from "../ci/published-schemas.ts";
import { buildReport } from "../src/report/index.ts";
import { reportSchema } from "../src/report/schema.ts";

const folder = new URL("../schema/", import.meta.url);

describe("the published schemas", () => {
  it("match this program (if not, run `node ci/write-schemas.ts`)", () => {
    const schemas = publishedSchemas();
    expect(readdirSync(folder).toSorted()).toEqual([...schemas.keys()].toSorted());
    for (const [name, text] of schemas) expect(JSON.parse(readFileSync(new URL(name, folder), "utf8"))).toEqual(JSON.parse(text));
  });

  it("accept a report's JSON, and refuse anything else", () => {
    const report: unknown = JSON.parse(JSON.stringify(buildReport(addNetwork(makeResults()))));
    // Parsing drops what the schema does not name: all of it is named.
    expect(reportSchema.parse(report)).toEqual(report);
    expect(reportSchema.safeParse({ ...(report as object), sessions: undefined }).success).toBe(false);
    expect(reportSchema.safeParse({ ...(report as object), version: 99 }).success).toBe(false);
  });

  it("of a report contain facts only: codes, labels and paths, but no sentences", () => {
    const results = addNetwork(makeResults());
    const measured = new Set(stringsIn(results));
    const own = stringsIn(buildReport(results)).filter((text) => !measured.has(text));
    expect(own.length).toBeGreaterThan(100);
    for (const text of own) expect(text).toMatch(/^(agent-transports\/analysis|[a-z0-9-]+|\d+ turns|\$\..+)$/);
  });
});

function stringsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(stringsIn) : [];
}
