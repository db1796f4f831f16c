import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { artilleryName, type MetricName, type Transport } from "../metrics/metric-list.ts";
import { integrityThresholds, type Threshold } from "../plan/thresholds.ts";
import { judge } from "./judge.ts";
import { kneeOf } from "./knee.ts";
import { mergeResults } from "./merge.ts";
import { readReport, ReportError, type LoadResult } from "./report.ts";
import { generatorWarning, resultTable } from "./table.ts";

type Counts = Partial<Record<MetricName, number>>;

/** As Artillery summarises samples. */
function summary(samples: readonly number[]): Record<string, number> {
  const sorted = samples.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  const mean = samples.reduce((sum, one) => sum + one, 0) / samples.length;
  return { min: at(0), max: at(1), count: samples.length, mean, p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}

function period(counts: Counts, times: Readonly<Record<string, readonly number[]>>, others: Readonly<Record<string, number>> = {}): object {
  const counters = (["sse", "ws"] as Transport[]).flatMap((transport) =>
    Object.entries(counts).map(([name, count]) => [artilleryName(transport, name as MetricName), count]),
  );
  return {
    counters: { ...Object.fromEntries(counters), ...others },
    summaries: Object.fromEntries(Object.entries(times).map(([name, samples]) => [name, summary(samples)])),
  };
}

const whole: Counts = {
  runs_started: 100,
  runs_finished: 100,
  runs_failed: 0,
  events_received: 900,
  events_lost: 0,
  events_repeated: 0,
  events_reordered: 0,
};
const firstEvent = { "agent_transports.sse.first_event_ms": [10, 20, 30], "agent_transports.ws.first_event_ms": [11, 21, 31] };

function result(
  counts: Counts = {},
  times: Readonly<Record<string, readonly number[]>> = firstEvent,
  others: Readonly<Record<string, number>> = {},
): LoadResult {
  return readReport({ aggregate: period({ ...whole, ...counts }, times, others), intermediate: [] }, "report.json");
}

const thresholds: readonly Threshold[] = [...integrityThresholds, { is: "p95", metric: "first_event_ms", atMost: 100 }];
const both: readonly Transport[] = ["sse", "ws"];

describe("the thresholds of a load test", () => {
  it("pass for runs that lost nothing and answered in time", () => {
    expect(judge(result(), thresholds, both)).toEqual([]);
  });

  it.each([
    ["a lost event", result({ events_lost: 1 }), /events_lost is 2, and must be 0/],
    ["a repeated event", result({ events_repeated: 1 }), /events_repeated/],
    ["a reordered event", result({ events_reordered: 1 }), /events_reordered/],
    ["more than one run in a hundred that failed", result({ runs_failed: 2 }), /runs_failed is 4 of 200 runs_started; at most 1 %/],
    ["nothing that finished", result({ runs_finished: 0 }), /^sse: runs_finished is 0\.\nws: runs_finished is 0\.$/],
    ["no first event at all", result({}, {}), /^sse: there is no first_event_ms\.\nws: /],
    [
      "a slow first event",
      result({}, { ...firstEvent, "agent_transports.ws.first_event_ms": [500] }),
      /^ws: p95 of first_event_ms is 500 ms; at most 100 ms\.$/,
    ],
    [
      "more than one user in a hundred that failed",
      result({}, firstEvent, { "vusers.created": 200, "vusers.failed": 3 }),
      /^3 of 200 users failed; at most 1 % may\.$/,
    ],
    ["a dropped arrival", result({}, firstEvent, { "vusers.skipped": 3 }), /^3 arrivals were dropped/],
  ])("are broken by %s", (_what, broken, sentence) => {
    expect(judge(broken, thresholds, both).join("\n")).toMatch(sentence);
  });
});

describe("reports of several generators", () => {
  it("add up: counters, counts, means and extremes exactly, quantiles within the true one's bounds", () => {
    const samples = fc.array(fc.double({ min: 0, max: 1e5, noNaN: true }), { minLength: 1, maxLength: 40 });
    const name = "agent_transports.sse.run_ms";
    fc.assert(
      fc.property(fc.array(samples, { minLength: 2, maxLength: 5 }), (generators) => {
        const merged = mergeResults(generators.map((one) => result({ runs_started: one.length }, { [name]: one })));
        const all = summary(generators.flat());
        const { count, min, max, mean, p50, p95, p99 } = merged.distributions[name]!;
        expect([count, min, max]).toEqual([all["count"], all["min"], all["max"]]);
        expect(mean).toBeCloseTo(all["mean"]!, 5);
        for (const [bounds, truth] of [
          [p50, all["p50"]],
          [p95, all["p95"]],
          [p99, all["p99"]],
        ] as const) {
          expect(bounds.low <= truth! && truth! <= bounds.high).toBe(true);
        }
        expect(merged.counters["agent_transports.sse.runs_started"]).toBe(generators.flat().length);
      }),
    );
  });

  it("fail together where one of them failed", () => {
    const slow = result({}, { ...firstEvent, "agent_transports.sse.first_event_ms": [10, 5_000] });
    expect(judge(mergeResults([result(), slow]), thresholds, both)).toEqual([
      expect.stringMatching(/sse: p95 of first_event_ms is 5000 ms/),
    ]);
    expect(judge(mergeResults([result(), result({ events_lost: 1 })]), thresholds, both)).toHaveLength(1);
  });

  it("need one at least", () => {
    expect(() => mergeResults([])).toThrow(ReportError);
    expect(mergeResults([result()])).toEqual(result());
  });
});

describe("a file", () => {
  it.each([
    ["no report", {}, /report\.json is no report of artillery run --output/],
    ["a report with a broken count", { aggregate: { counters: { a: "x" } } }, /no number for a\./],
    ["a report with a broken summary", { aggregate: { summaries: { a: { count: 1 } } } }, /no number for a\.min\./],
  ])("with %s is refused, by what is missing", (_what, json, message) => {
    expect(() => readReport(json, "report.json")).toThrow(message);
  });
});

describe("the knee of a ramp", () => {
  const FIRST_MS = 1_700_000_004_000;

  /** @param firstEvents over SSE. Over WebSocket all is well */
  const at = (users: number, firstMs: number, { failed = 0, firstEvents = users / 2, overWebSocket = users / 2 } = {}): object => {
    const firsts = { "agent_transports.sse.first_event_ms": firstEvents, "agent_transports.ws.first_event_ms": overWebSocket };
    const figures = period(
      { ...whole, runs_started: users / 2, runs_failed: 0 },
      Object.fromEntries(
        Object.entries(firsts)
          .filter(([, length]) => length > 0)
          .map(([name, length]) => [name, Array.from({ length }, () => (name.includes(".ws.") ? 1 : firstMs))]),
      ),
      { "vusers.created": users },
    ) as { counters: object };
    return { ...figures, counters: { ...figures.counters, "agent_transports.sse.runs_failed": failed } };
  };
  /** Periods of ten seconds of the wall clock, where the test begins in the fourth and ends in the second of one. */
  const ramp = (...periods: readonly object[]): LoadResult => {
    const intermediate = periods.map((one, index) => {
      const startMs = FIRST_MS - 4_000 + index * 10_000;
      const [first, last] = [index === 0 ? startMs + 4_000 : startMs, startMs + (index === periods.length - 1 ? 2_000 : 9_990)];
      return { ...one, period: String(startMs), firstCounterAt: first, lastCounterAt: last };
    });
    return readReport({ aggregate: periods[0], intermediate }, "report.json");
  };
  const within = (limitMs: number, ...periods: readonly object[]): ReturnType<typeof kneeOf> => kneeOf(ramp(...periods), both, limitMs);
  const of = (...periods: readonly object[]): ReturnType<typeof kneeOf> => within(1_000, ...periods);

  it("is the first of two periods in a row in which first events come too late, or runs fail", () => {
    const late = { transport: "sse", usersPerSecond: 20, p95FirstEventMs: 1_500, failed: 0, started: 100, firstEvents: 100 };
    expect(of(at(100, 20), at(200, 1_500), at(300, 9_000))).toEqual(late);
    expect(of(at(100, 20), at(200, 20, { failed: 3 }), at(300, 20, { failed: 1 }))).toMatchObject({ usersPerSecond: 20, failed: 3 });
    expect(of(at(100, 20), at(200, 30))).toBeUndefined();
    expect(of(at(100, 20), at(200, 1_500), at(300, 20), at(400, 1_500))).toBeUndefined();
  });

  it("has the rate of a period's real length, where the test begins or ends within it", () => {
    expect(of(at(60, 1_500), at(200, 1_500))).toMatchObject({ usersPerSecond: 10 });
    expect(ramp(at(60, 20), at(200, 20), at(60, 20)).periods.map(({ seconds }) => seconds)).toEqual([6, 10, 2]);
    // Artillery counted nothing in the last one.
    const silent = { period: "1700000000000", counters: {}, summaries: {} };
    const { periods } = readReport({ aggregate: silent, intermediate: [silent, silent] }, "report.json");
    expect(periods.map(({ seconds }) => seconds)).toEqual([10, 10]);
  });

  it("is not in periods without arrivals, nor in those with too few runs to tell", () => {
    expect(of(at(100, 20), at(200, 1_500), at(0, 9_000))).toBeUndefined();
    expect(of(at(10, 1_500, { firstEvents: 4 }), at(10, 1_500, { firstEvents: 4 }), at(200, 20))).toBeUndefined();
    // One that tells nothing does not come between two that do.
    expect(of(at(200, 1_500), at(10, 20, { firstEvents: 4 }), at(200, 1_500))).toMatchObject({ p95FirstEventMs: 1_500 });
  });

  it("is where no first event comes any more", () => {
    const silent = { firstEvents: 0 };
    expect(of(at(100, 20), at(200, 0, silent), at(300, 0, silent))).toMatchObject({ usersPerSecond: 20, p95FirstEventMs: undefined });
  });

  it("is where most runs have no first event, however quick the few are that came", () => {
    for (const firstEvents of [1, 9, 49]) {
      const quick = { firstEvents };
      const knee = { usersPerSecond: 20, p95FirstEventMs: 20, started: 100, firstEvents, failed: 0 };
      expect(of(at(100, 20), at(200, 20, quick), at(200, 20, quick), at(40, 20))).toMatchObject(knee);
    }
    const half = { firstEvents: 50 };
    expect(of(at(100, 20), at(200, 20, half), at(200, 20, half), at(40, 20))).toBeUndefined();
  });

  it("is not judged by the p95 of fewer than ten first events, however many runs began", () => {
    for (const firstEvents of [5, 9]) {
      const slow = at(20, 1_500, { firstEvents });
      expect(of(at(100, 20), slow, slow)).toBeUndefined();
      // Such a period does not say that all is well, either.
      expect(of(at(100, 20), at(200, 1_500), slow, at(200, 1_500))).toMatchObject({ p95FirstEventMs: 1_500, started: 100 });
    }
    expect(of(at(100, 20), at(20, 1_500), at(20, 1_500))).toMatchObject({ started: 10, firstEvents: 10 });
  });

  it("is not where a slow model's first events come within the limit, and periods after their runs began", () => {
    const slow = (users: number, answered: number): object => at(users, 12_000, { firstEvents: answered, overWebSocket: answered });
    // They take 12 seconds. In the second period come those of the runs that began in the test's first four.
    const periods = [slow(60, 0), slow(200, 20), slow(400, 90), slow(120, 20)];
    expect(within(15_000, ...periods)).toBeUndefined();
    // They come too late for a limit of a second: none was there when it had to be.
    expect(within(1_000, ...periods)).toMatchObject({ usersPerSecond: 10, firstEvents: 0 });
    // None ever comes: that shows as soon as the first ones are late.
    const silent = [60, 200, 400, 120].map((users) => slow(users, 0));
    expect(within(15_000, ...silent)).toMatchObject({ usersPerSecond: 40, started: 200, firstEvents: 0 });
    // Nor is it where fewer come than before, and each is answered at once.
    expect(within(15_000, at(400, 20), at(20, 20), at(20, 20), at(20, 20))).toBeUndefined();
  });
});

describe("what is printed", () => {
  it("is a row for each transport, with bounds where a quantile is not known exactly", () => {
    const [head, sse, ws, ...more] = resultTable(
      mergeResults([result(), result({}, { "agent_transports.sse.first_event_ms": [90] })]),
      both,
    ).split("\n");
    expect(head).toMatch(/events lost +events repeated +events reordered +first_event_ms p50 +p95$/);
    expect(sse).toMatch(/^sse +200 +200 +1800 +0 +0 +0 +20\.0…90\.0 +30\.0…90\.0$/);
    expect(ws).toMatch(/^ ws .* 21\.0 +31\.0$/);
    expect(more).toEqual([]);
  });

  it("blames the generator where it was late itself, if only for a second, and nobody where it was not", () => {
    const late = (ms: number): LoadResult =>
      result({}, { ...firstEvent, "agent_transports.generator_delay_ms": [...Array.from({ length: 60 }, () => 1), ms] });
    expect(generatorWarning(late(400))).toMatch(
      /^The load generator itself was late: its event loop by up to 400 ms \(p95 of its seconds: 1\.0 ms\)/,
    );
    expect(generatorWarning(late(20))).toBeUndefined();
    expect(generatorWarning(result())).toBeUndefined();
  });
});
