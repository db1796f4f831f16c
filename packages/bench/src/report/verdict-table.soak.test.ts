import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadResults } from "../store.ts";
import { buildReport, renderVerdicts, verdictsIn } from "./index.ts";

const readme = join(import.meta.dirname, "..", "..", "..", "..", "README.md");

describe("the verdicts in a README", () => {
  it("of this repository are what the command prints, once they name their file", async () => {
    const { file, text } = verdictsIn(readFileSync(readme, "utf8"));
    expect(text).toMatch(/^\| .*SSE.*WebSocket/m);
    // Until a report is committed the table names no file; a file that it names must be there.
    if (file === undefined) return;
    const path = join(dirname(readme), file);
    expect(existsSync(path)).toBe(true);
    const committed = await loadResults(path);
    expect(text).toBe(renderVerdicts(committed, buildReport(committed), file));
  });
});
