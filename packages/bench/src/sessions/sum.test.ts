import { describe, expect, it } from "vitest";
import { about, waitScenario, type Planted } from "../../test/fixtures/sessions.ts";
import type { ScenarioResult } from "../results/schema.ts";
import { seededRandom } from "../stats/index.ts";
import type { SessionFigures } from "./facts.ts";
import { sessionKinds, sessionKindsSchema, type SessionKind } from "./kinds.ts";
import { placeOf } from "./places.ts";
import { sourcesOf } from "./sessions.ts";
import { sumOf } from "./estimate.ts";
import { figuresOf } from "./sum.ts";

const near = placeOf("near");
const [usual] = near.pairings;
/** Those of the place, or the sums would be of another instrument. */
const arms = [...new Set(near.pairings.flatMap(({ sse, ws }) => [sse, ws]))].map((id) => ({ id, label: id }));
const added = (baseMs: number, ws: readonly number[]): Planted => ({ baseMs, addedMs: { ws } });
const scenarioOf = (name: string, condition: string, planted: Planted): ScenarioResult =>
  waitScenario(name, arms, "time", { [condition]: planted });

const kind: SessionKind = {
  id: "two",
  title: "Two",
  does: "Waits once, and then four times.",
  actions: [
    { id: "first", label: "first", times: 1, at: { near: { scenario: "a", condition: "x", metric: "time" } } },
    { id: "next", label: "next", times: 4, at: { near: { scenario: "b", condition: "y", metric: "time" } } },
  ],
  waits: 5,
  wait: "question",
  modelMs: 1_000,
};

const raw = (scenarios: readonly ScenarioResult[], of = kind, errorsMultipliedBy = 1): unknown =>
  figuresOf(sourcesOf({ scenarios: [...scenarios], options: { target: null } }, errorsMultipliedBy), of, near, usual!);

function said(scenarios: readonly ScenarioResult[], of = kind, errorsMultipliedBy = 1): SessionFigures {
  const figures = figuresOf(sourcesOf({ scenarios: [...scenarios], options: { target: null } }, errorsMultipliedBy), of, near, usual!);
  if (figures === null || "missing" in figures) throw new Error(JSON.stringify(figures));
  return figures;
}

describe("a session", () => {
  const both = [scenarioOf("a", "x", added(100, [298, 300, 302, 299, 301])), scenarioOf("b", "y", added(50, [10, 12, 8, 11, 9]))];

  it("is the sum of its waits, with the variances of its parts and Satterthwaite's degrees of freedom", () => {
    const figures = said(both);
    // 1 × 100 + 4 × 50 + 1,000, and 1 × 400 + 4 × 60 + 1,000.
    expect([figures.sseMs, figures.wsMs]).toEqual([1_300, 1_640]);
    expect(figures.difference).toBeCloseTo(340, 9);
    expect(figures.savedMs).toBeCloseTo(68, 9);
    expect(figures.savedShare).toBeCloseTo(340 / 1_640, 9);
    // Both variances of a mean are 2.5 / 5 = 0.5: 0.5 + 16 × 0.5 = 8.5, with 8.5² / (0.5² / 4 + 8² / 4) = 4.498 degrees. t(0.975; 4.498) = 2.658.
    expect(figures.interval.high - 340).toBeCloseTo(2.658 * Math.sqrt(8.5), 1);
    expect(340 - figures.interval.low).toBeCloseTo(figures.interval.high - 340, 9);
    expect(figures.choice).toBe("sse");
  });

  it("has wider intervals where the run's control asks for them", () => {
    const widthOf = ({ interval }: SessionFigures): number => interval.high - interval.low;
    expect(widthOf(said(both, kind, 1.5))).toBeCloseTo(1.5 * widthOf(said(both)), 9);
  });

  it("sums waits of the same blocks within each pair group, where they vary together", () => {
    const same: SessionKind = { ...kind, actions: kind.actions.map((action) => ({ ...action, at: kind.actions[0]!.at })) };
    const figures = said(both, same);
    expect(figures.difference).toBeCloseTo(5 * 300, 9);
    // 5² × 0.5 = 12.5 with 4 degrees, and not (1 + 4²) × 0.5 = 8.5. t(0.975; 4) = 2.776.
    expect(figures.interval.high - 1_500).toBeCloseTo(2.776 * Math.sqrt(12.5), 2);
  });

  it.each([
    ["sse", [55, 56, 54, 55, 55]],
    ["ws", [-55, -56, -54, -55, -55]],
    ["either", [5, -5, 10, 0, 3]],
    // As small on average, and not known well enough.
    ["undecided", [200, -180, 90, -150, 60]],
    // Just about what somebody notices.
    ["undecided", [49, 51, 50, 48, 52]],
  ] as const)("is told %s where each wait differs by %j ms", (choice, differences) => {
    const one: SessionKind = { ...kind, actions: kind.actions.slice(0, 1), waits: 1 };
    expect(said([scenarioOf("a", "x", added(500, differences))], one).choice).toBe(choice);
  });

  it("is decided for whoever notices 20 or 100 ms, too", () => {
    const one: SessionKind = { ...kind, actions: kind.actions.slice(0, 1), waits: 1 };
    const by = (differences: readonly number[]): readonly (readonly [number, string])[] =>
      said([scenarioOf("a", "x", added(500, differences))], one).others.map(({ smallestWaitMs, choice }) => [smallestWaitMs, choice]);
    expect(by([55, 56, 54, 55, 55])).toEqual([
      [20, "sse"],
      [100, "either"],
    ]);
    expect(by([5, -5, 10, 0, 3])).toEqual([
      [20, "either"],
      [100, "either"],
    ]);
  });

  it("that is waited for as a whole is another one only by a share of it, with the model's own time", () => {
    const whole: SessionKind = { ...kind, actions: kind.actions.slice(0, 1), waits: 1, noticedShare: 0.05 };
    const run = [scenarioOf("a", "x", added(2_400, [142, 144, 143, 145, 141]))];
    expect(said(run, { ...whole, modelMs: 10_000 })).toMatchObject({ choice: "either", noticed: expect.closeTo(0.05 * 12_543, 6) });
    // 5.6 % of what is left: as a claim says of it, which leaves the model out.
    expect(said(run, { ...whole, modelMs: 0 })).toMatchObject({ choice: "sse", noticed: expect.closeTo(0.05 * 2_543, 6) });
    expect(said(run, { ...whole, noticedShare: undefined })).toMatchObject({ choice: "sse", noticed: 50 });
  });

  it("says what more of the same would show where it is undecided, and nothing where it is decided", () => {
    const one: SessionKind = { ...kind, actions: kind.actions.slice(0, 1), waits: 1 };
    expect(said(both).toDecide).toBeNull();
    expect(said([scenarioOf("a", "x", added(500, [90, 20, 150, 40, 100]))], one)).toMatchObject({
      choice: "undecided",
      toDecide: { shows: "sse", of: "times the pair groups", count: expect.any(Number) },
    });
    const runs = [40, 80, 130].map((least) => [scenarioOf("a", "x", added(500, about(least)))]);
    expect(overRuns(runs, one)).toMatchObject({ choice: "undecided", toDecide: { shows: "sse", of: "runs", count: expect.any(Number) } });
  });

  it("says how often something has to happen for another answer, where its parts speak for different transports", () => {
    const [first, next] = kind.actions as [SessionKind["actions"][number], SessionKind["actions"][number]];
    const moving: SessionKind = { ...kind, actions: [first, { ...next, times: 0.2, event: "a change" }], waits: 1 };
    const run = [scenarioOf("a", "x", added(500, about(-300))), scenarioOf("b", "y", added(500, about(1_000)))];
    // −300 + 0.2 · 1,000: even with 0.3 of them, a run or several.
    for (const figures of [said(run, moving), overRuns([run, run, run], moving)])
      expect(figures).toMatchObject({
        choice: "ws",
        turns: [{ action: "next", times: expect.closeTo(0.3, 2), ratherThan: 0.2, choice: null }],
      });
    expect(said(run, { ...moving, actions: [first, { ...next, times: 0.2 }] }).turns).toEqual([]);
  });

  it("has no figures where a wait was not measured, or too seldom, and names each", () => {
    const [a, b] = both as [ScenarioResult, ScenarioResult];
    const missing = (reason: unknown): object => ({ missing: [{ action: "next", scenario: "b", reason }] });
    expect(raw([a])).toMatchObject(missing({ code: "not-run", notRun: null }));
    expect(raw([a, { ...b, blocks: [], notRun: "no browser" }])).toMatchObject(missing({ code: "not-run", notRun: "no browser" }));
    expect(raw([a, scenarioOf("b", "y", added(1, [1, 2]))])).toMatchObject(missing({ code: "too-few-groups", groups: 2, needed: 3 }));
    expect(raw([a, scenarioOf("b", "z", added(1, about(1)))])).toMatchObject(missing({ code: "no-such-setting" }));
    const failed = { ...b, blocks: b.blocks.map((block) => ({ ...block, error: "lost" })) };
    expect(raw([a, failed])).toMatchObject(missing({ code: "too-few-groups", groups: 0, needed: 3 }));
    expect(raw([])).toMatchObject({ missing: [{ action: "first" }, { action: "next" }] });
  });

  it("leaves out half a pair group, in which a drift would fall on one transport", () => {
    const [a, b] = both as [ScenarioResult, ScenarioResult];
    const half = { ...b, blocks: b.blocks.filter((block) => !(block.pair < 3 && block.arm === "ws" && block.position > arms.length)) };
    expect(raw([a, half])).toMatchObject({ missing: [{ reason: { code: "too-few-groups", groups: 2, needed: 3 } }] });
  });

  it("takes no figure of a network from another instrument that has the same names", () => {
    const [a, b] = both as [ScenarioResult, ScenarioResult];
    const older = { ...b, arms: b.arms.filter(({ id }) => id === "sse" || id === "ws") };
    const loopback = { ...b, instrument: "loopback" as const };
    for (const other of [older, loopback])
      expect(raw([a, other])).toMatchObject({ missing: [{ action: "next", reason: { code: "other-instrument" } }] });
    expect(said([a, older, b])).toEqual(said(both));
  });

  /** Each list is a run of its own. */
  const overRuns = (runs: readonly (readonly ScenarioResult[])[], of = kind): SessionFigures => {
    const sources = runs.flatMap((scenarios) => sourcesOf({ scenarios: [...scenarios], options: { target: null } }, 1));
    const figures = figuresOf(sources, of, near, usual!);
    if (figures === null || "missing" in figures) throw new Error(JSON.stringify(figures));
    return figures;
  };

  it("is of several runs their mean by random effects, with Student's interval over runs and that of another run", () => {
    // The first answers of the runs differ by 300, 310 and 320 ms, and the four next ones by 40 each.
    const runs = [298, 308, 318].map((least) => [
      scenarioOf(
        "a",
        "x",
        added(
          100,
          [0, 2, 4, 1, 3].map((more) => least + more),
        ),
      ),
      scenarioOf("b", "y", added(50, [10, 12, 8, 11, 9])),
    ]);
    const figures = overRuns(runs);
    expect(figures.difference).toBeCloseTo(350, 6);
    expect(figures.actions).toMatchObject([
      { runs: 3, groups: 15 },
      { runs: 3, groups: 15 },
    ]);
    expect(figures.wsMs - figures.sseMs).toBeCloseTo(350, 6);
    // Sums of 340, 350, 360: an error of 10 / √3 with 2 degrees of freedom. t(0.975; 2) = 4.303.
    expect(figures.interval.high - 350).toBeCloseTo((4.303 * 10) / Math.sqrt(3), 1);
    // And of another such run, t · s · √(1 + 1/3).
    expect((figures.prediction?.high ?? 0) - 350).toBeCloseTo(4.303 * 10 * Math.sqrt(1 + 1 / 3), 1);
  });

  it("is known no better than the one of its waits that is known least", () => {
    const wait = (name: string, condition: string, least: number): ScenarioResult =>
      scenarioOf(
        name,
        condition,
        added(
          100,
          [0, 2, 4, 1, 3].map((more) => least + more),
        ),
      );
    const runs = [300, 340].map((least) => [wait("a", "x", least), wait("b", "y", 0)]);
    const widthOf = ({ interval: { low, high } }: SessionFigures): number => high - low;
    expect(widthOf(overRuns(runs))).toBeGreaterThan(widthOf(overRuns(runs, { ...kind, actions: kind.actions.slice(0, 1) })));
  });

  it("is of the runs that measured all of its waits; where none did, each wait is of the first that has it", () => {
    const [a, b] = both as [ScenarioResult, ScenarioResult];
    const other = scenarioOf("a", "x", added(100, about(9_000)));
    expect(said(both).prediction).toBeNull();
    expect(overRuns([[other], both])).toEqual(said(both));
    expect(overRuns([[a], [b], [other]])).toEqual(said(both));
    expect(overRuns([both, both])).toMatchObject({ actions: [{ runs: 2 }, { runs: 2 }], prediction: { low: expect.any(Number) } });
  });

  it("leaves out a run that measured a setting of that name in another way", () => {
    const [a, b] = both as [ScenarioResult, ScenarioResult];
    const changed = { ...scenarioOf("a", "x", added(100, about(9_000))), conditions: [{ id: "x", label: "x", factors: { tcp: "bbr" } }] };
    expect(overRuns([both, [changed, b]])).toEqual(said(both));
    const how = (depth: "quick" | "standard") => sourcesOf({ scenarios: [a], options: { target: null, depth } }, 1);
    const one: SessionKind = { ...kind, actions: kind.actions.slice(0, 1) };
    expect(figuresOf([...how("standard"), ...how("quick")], one, near, usual!)).toMatchObject({ actions: [{ runs: 1 }] });
    expect(figuresOf([...how("standard"), ...how("standard")], one, near, usual!)).toMatchObject({ actions: [{ runs: 2 }] });
  });

  it("takes of another arm what an arm does not do itself", () => {
    const [wait] = kind.actions.map(({ at }) => at.near!);
    const [http2] = near.pairings.filter(({ id }) => id === "http2");
    const a = waitScenario("a", arms, "time", { x: { baseMs: 100, addedMs: { ws: about(300), "ws-h2": about(0) } } });
    const of = (sameAs: Record<string, string>): unknown => {
      const one = { ...kind, actions: [{ ...kind.actions[0]!, at: { near: { ...wait!, sameAs } } }] };
      return figuresOf(sourcesOf({ scenarios: [a], options: { target: null } }, 1), one, near, http2!);
    };
    expect(of({})).toMatchObject({ choice: "either" });
    expect(of({ "ws-h2": "ws" })).toMatchObject({ choice: "sse" });
  });

  it("is nothing at a place where none of its waits is defined", () => {
    const [pairing] = placeOf("local").pairings;
    expect(figuresOf(sourcesOf({ scenarios: both, options: { target: null } }, 1), kind, placeOf("local"), pairing!)).toBeNull();
  });

  it.each([3, 5])("has intervals that hold the true sum in about 95 of 100 runs, with %d pair groups", (groups) => {
    const random = seededRandom(20_261_129);
    const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    let held = 0;
    const runs = 2_000;
    for (let run = 0; run < runs; run++) {
      const draw = (mean: number, spread: number): Planted =>
        added(
          100,
          Array.from({ length: groups }, () => mean + spread * normal()),
        );
      const { interval } = said([scenarioOf("a", "x", draw(20, 30)), scenarioOf("b", "y", draw(-3, 5))]);
      if (interval.low <= 8 && 8 <= interval.high) held += 1;
    }
    expect(held / runs).toBeGreaterThan(0.935);
    expect(held / runs).toBeLessThan(0.975);
  });
});

describe("a sum of estimates", () => {
  it("of parts without a spread has none, and the fewest degrees of freedom", () => {
    const parts = [
      { mean: 6, variance: 0, degrees: 9 },
      { mean: 1, variance: 0, degrees: 4 },
    ];
    expect(sumOf(parts)).toEqual({ mean: 7, variance: 0, degrees: 4 });
  });
});

describe("the kinds of sessions", () => {
  it("are of the schema that a file of others has", () => {
    expect(sessionKindsSchema.parse(sessionKinds)).toEqual(sessionKinds);
  });

  it("may be of a file that knows no share that is noticed, and no events", () => {
    const older = sessionKinds.map(({ noticedShare: _noticedShare, actions, ...rest }) => ({
      ...rest,
      actions: actions.map(({ event: _event, ...action }) => action),
    }));
    expect(sessionKindsSchema.parse(older)).toEqual(older);
  });
});
