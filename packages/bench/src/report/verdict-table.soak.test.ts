import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadResults } from "../results/store.ts";
import { mapFile } from "./plots/map.ts";
import { buildReport, renderFigures, renderNetwork, renderVerdicts, shownIn, type ReportedRun } from "./index.ts";

const root = join(import.meta.dirname, "..", "..", "..", "..");

interface Part {
  readonly files: readonly string[];
  readonly text: string;
  readonly runs: readonly ReportedRun[];
}

async function partOf(path: string): Promise<Part> {
  const { files, text } = shownIn(readFileSync(join(root, path), "utf8"), "verdicts");
  if (files.length === 0) throw new RangeError(`${path} does not say which results its verdicts are of.`);
  const runs = files.map(async (file) => {
    const results = await loadResults(join(root, dirname(path), file));
    return { file, results, report: buildReport(results) };
  });
  return { files, text, runs: await Promise.all(runs) };
}

describe("the verdicts in the documents of this repository", () => {
  it("match what the command prints for the files that they name", async () => {
    const [readme, table] = [await partOf("README.md"), await partOf("reports/standard/README.md")];
    expect(table.files.map((file) => join("reports/standard", file))).toEqual(readme.files);
    expect(readme.text).toBe(renderVerdicts(readme.runs));
    const [first, ...others] = table.runs;
    expect(table.text).toBe(renderFigures([first!, ...others]));
  });

  it("are beside the table of a network, of the same files", async () => {
    const readme = readFileSync(join(root, "README.md"), "utf8");
    const { files, text } = shownIn(readme, "network");
    expect(files).toEqual(shownIn(readme, "verdicts").files);
    const runs = await Promise.all(files.map(async (file) => ({ file, results: await loadResults(join(root, file)) })));
    expect(text).toBe(renderNetwork(runs));
  });

  it("are beside the map of the first of these files that has one", async () => {
    const { runs } = await partOf("README.md");
    const [drawn] = runs.flatMap(({ report: { map }, results: { startedAt } }) => (map === null ? [] : [mapFile(map, startedAt)]));
    expect(readFileSync(join(root, "docs/map.svg"), "utf8")).toBe(drawn);
  });
});
