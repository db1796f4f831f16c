import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadResults } from "../results/store.ts";
import { buildReport, renderFigures, renderVerdicts, verdictsIn } from "./index.ts";

const root = join(import.meta.dirname, "..", "..", "..", "..");
const documentOf = (path: string): { readonly file: string; readonly text: string } => {
  const { file, text } = verdictsIn(readFileSync(join(root, path), "utf8"));
  if (file === undefined) throw new RangeError(`${path} does not say which results its verdicts are of.`);
  return { file: join(root, dirname(path), file), text };
};

describe("the verdicts in the documents of this repository", () => {
  it("match what the command prints for the file that they name", async () => {
    const [readme, table] = [documentOf("README.md"), documentOf("reports/standard/README.md")];
    expect(table.file).toBe(readme.file);
    const committed = await loadResults(readme.file);
    const report = buildReport(committed);
    expect(readme.text).toBe(renderVerdicts(committed, report, "reports/standard/results.json.gz"));
    expect(table.text).toBe(renderFigures(committed, report, "results.json.gz"));
  });
});
