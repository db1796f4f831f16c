import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadResults } from "../results/store.ts";
import { mapFile } from "./plots/map.ts";
import { buildReport, renderAnswer, renderFigures, renderNetwork, renderVerdicts, shownIn, type ReportedRun, type Shown } from "./index.ts";

const root = join(import.meta.dirname, "..", "..", "..", "..");

interface Part {
  readonly files: readonly string[];
  readonly text: string;
  readonly runs: readonly ReportedRun[];
}

async function partOf(path: string, shown: Shown): Promise<Part> {
  const { files, text } = shownIn(readFileSync(join(root, path), "utf8"), shown);
  if (files.length === 0) throw new RangeError(`${path} does not say which results its ${shown} are of.`);
  const runs = files.map(async (file) => {
    const results = await loadResults(join(root, dirname(path), file));
    return { file, results, report: buildReport(results) };
  });
  return { files: files.map((file) => join(dirname(path), file)), text, runs: await Promise.all(runs) };
}

const shownWhere = [
  ["README.md", "answer", renderAnswer],
  ["docs/answer.md", "verdicts", renderVerdicts],
  ["docs/answer.md", "network", renderNetwork],
  ["reports/standard/README.md", "figures", ([first, ...others]: readonly ReportedRun[]) => renderFigures([first!, ...others])],
] as const;

describe("what documents of this repository show of results", () => {
  it.each(shownWhere)("in %s, the %s match what the command prints for the files that they name", async (path, shown, render) => {
    const { text, runs } = await partOf(path, shown);
    expect(text).toBe(render(runs));
  });

  it("is of the same files in each", async () => {
    const parts = await Promise.all(shownWhere.map(([path, shown]) => partOf(path, shown)));
    expect(new Set(parts.map(({ files }) => files.join(" "))).size).toBe(1);
  });

  it("is of the files that the documented command names", async () => {
    const [command = ""] = /^npx -y pnpm@12 bench verdicts .*$/m.exec(readFileSync(join(root, "packages/bench/README.md"), "utf8")) ?? [];
    const { files } = await partOf("README.md", "answer");
    expect(command.split(" ").filter((word) => word.endsWith(".json.gz"))).toEqual(files);
    expect(
      command
        .split(" --write ")
        .slice(1)
        .map((rest) => rest.split(" ")[0]),
    ).toEqual([...new Set(shownWhere.map(([path]) => path))]);
  });

  it("is beside the map of the first of these files that has one", async () => {
    const { runs } = await partOf("README.md", "answer");
    const [drawn] = runs.flatMap(({ report: { map }, results: { startedAt } }) => (map === null ? [] : [mapFile(map, startedAt)]));
    expect(readFileSync(join(root, "docs/map.svg"), "utf8")).toBe(drawn);
  });
});
