import { describe, expect, it } from "vitest";
import { analysis } from "../../../test/fixtures/analysed.ts";
import { answerSentences } from "./answer.ts";
import { sensitivitySentence } from "./totals.ts";

describe("the answer", () => {
  const said = (changed: Partial<typeof analysis>): string => answerSentences({ ...analysis, ...changed }).join(" ");

  it("says whether events were lost, repeated or reordered, and by which transport", () => {
    expect(said({})).toContain("none was lost, repeated or reordered");
    const [sse, ...others] = analysis.integrity;
    expect(said({ integrity: [{ ...sse!, lost: 2, repeated: 1 }, ...others] })).toContain("SSE lost 2, repeated 1, reordered 0");
  });

  it("mentions a handicap and an interrupted run", () => {
    expect(said({ handicap: { arm: "ws", ms: 2 } })).toContain("2 ms were added to ws on purpose");
    expect(said({ status: "interrupted" })).toContain("This run is interrupted");
    expect(said({})).not.toMatch(/on purpose|interrupted/);
  });

  it("names the scenarios without a steady state", () => {
    const scenarios = analysis.scenarios.map((one) =>
      one.name === "uplink" ? { ...one, steadiness: { ...one.steadiness, state: "never" as const } } : one,
    );
    expect(said({ scenarios })).toContain("No steady state came in 1 scenario: sending while receiving. ");
  });

  it("says what would change without what was marked", () => {
    expect(answerSentences(analysis)).toContain(sensitivitySentence(analysis.sensitivity));
  });
});
