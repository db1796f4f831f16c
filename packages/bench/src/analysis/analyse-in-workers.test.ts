import { describe, expect, it } from "vitest";
import { makeResults } from "../../test/fixtures/results.ts";
import { analyse, analyseInWorkers } from "./index.ts";

describe("the analysis in worker threads", () => {
  it("is the same to the last digit, whatever the number of workers", async () => {
    const results = makeResults({ groups: 5 });
    const alone = analyse(results, { resamples: 50 });
    for (const workers of [1, 3]) expect(await analyseInWorkers(results, { resamples: 50, workers })).toEqual(alone);
  }, 60_000);
});
