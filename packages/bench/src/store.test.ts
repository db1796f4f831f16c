import { mkdtemp, readdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { UsageError } from "./errors.ts";
import { resultsSchema } from "./results/schema.ts";
import { loadResults, prepare, saveResults } from "./store.ts";
import { makeResults } from "../test/fixtures/results.ts";

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "store-"));
});

describe("raw results on disk", () => {
  it("come back as they were, with nothing left beside them", async () => {
    const results = resultsSchema.parse(makeResults());
    await saveResults(dir, results);
    expect(await loadResults(join(dir, "results.json"))).toEqual(results);
    expect(await readdir(dir)).toEqual(["results.json"]);
  });

  it.each([
    ["no JSON", "{", /is not JSON/],
    ["another file", "{}", /is not a results\.json/],
    ["another version", '{"schema":"agent-transports/results","version":2}', /is of version 2; this program reads version 1/],
    ["a damaged file", '{"schema":"agent-transports/results","version":1}', /is damaged at startedAt/],
  ])("are refused on one line where they are %s", async (_what, text, message) => {
    const file = join(dir, "x.json");
    await writeFile(file, text);
    await expect(loadResults(file)).rejects.toThrow(UsageError);
    await expect(loadResults(file)).rejects.toThrow(message);
  });

  it("are refused where there are none, or none can be written", async () => {
    await expect(loadResults(join(dir, "none.json"))).rejects.toThrow(UsageError);
    await writeFile(join(dir, "file"), "");
    await expect(prepare(join(dir, "file", "below"))).rejects.toThrow(/cannot be written.*--out DIR/);
  });
});
