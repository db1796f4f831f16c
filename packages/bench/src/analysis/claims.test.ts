import { describe, expect, it } from "vitest";
import { analysis, askedFor, interruptedAfter, onlyScenario, results, scenarioOf } from "../../test/fixtures/analysed.ts";
import {
  about,
  bothChanges,
  chains,
  claimOf as claim,
  claimOfBrowsers,
  claimOfOneArm,
  claimWithSize,
  pacedChains,
} from "../../test/fixtures/claims.ts";
import { NOT_ASKED } from "../results/names.ts";
import { addNetwork } from "../../test/fixtures/sessions.ts";
import { judgeClaims } from "./claims.ts";
import { evidenceOf } from "./evidence.ts";
import { analyse } from "./index.ts";
import { ofSeveralRuns } from "./several-runs.ts";

describe("claims", () => {
  it("number nine, each with an outcome", () => {
    expect(analysis.claims.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it("are confirmed when every setting favours the claimed arm", () => {
    expect(claim(analysis, 1)).toMatchObject({ outcome: "confirmed", scenarios: ["uplink"] });
  });

  it("are refuted when none does and some favour the other", () => {
    const connectOnly = analyse(onlyScenario("connect", (scenario) => scenario));
    expect(claim(connectOnly, 2)).toMatchObject({ outcome: "refuted" });
    expect(claim(connectOnly, 6)).toMatchObject({ outcome: "refuted" });
  });

  it("depend on the setting when settings disagree", () => {
    expect(claim(analysis, 2)?.outcome).toBe("depends");
    expect(claim(analysis, 6)?.outcome).toBe("depends");
  });

  it("are not confirmed by a direction without the stated size", () => {
    const seven = claim(analysis, 7);
    expect(seven).toMatchObject({ direction: "confirmed", outcome: "depends", size: { reached: false, largest: { claimed: 0.4 } } });
    expect(seven.size?.largest?.ratio).toBeGreaterThan(0.6);
    expect(seven.size?.largest?.ratio).toBeLessThan(1);
  });

  it("about long chains are judged by long chains, and a size that needs both changes by their joint effect", () => {
    const shortSlower = chains((turns, _input, arm) => (turns === 5 && arm === "ws" ? 2 : 1));
    expect(claim(shortSlower, 7)).toMatchObject({
      direction: "confirmed",
      counted: { sse: 0, ws: 2, tooSmall: 0, equivalent: 0, undecided: 0 },
    });
    expect(
      evidenceOf(shortSlower.claims, shortSlower.scenarios)
        .find(({ number }) => number === 7)
        ?.points.map(({ condition }) => condition),
    ).toEqual(["20 turns, only what is new", "20 turns, the whole context"]);
    const shortOnly = claim(
      chains(
        (_turns, _input, arm) => (arm === "ws" ? 2 : 1),
        (turns) => turns === 5,
      ),
      7,
    );
    expect(shortOnly).toMatchObject({ outcome: "refuted" });
    const both = claim(bothChanges(), 7);
    expect(both).toMatchObject({
      outcome: "depends",
      size: { reached: false, largest: { condition: expect.stringMatching(/^20 turns/) }, mixed: { condition: "20 turns" } },
    });
    expect(both.size?.largest?.ratio).toBeGreaterThan(0.6);
    expect(both.size?.mixed?.ratio).toBeLessThan(0.6);
    const transport = claim(
      chains((_turns, _input, arm) => (arm === "ws" ? 0.5 : 1)),
      7,
    );
    expect(transport).toMatchObject({
      outcome: "confirmed",
      size: { reached: true, largest: { condition: expect.stringMatching(/^20 turns/) } },
    });
  });

  it("about long chains give the share of the difference in a chain at real pace", () => {
    const paced = pacedChains();
    const [saving] = claim(paced, 7).chainSavings;
    expect(saving).toMatchObject({ scenario: "tool-loop", condition: "20 turns, only what is new" });
    expect(saving?.savedMs).toBeCloseTo(120, 2);
    expect(saving?.ofMs).toBeCloseTo(60_124, -2);
    expect(1 - (saving?.ratio ?? 1)).toBeCloseTo(0.002, 4);
    expect(saving?.interval.low).toBeGreaterThan(0.99);
    expect(saving?.interval.high).toBeLessThan(1);
    expect(paced.chainSavings).toContainEqual(saving);
    expect(analysis.chainSavings).toEqual([]);
  });

  it("that one arm can do something hold when that arm is not worse", () => {
    const five = (scale: (condition: string) => number): ReturnType<typeof claim> => claim(claimOfOneArm(scale), 5);
    expect(five(() => 1)).toMatchObject({ outcome: "confirmed", asks: "not-behind", counted: { ws: 0, sse: 0, undecided: 3 } });
    expect(five((condition) => (condition === "rate-1" ? 0.5 : 1))).toMatchObject({ outcome: "confirmed" });
    expect(five(() => 2)).toMatchObject({ outcome: "refuted" });
    for (const elsewhere of [0.5, 1])
      expect(five((condition) => (condition === "rate-1" ? 2 : elsewhere))).toMatchObject({ outcome: "depends" });
  });

  it("find their size in the settings that they state, and not in a proxy's buffering", () => {
    const sized = (name: string): ReturnType<typeof claim> => claim(claimWithSize(name), 8);
    expect(sized("token-latency")).toMatchObject({ outcome: "confirmed" });
    expect(sized("proxy")).toMatchObject({ outcome: "depends" });
    expect(sized("proxy")).toMatchObject({ direction: "confirmed", size: { reached: false } });
  });

  it("about a browser's own behaviour depend on the setting when it differs from the clients", () => {
    const nine = (back: Readonly<Record<string, number>>, wsGap: number): ReturnType<typeof claim> =>
      claim(claimOfBrowsers(back, wsGap), 9);
    const alone = nine({ "native-websocket": 0 }, 40);
    expect(alone.outcome).toBe("depends");
    expect(alone.nativeRecovery[0]).toMatchObject({
      eventSource: { label: "native-eventsource", isBack: true, gapMs: expect.closeTo(3_010, 1) },
      webSocket: { label: "native-websocket", isBack: false },
      ours: [
        { label: "sse", isBack: true, gapMs: expect.closeTo(40, 2) },
        { label: "ws", isBack: true, gapMs: expect.closeTo(40, 2) },
      ],
      asClaimed: true,
    });
    expect(nine({ "native-websocket": 0 }, 180)).toMatchObject({ outcome: "confirmed" });
    // A WebSocket that comes back by itself is not what was claimed, and neither is an EventSource that does not.
    expect(nine({}, 180)).toMatchObject({ outcome: "depends" });
    expect(nine({}, 40)).toMatchObject({ outcome: "no-difference" });
    expect(nine({ "native-eventsource": 0, "native-websocket": 0 }, 40)).toMatchObject({ outcome: "no-difference" });
  });

  it("end in no difference that matters when there is none, and undecided when that was not shown", () => {
    const same = (kind: "wait" | "fault"): ReturnType<typeof claim> =>
      claim(
        analyse(
          onlyScenario("uplink", (scenario) => ({
            ...scenario,
            metrics: scenario.metrics.map((metric) => ({ ...metric, kind })),
            blocks: scenario.blocks.map((block) => ({ ...block, samples: { roundTripMs: about(10, block) } })),
          })),
        ),
        1,
      );
    expect(same("wait")).toMatchObject({ outcome: "no-difference", counted: { equivalent: 3 } });
    // Where any difference matters, none can be shown to be absent.
    expect(same("fault")).toMatchObject({ outcome: "undecided", counted: { undecided: 3 } });
  });

  it("are not measured here when no scenario for them exists or was run", () => {
    expect(claim(analysis, 4)).toMatchObject({ outcome: "not-measured-here", scenarios: [] });
    expect(claim(analysis, 3)).toMatchObject({ outcome: "not-measured-here", scenarios: [] });
  });

  it("are not enough measured where a run left out more of their scenarios than it measured", () => {
    const serving = (number: number): number => results.scenarios.filter(({ claims }) => claims.includes(number)).length;
    for (const cut of [askedFor("connect"), interruptedAfter("connect")]) {
      const few = analyse(cut);
      expect(claim(few, 6)).toMatchObject({
        outcome: "not-enough-measured",
        direction: "refuted",
        coverage: { measured: 1, of: results.scenarios.length },
      });
      // As many were left out as were measured.
      expect(claim(few, 2)).toMatchObject({ outcome: "refuted", coverage: { measured: 1, leftOut: 1, of: serving(2) } });
      expect(claim(few, 1)).toMatchObject({ outcome: "not-measured-here", coverage: { measured: 0 } });
    }
  });

  it("are judged where the depth or the machine left their scenarios out, and not the run", () => {
    const others = results.scenarios.map((one) =>
      one.name === "connect" ? one : { ...one, notRun: "not in this depth (--quick), but with --standard.", blocks: [] },
    );
    const quick = analyse({ ...results, scenarios: others });
    expect(claim(quick, 6)).toMatchObject({ outcome: "refuted", coverage: { measured: 1, leftOut: 0 } });
  });

  it("requires the size that a claim states for each of its scenarios", () => {
    const base = scenarioOf(analyse(results), "token-latency");
    // 12 % lower, with an interval up to 14 %: enough for a first token (11 %), and not for CPU (17 %).
    const effect = {
      ratio: 0.88,
      interval: { low: 0.86, high: 0.9 },
      pValue: 0.001,
      difference: -1,
      differenceInterval: { low: -2, high: -0.5 },
    };
    const conditions = base.conditions.map((condition) => ({
      ...condition,
      comparisons: condition.comparisons.map((comparison) => ({ ...comparison, effect })),
    }));
    const outcomeOf = (name: string): string | undefined =>
      judgeClaims([{ ...base, name, conditions }]).find(({ number }) => number === 8)?.outcome;
    expect([outcomeOf("first-token"), outcomeOf("throughput")]).toEqual(["confirmed", "depends"]);
  });

  it("counts the metrics that a claim names besides a scenario's headline", () => {
    const base = scenarioOf(analyse(results), "token-latency");
    const headline = base.metrics[0]!;
    const [first] = base.conditions;
    const comparison = first!.comparisons.find(({ statistic }) => statistic === headline.quantiles[0])!;
    const sse = { ...comparison, verdict: { kind: "matters", lower: "sse" }, better: "sse" } as const;
    const conditions = [{ ...first!, comparisons: [sse, { ...comparison, metric: "warmUp" }] }];
    const metrics = [headline, { ...headline, id: "warmUp" }];
    const outcomeOf = (name: string): string | undefined =>
      judgeClaims([{ ...base, name, claims: [2], metrics, conditions }]).find(({ number }) => number === 2)?.outcome;
    expect([outcomeOf("reconnect-cost"), outcomeOf("connect")]).toEqual(["depends", "refuted"]);
  });

  it("counts only the actions that the claim names", () => {
    const base = scenarioOf(analyse(results), "token-latency");
    const [first] = base.conditions;
    const headline = first!.comparisons.find(({ statistic }) => statistic === base.metrics[0]!.quantiles[0])!;
    const better = (action: string, arm: "sse" | "ws"): (typeof base.conditions)[number] => ({
      ...first!,
      condition: { ...first!.condition, id: action, factors: { action } },
      comparisons: [{ ...headline, verdict: { kind: "matters", lower: arm }, better: arm }],
    });
    const conditions = [better("start", "sse"), better("next", "ws"), better("first-input", "ws"), better("inputs", "ws")];
    const outcomes = (name: string): (string | undefined)[] => {
      const claims = judgeClaims([{ ...base, name, claims: [1, 2], conditions }]);
      return [1, 2].map((one) => claims.find(({ number }) => number === one)?.outcome);
    };
    expect(outcomes("distance")).toEqual(["confirmed", "refuted"]);
    // Of any other scenario all settings are.
    expect(outcomes("another")).toEqual(["depends", "depends"]);
  });

  it("are asked on a network by scenarios that name none, whose figures are quoted first", () => {
    const network = analyse(addNetwork(results));
    expect(
      [3, 7, 9].map((number) => claim(network, number).scenarios.filter((name) => name === "outage" || name === "tool-loop-far")),
    ).toEqual([["outage"], ["tool-loop-far"], ["outage"]]);
    for (const number of [3, 7, 9]) expect(claim(network, number).quotes).toContainEqual(expect.objectContaining({ place: "network" }));
    expect(claim(network, 1).quotes).toMatchObject([{ place: "loopback", scenario: "uplink" }]);
    const deployed = analyse({ ...results, options: { ...results.options, target: "https://a.example/" } });
    expect(claim(deployed, 1)).toMatchObject({ places: ["deployment"], quotes: [{ place: "deployment" }] });
  });

  it("are judged by each scenario once, of several runs: by the one on a network, and else by the first that was run", () => {
    const local = scenarioOf(analysis, "uplink");
    const onNetwork = { ...local, instrument: "network" as const };
    const notRun = { ...local, notRun: NOT_ASKED };
    const later = { ...local, title: "later" };
    expect(ofSeveralRuns([[local], [onNetwork]])).toEqual([onNetwork]);
    expect(ofSeveralRuns([[notRun], [local], [later]])).toEqual([local]);
    expect(ofSeveralRuns([[notRun], [{ ...local, notRun: "not in this depth" }]])).toEqual([{ ...local, notRun: "not in this depth" }]);
  });
});
