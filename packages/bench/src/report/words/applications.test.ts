import { describe, expect, it } from "vitest";
import { makeResults } from "../../../test/fixtures/results.ts";
import { analyse } from "../../analysis/index.ts";
import { answerApplications } from "../../analysis/applications.ts";
import type { ApplicationAnswer } from "../../analysis/facts/index.ts";
import type { Results } from "../../results/schema.ts";
import { applicationSentence, missingWords } from "./applications.ts";

const results = makeResults();

function answerFor(from: Results, id: string): ApplicationAnswer {
  return answerApplications(analyse(from, { resamples: 100 }).scenarios).find((one) => one.id === id)!;
}

const only = (name: string): Results => ({ ...results, scenarios: results.scenarios.filter((one) => one.name === name) });

describe("the sentence on an application", () => {
  it("says that one transport is better in all comparisons", () => {
    expect(applicationSentence(answerFor(only("connect"), "tabs"))).toBe("SSE is better in all 3 comparisons.");
  });

  it("counts what is alike and what is undecided", () => {
    const same = results.scenarios.map((scenario) => ({
      ...scenario,
      blocks: scenario.blocks.map((block) => ({ ...block, samples: { roundTripMs: [1, 2, 3] } })),
    }));
    expect(applicationSentence(answerFor({ ...results, scenarios: same }, "voice"))).toBe(
      "Of 3 comparisons, 3 show no difference that we can detect.",
    );
  });

  it("names what was not measured once for each reason", () => {
    const { missing } = answerFor(results, "chat");
    expect(missingWords(missing)).toBe(
      "Not measured: reconnect-browser, half-open, distance and buffering (this run has no such scenario); idle (Takes minutes: run it with --full).",
    );
  });
});
