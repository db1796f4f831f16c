import { appendFile, mkdtemp, readdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { UsageError } from "../usage/errors.ts";
import { resultsSchema } from "./schema.ts";
import { appendBlocks, loadResults, prepare, saveResults } from "./store.ts";
import { makeResults } from "../../test/fixtures/results.ts";

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "store-"));
});

describe("raw results on disk", () => {
  it("survive a round trip, without leftover files", async () => {
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
  ])("are refused in one line when they are %s", async (_what, text, message) => {
    const file = join(dir, "x.json");
    await writeFile(file, text);
    await expect(loadResults(file)).rejects.toThrow(UsageError);
    await expect(loadResults(file)).rejects.toThrow(message);
  });

  describe("and blocks measured since", () => {
    const results = resultsSchema.parse(makeResults());
    const [first] = results.scenarios;
    const { name, blocks } = first!;
    const withBlocks = (some: typeof blocks): typeof results => ({ ...results, scenarios: [{ ...first!, blocks: some }] });
    const load = (): Promise<typeof results> => loadResults(join(dir, "results.json"));

    it("are read from the journal, each once, without the one that a crash has truncated", async () => {
      await saveResults(dir, withBlocks(blocks.slice(0, 2)));
      await appendBlocks(dir, name, blocks.slice(1, 3));
      await appendBlocks(dir, name, blocks.slice(3, 5));
      await appendFile(join(dir, "results.json.journal"), JSON.stringify({ scenario: name, block: blocks[5] }).slice(0, -9));
      expect(await load()).toEqual(withBlocks(blocks.slice(0, 5)));
    });

    it("are in the results file once it is saved", async () => {
      await saveResults(dir, withBlocks([]));
      await appendBlocks(dir, name, blocks);
      await saveResults(dir, withBlocks(blocks.slice(0, 1)));
      expect(await load()).toEqual(withBlocks(blocks.slice(0, 1)));
    });

    it.each([
      ["damaged", "{}\n", /has a line that is not a block/],
      ["of a scenario that is not there", `${JSON.stringify({ scenario: "other", block: blocks[0] })}\n`, /has a block of other/],
    ])("are refused in one line when they are %s", async (_what, text, message) => {
      await saveResults(dir, results);
      await appendFile(join(dir, "results.json.journal"), text);
      await expect(load()).rejects.toThrow(UsageError);
      await expect(load()).rejects.toThrow(message);
    });
  });

  it("are refused when there are none, or none can be written", async () => {
    await expect(loadResults(join(dir, "none.json"))).rejects.toThrow(UsageError);
    await writeFile(join(dir, "file"), "");
    await expect(prepare(join(dir, "file", "below"))).rejects.toThrow(/cannot be written.*--out DIR/);
  });
});
