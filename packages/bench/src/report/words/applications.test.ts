import { describe, expect, it } from "vitest";
import { askedFor } from "../../../test/fixtures/analysed.ts";
import { makeResults } from "../../../test/fixtures/results.ts";
import { analyse } from "../../analysis/index.ts";
import { answerApplications } from "../../analysis/applications.ts";
import type { ApplicationAnswer } from "../../analysis/facts/index.ts";
import type { Results } from "../../results/schema.ts";
import { applicationSentence, applicationWords, missingWords } from "./applications.ts";

const results = makeResults();

function answerFor(from: Results, id: string): ApplicationAnswer {
  return answerApplications(analyse(from, { resamples: 100 }).scenarios).find((one) => one.id === id)!;
}

const only = (name: string): Results => ({ ...results, scenarios: results.scenarios.filter((one) => one.name === name) });

describe("the sentence on an application", () => {
  it("says that one transport is better in all comparisons", () => {
    expect(applicationSentence(answerFor(only("connect"), "tabs"))).toBe("SSE is better in all 3 comparisons.");
  });

  it("says of too few scenarios how many were measured, and what they favour", () => {
    const answer = answerFor(askedFor("connect"), "chat");
    expect(applicationWords(answer.outcome)).toBe("Not enough measured");
    expect(applicationSentence(answer)).toBe("1 of 9 scenarios was measured; it favours SSE.");
    const counted = { sse: 0, ws: 0, alike: 0, noDifference: 0, notEnoughData: 1 };
    const said = (counts: Partial<typeof counted>): string =>
      applicationSentence({ ...answer, coverage: { measured: 2, leftOut: 7, of: 9 }, counted: { ...counted, ...counts } });
    expect(said({ ws: 1, alike: 1 })).toBe("2 of 9 scenarios were measured; they favour WebSocket.");
    expect(said({ ws: 1, sse: 1 })).toBe("2 of 9 scenarios were measured; the result depends on the setting.");
    expect(said({ alike: 2 })).toBe("2 of 9 scenarios were measured; the two are alike within 10 %.");
    expect(said({ alike: 1, noDifference: 1 })).toBe("2 of 9 scenarios were measured; they show no difference that we can detect.");
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
