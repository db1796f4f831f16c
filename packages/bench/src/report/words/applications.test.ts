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
  return answerApplications(analyse(from).scenarios).find((one) => one.id === id)!;
}

const only = (name: string): Results => ({ ...results, scenarios: results.scenarios.filter((one) => one.name === name) });

describe("the sentence on an application", () => {
  it("says that one transport is better in all comparisons", () => {
    expect(applicationSentence(answerFor(only("connect"), "tabs"))).toBe(
      "SSE is better by a difference that matters in all 3 comparisons.",
    );
  });

  it("says of too few scenarios how many were measured, and what they favour", () => {
    const answer = answerFor(askedFor("connect"), "chat");
    expect(applicationWords(answer.outcome)).toBe("Not enough measured");
    expect(applicationSentence(answer)).toBe("1 of 9 scenarios was measured; it favours SSE.");
    const counted = { sse: 0, ws: 0, tooSmall: 0, equivalent: 0, undecided: 0, notEnoughData: 1 };
    const said = (counts: Partial<typeof counted>): string =>
      applicationSentence({ ...answer, coverage: { measured: 2, leftOut: 7, of: 9 }, counted: { ...counted, ...counts } });
    expect(said({ ws: 1, equivalent: 1 })).toBe("2 of 9 scenarios were measured; they favour WebSocket.");
    expect(said({ ws: 1, sse: 1 })).toBe("2 of 9 scenarios were measured; the result depends on the setting.");
    expect(said({ equivalent: 1, tooSmall: 1 })).toBe("2 of 9 scenarios were measured; they show no difference that matters.");
    expect(said({ equivalent: 1, undecided: 1 })).toBe("2 of 9 scenarios were measured; they are undecided in part.");
  });

  it("counts what is too small, what is equivalent and what is undecided", () => {
    const answer = answerFor(only("uplink"), "voice");
    const counted = { sse: 0, ws: 0, tooSmall: 1, equivalent: 2, undecided: 1, notEnoughData: 0 };
    expect(applicationSentence({ ...answer, outcome: "undecided", counted })).toBe(
      "Of 4 comparisons, 1 differs by what is too small to matter, 2 are equivalent and 1 is undecided.",
    );
    expect(applicationSentence({ ...answer, outcome: "depends", counted: { ...counted, sse: 2, ws: 1 } })).toBe(
      "Of 7 comparisons, WebSocket is better in 1 and SSE in 2 by a difference that matters; 1 differs by what is too small to matter, 2 are equivalent and 1 is undecided.",
    );
  });

  it("names what was not measured once for each reason", () => {
    const { missing } = answerFor(results, "chat");
    expect(missingWords(missing)).toBe(
      "Not measured: reconnect-browser, half-open, distance and buffering (this run has no such scenario); idle (Takes minutes: run it with --full).",
    );
  });
});
