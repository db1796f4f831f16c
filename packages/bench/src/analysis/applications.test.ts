import { describe, expect, it } from "vitest";
import { askedFor, interruptedAfter } from "../../test/fixtures/analysed.ts";
import { about } from "../../test/fixtures/claims.ts";
import { makeResults } from "../../test/fixtures/results.ts";
import type { Results } from "../results/schema.ts";
import { answerApplications } from "./applications.ts";
import { evidenceOf, extremes } from "./evidence.ts";
import { analyse, type ApplicationAnswer } from "./index.ts";

const results = makeResults();
const analysis = analyse(results);

function only(...names: readonly string[]): Record<string, ApplicationAnswer> {
  const some: Results = { ...results, scenarios: results.scenarios.filter(({ name }) => names.includes(name)) };
  const answers = answerApplications(analyse(some).scenarios);
  return Object.fromEntries(answers.map((answer) => [answer.id, answer]));
}

describe("the answer for an application", () => {
  it("is given for four kinds, from the relevant figures of each", () => {
    const answers = answerApplications(analysis.scenarios);
    expect(answers.map(({ id }) => id)).toEqual(["chat", "agent", "voice", "tabs"]);
    const [chat, agent] = answers;
    expect(new Set(chat?.points.map(({ scenario }) => scenario))).toEqual(
      new Set(["first-token", "token-latency", "reconnect", "connect"]),
    );
    expect(agent).toMatchObject({ outcome: "ws" });
  });

  it("is the transport that is better somewhere and worse nowhere", () => {
    expect(only("connect")["tabs"]).toMatchObject({ outcome: "sse", counted: { sse: 3, ws: 0, tooSmall: 0, equivalent: 0, undecided: 0 } });
    expect(only("uplink")["voice"]).toMatchObject({ outcome: "ws" });
  });

  it("depends on the setting when each is better somewhere", () => {
    expect(only("connect", "token-latency")["chat"]?.outcome).toBe("depends");
  });

  it("is not given where a run left out more of its scenarios than it measured", () => {
    // The fixture's idle takes too long for its depth: an interruption does not leave it out.
    for (const [cut, idle] of [[askedFor("connect"), 1] as const, [interruptedAfter("connect"), 0] as const]) {
      const [chat, agent, , tabs] = answerApplications(analyse(cut).scenarios);
      expect(chat).toMatchObject({ outcome: "not-enough-measured", coverage: { measured: 1, leftOut: 3 + idle, of: 9 } });
      expect(chat?.counted).toMatchObject({ sse: 3, ws: 0 });
      expect(agent).toMatchObject({ outcome: "not-measured", coverage: { measured: 0 } });
      // Nobody can ask for a scenario that the benchmark did not have.
      expect(tabs).toMatchObject({ outcome: "sse", coverage: { measured: 1, leftOut: idle, of: 5 } });
    }
  });

  it("is either transport when no difference matters, undecided when that was not shown, and none when nothing was measured", () => {
    const same = (kind: "wait" | "fault"): ApplicationAnswer | undefined => {
      const scenarios = results.scenarios.map((scenario) => ({
        ...scenario,
        metrics: scenario.metrics.map((metric) => ({ ...metric, kind })),
        blocks: scenario.blocks.map((block) => ({ ...block, samples: { roundTripMs: about(10, block) } })),
      }));
      return answerApplications(analyse({ ...results, scenarios }).scenarios).find(({ id }) => id === "voice");
    };
    expect(same("wait")).toMatchObject({ outcome: "either", counted: { sse: 0, ws: 0, equivalent: 3, undecided: 0 } });
    expect(same("fault")).toMatchObject({ outcome: "undecided", counted: { sse: 0, ws: 0, equivalent: 0, undecided: 3 } });
    expect(only("connect")["voice"]).toMatchObject({ outcome: "not-measured", points: [] });
  });

  it("counts only its own actions of a scenario with several", () => {
    const scenario = analysis.scenarios.find(({ name }) => name === "uplink")!;
    const conditions = ["start", "first-input", "inputs", "fast-inputs"].map((action) => ({
      ...scenario.conditions[0]!,
      condition: { ...scenario.conditions[0]!.condition, id: action, label: action, factors: { action } },
    }));
    const answers = answerApplications([{ ...scenario, name: "distance", conditions }]);
    const counted = (application: string): string[] =>
      answers.find(({ id }) => id === application)!.points.map(({ condition }) => condition);
    expect(counted("voice")).toEqual(["first-input", "inputs", "fast-inputs"]);
    expect(counted("chat")).toEqual(["start", "first-input"]);
    expect(counted("tabs")).toEqual([]);
  });

  it("names relevant figures that were not measured, and why", () => {
    expect(answerApplications(analysis.scenarios).find(({ id }) => id === "chat")?.missing).toEqual([
      { scenario: "reconnect-browser", notRun: null },
      { scenario: "half-open", notRun: null },
      { scenario: "distance", notRun: null },
      { scenario: "buffering", notRun: null },
      { scenario: "idle", notRun: "Takes minutes: run it with --full." },
    ]);
  });
});

describe("a claim's evidence", () => {
  const evidence = evidenceOf(analysis.claims, analysis.scenarios);
  it("is the headline of each setting of the scenarios that were counted", () => {
    expect(evidence.find(({ number }) => number === 1)?.points.map(({ condition }) => condition)).toEqual([
      "1 send/s",
      "10 sends/s",
      "100 sends/s",
    ]);
    expect(evidence.find(({ number }) => number === 4)?.points).toEqual([]);
  });

  it("is shown by its lowest and its highest ratio", () => {
    const six = evidence.find(({ number }) => number === 6)!;
    const ratios = six.points.map(({ ratio }) => ratio ?? Infinity);
    expect(extremes(six).map(({ ratio }) => ratio)).toEqual([Math.min(...ratios), Math.max(...ratios)]);
    expect(extremes({ number: 1, points: six.points.slice(0, 1) })).toEqual(six.points.slice(0, 1));
  });
});
