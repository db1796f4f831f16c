import { describe, expect, it } from "vitest";
import { analysis, onlyScenario, scenarioOf } from "../../../test/fixtures/analysed.ts";
import { analyse } from "../../analysis/index.ts";
import { restOfScenario, scenarioSentence } from "./scenario.ts";
import { steadinessSentence } from "./steadiness.ts";

describe("the sentence on a scenario", () => {
  it("names the settings when an effect depends on them", () => {
    expect(scenarioSentence(scenarioOf(analysis, "reconnect"))).toMatch(
      /WebSocket is better \([\d.,]+ ms over SSE, [\d.,]+ ms over WebSocket; WebSocket \d+\s% lower\) at half-open\. Equivalent at connection reset/u,
    );
  });

  it("says why one was not run", () => {
    const idle = scenarioOf(analysis, "idle");
    expect([scenarioSentence(idle), restOfScenario(idle)]).toEqual(["Not measured: Takes minutes: run it with --full.", null]);
  });

  it("gives each shared reason for left-out settings once", () => {
    const partly = analyse(
      onlyScenario("connect", (scenario) => ({
        ...scenario,
        conditions: scenario.conditions.map((condition) =>
          condition.id === "headers-0" ? condition : { ...condition, notRun: "No time." },
        ),
        blocks: scenario.blocks.filter(({ condition }) => condition === "headers-0"),
      })),
    );
    expect(restOfScenario(scenarioOf(partly, "connect"))).toContain("Not run: 1 KB of cookies; 8 KB of cookies. No time.");
    expect(restOfScenario(scenarioOf(analysis, "connect"))).not.toContain("Not run");
  });
});

describe("the sentence on a steady state", () => {
  const steady = { state: "steady", pValue: 0.5, groups: 24, groupsBefore: 0, warmUpBlocks: 0 } as const;

  it("says from which group it was steady, or that there were too few groups to tell", () => {
    expect(steadinessSentence(steady)).toContain("Steady from the first pair group on");
    expect(steadinessSentence({ ...steady, state: "warm-up", groupsBefore: 6 })).toContain("The first 6 of 24 pair groups were warming up");
    expect(steadinessSentence({ ...steady, state: "never" })).toContain("No steady state");
    expect(steadinessSentence({ ...steady, state: "too-few", groups: 4 })).toContain("there are 4 pair groups, and 10 are needed");
  });
});
