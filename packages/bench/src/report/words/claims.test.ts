import { describe, expect, it } from "vitest";
import { analysis, askedFor, onlyScenario, results } from "../../../test/fixtures/analysed.ts";
import { bothChanges, chains, claimOf, claimOfBrowsers, claimOfOneArm, claimWithSize, pacedChains } from "../../../test/fixtures/claims.ts";
import { analyse, type Analysis } from "../../analysis/index.ts";
import { answerSentences } from "./answer.ts";
import { claimSentence, claimText } from "./claims.ts";

const said = (from: Analysis, number: number): string => claimSentence(claimOf(from, number), from.scenarios);

describe("the sentence on a claim", () => {
  it("exists for each claim, with the claim's text", () => {
    for (const claim of analysis.claims) {
      expect(claimText(claim).claim).toMatch(/\.$/);
      expect(claimSentence(claim, analysis.scenarios)).toMatch(/\.$/);
    }
    expect(() => claimText({ number: 10 })).toThrow("add it to report/words/claims.ts");
  });

  it("says that a direction holds without the size that is stated", () => {
    expect(said(analysis, 7)).toMatch(/The direction holds, but not the stated size \(up to 40 % .*\): the largest reduction is \d+ %/u);
    expect(said(claimWithSize("proxy"), 8)).toContain("The direction holds, but not the stated size");
  });

  it("says how many comparisons favour one arm, and whether the transport or both changes together reach the size", () => {
    expect(
      said(
        chains((turns, _input, arm) => (turns === 5 && arm === "ws" ? 2 : 1)),
        7,
      ),
    ).toMatch(/^WebSocket is better by a difference that matters in all 2 comparisons/);
    expect(said(bothChanges(), 7)).toMatch(
      /largest reduction is \d+ % \(20 turns.*by the transport alone\. Only a change of transport and input together reaches it: \d+ % \(/u,
    );
    expect(
      said(
        chains((_turns, _input, arm) => (arm === "ws" ? 0.5 : 1)),
        7,
      ),
    ).toMatch(/is reached: \d+ % \(20 turns/u);
  });

  it("gives the share of the difference in a chain at real pace, as the answer does", () => {
    const paced = pacedChains();
    const share =
      /With realistic model and tool latencies, WebSocket saves 120 ms of 60\.1 s \(0\.20\s%, 95\s% interval 0\.\d+\s% to 0\.\d+\s%\) in 20 turns, only what is new/u;
    expect(said(paced, 7)).toMatch(share);
    expect(answerSentences(paced).join(" ")).toMatch(share);
    expect(answerSentences(analysis).join(" ")).not.toContain("realistic model and tool latencies");
  });

  it("says of chains whether the time of their model is left out", () => {
    const without = "The time of the model and of the tools is left out of";
    expect(said(analysis, 7)).toContain(`${without} all 2 comparisons.`);
    expect(said(pacedChains(), 7)).not.toContain(without);
    const half = analyse(
      onlyScenario("tool-loop", (scenario) => ({
        ...scenario,
        conditions: scenario.conditions.map((one) =>
          one.id === "turns-20-new" ? { ...one, factors: { ...one.factors, pace: "real" } } : one,
        ),
      })),
    );
    expect(said(half, 7)).toContain(`${without} 1 of 2 comparisons.`);
    expect(said(analysis, 1)).not.toContain(without);
  });

  it("says whether an arm that should be able to do something is worse", () => {
    expect(
      said(
        claimOfOneArm(() => 1),
        5,
      ),
    ).toBe("SSE is behind in none of 3 comparisons. All of this is over loopback.");
  });

  it("says what a browser does on its own, and what our clients do there", () => {
    expect(said(claimOfBrowsers({ "native-websocket": 0 }, 40), 9)).toMatch(
      /native-eventsource recovers after 3,010 ms and native-websocket does not recover while it is watched\. With our clients the answer goes on after 40(\.0)? ms over sse and after 40(\.0)? ms over ws\./,
    );
  });

  it("says of too few scenarios how many were measured, and what they favour", () => {
    const few = analyse(askedFor("connect"));
    expect(said(few, 6)).toBe(`1 of ${few.scenarios.length} scenarios was measured; it favours SSE. All of this is over loopback.`);
  });

  it("says on what the result depends, which transport is better where, by how much, and where the rest is counted", () => {
    const two = said(
      chains((turns, _input, arm) => (turns === 5 && arm === "ws" ? 2 : 1)),
      6,
    );
    expect(two).toMatch(
      /^It depends on the number of turns\. WebSocket is better by \d+–\d+\s% \(.* ms\) at 20 turns, only what is new; 20 turns, the whole context\. SSE is better by .* at 5 turns, only what is new; 5 turns, the whole context\. All of this is over loopback\.$/u,
    );
    expect(said(analysis, 6)).toMatch(
      /^.*Coming back after a fault: WebSocket is better at some settings\. Chains of tool calls: WebSocket is better\. In 1 other scenario, /,
    );
  });

  it("says of a claim that is refuted that its transport is better in none, and where the other one is", () => {
    expect(said(analyse(onlyScenario("connect", (one) => one)), 2)).toMatch(/^Of 3 comparisons, WebSocket is better in none and SSE in 3 /);
  });

  it("puts constants beside what was judged", () => {
    const constant = onlyScenario("uplink", (one) => ({
      ...one,
      blocks: one.blocks.map((block) => ({ ...block, samples: { roundTripMs: block.arm === "ws" ? [1, 1] : [9, 9] } })),
    }));
    const both = [...constant.scenarios, ...results.scenarios.filter(({ name }) => name === "token-latency")];
    const mixed = { ...results, scenarios: both.map((scenario) => ({ ...scenario, claims: [1] })) };
    expect(said(analyse(mixed), 1)).toContain(
      "In every block, Round trip of an input: 9 ms over SSE, 1 ms over WebSocket (1 send/s; 10 sends/s; 100 sends/s).",
    );
  });

  it("says why nothing was measured", () => {
    expect(said(analysis, 4)).toBe("No scenario of this run measures it.");
    expect(said(analysis, 3)).toBe("Not run: Staying open while nothing happens.");
  });
});
