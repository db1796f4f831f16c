import { describe, expect, it } from "vitest";
import { mapScenario, type PlantedCell } from "../../test/fixtures/map.ts";
import { makeResults } from "../../test/fixtures/results.ts";
import { seededRandom } from "../stats/index.ts";
import { analyse } from "./analyse.ts";
import type { MapCell, MapComparison, ReaderMap } from "./facts/index.ts";
import { mapOf } from "./map.ts";

function mapIn(scenario = quiet()): ReaderMap {
  const found = mapOf([scenario], 1);
  if (found === null) throw new Error("There is no map.");
  return found;
}

/** A loss of 5 % makes WebSocket late by 300 ms with six answers, and by 20 with one; HTTP/3 is late where SSE is. Halves differ by a tenth. */
function quiet(): ReturnType<typeof mapScenario> {
  return mapScenario(({ lossPercent, answers }, arm, half) => {
    const base = 20 + 40 * lossPercent;
    const late = arm === "ws" && lossPercent === 5 ? (answers === 6 ? 300 : 20) : 0;
    return (base + late) * (half === 0 ? 1 : arm === "ws" ? 1.1 : 1.05);
  });
}

function cellOf({ cells }: ReaderMap, { roundTripMs, lossPercent, answers }: PlantedCell): MapCell {
  const cell = cells.find((one) => one.roundTripMs === roundTripMs && one.lossPercent === lossPercent && one.answers === answers);
  if (cell === undefined) throw new Error("There is no such cell.");
  return cell;
}

const usualOf = ({ comparisons }: MapCell): MapComparison => comparisons.find(({ pairing }) => pairing === "usual")!;

describe("the map", () => {
  it("has each cell's lags over each arm, and what a reader would notice", () => {
    const map = mapIn();
    expect(map.cells).toHaveLength(40);
    expect(map.smallestMs).toBe(100);
    const lossy = cellOf(map, { roundTripMs: 60, lossPercent: 5, answers: 6 });
    expect(lossy.arms.map(({ arm, blocks }) => [arm, blocks])).toEqual([
      ["sse", 2],
      ["ws", 2],
      ["sse-h3", 2],
    ]);
    // Geometric means of 220 and 231, and of 520 and 572.
    expect(lossy.arms[0]?.p99Ms).toBeCloseTo(Math.sqrt(220 * 231), 6);
    expect(lossy.arms[1]?.p99Ms).toBeCloseTo(Math.sqrt(520 * 572), 6);
    expect(lossy.arms[0]).toMatchObject({ stalls100: 12, stalls250: 0 });
    expect(usualOf(lossy)).toMatchObject({ halves: 2, noticed: "sse" });
    expect(usualOf(lossy).differenceMs).toBeCloseTo(Math.sqrt(520 * 572) - Math.sqrt(220 * 231), 6);
    expect(usualOf(cellOf(map, { roundTripMs: 60, lossPercent: 5, answers: 1 })).noticed).toBe("neither");
    expect(usualOf(cellOf(map, { roundTripMs: 200, lossPercent: 0, answers: 6 })).noticed).toBe("neither");
  });

  it("names WebSocket where its text comes sooner, also than over HTTP/3", () => {
    const late = mapScenario(({ lossPercent }, arm, half) => (arm === "ws" ? 100 : 100 + 80 * lossPercent) * (1 + half / 50));
    const { comparisons } = cellOf(mapIn(late), { roundTripMs: 20, lossPercent: 5, answers: 1 });
    expect(comparisons.map(({ pairing, noticed }) => [pairing, noticed])).toEqual([
      ["usual", "websocket"],
      ["http3", "websocket"],
    ]);
    expect(comparisons[0]?.differenceMs).toBeLessThan(-100);
  });

  it("is undecided where halves differ by more than a reader notices", () => {
    const wild = mapScenario((_cell, arm, half) => 200 * (arm === "ws" && half === 1 ? 4 : 1));
    for (const cell of mapIn(wild).cells) expect(usualOf(cell).noticed).toBe("undecided");
  });

  it("shares the spread between cells of one loss only", () => {
    const { spreads } = mapIn(mapScenario(({ lossPercent }, arm, half) => 100 * (arm === "ws" && half === 1 ? 1 + lossPercent / 10 : 1)));
    const usual = spreads.filter(({ pairing }) => pairing === "usual");
    // Of eight cells with two halves each: one degree of freedom for each.
    expect(usual.map(({ lossPercent, degrees }) => [lossPercent, degrees])).toEqual([0, 0.5, 1, 2, 5].map((loss) => [loss, 8]));
    // Two log ratios, of 0 and of log(1 + loss / 10), have this standard deviation.
    for (const { lossPercent, deviation } of usual) expect(deviation).toBeCloseTo(Math.log1p(lossPercent / 10) / Math.SQRT2, 9);
  });

  it("has intervals that hold the true difference in about 95 of 100 cells", () => {
    const random = seededRandom(20_261_129);
    const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    let [held, of] = [0, 0];
    for (let run = 0; run < 60; run++) {
      const planted = mapScenario(
        ({ lossPercent }, arm) => (arm === "ws" ? 150 : 100) * Math.exp((0.05 + lossPercent / 20) * normal() - 0),
      );
      for (const cell of mapIn(planted).cells) {
        const { interval } = usualOf(cell);
        of += 1;
        // The level is taken as known: so the interval is of 150 to 100 at the level that was seen.
        const level = Math.sqrt(cell.arms[0]!.p99Ms * cell.arms[1]!.p99Ms);
        const truth = 2 * level * Math.sinh(Math.log(1.5) / 2);
        if (interval !== null && interval.low <= truth && truth <= interval.high) held += 1;
      }
    }
    expect(of).toBe(60 * 40);
    expect(held / of).toBeGreaterThan(0.93);
    expect(held / of).toBeLessThan(0.97);
  });

  it("has wider intervals where the run's control asks for them", () => {
    const widthOf = (by: number): number => {
      const { interval } = usualOf(cellOf(mapOf([quiet()], by)!, { roundTripMs: 60, lossPercent: 0, answers: 1 }));
      return interval!.high - interval!.low;
    };
    expect(widthOf(2) / widthOf(1)).toBeCloseTo(2, 1);
  });

  it("compares no half in which a block failed, and names the failure", () => {
    const whole = quiet();
    const failing = whole.blocks.find(({ condition, arm, position }) => condition === "60-5-6" && arm === "ws" && position < 3);
    const map = mapIn({ ...whole, blocks: whole.blocks.map((block) => (block === failing ? { ...block, error: "lost" } : block)) });
    expect(usualOf(cellOf(map, { roundTripMs: 60, lossPercent: 5, answers: 6 })).halves).toBe(1);
    expect(map.failures).toMatchObject([{ condition: "60-5-6", arm: "ws", error: "lost" }]);
  });

  it("says nothing of a difference where no cell of that loss has two halves", () => {
    const whole = quiet();
    const half = mapIn({ ...whole, blocks: whole.blocks.filter(({ position }) => position < 3) });
    expect(half.spreads).toEqual([]);
    for (const cell of half.cells) expect(usualOf(cell)).toMatchObject({ halves: 1, interval: null, noticed: "undecided" });
  });

  it("is of the cells that were measured, and there is none without them", () => {
    expect(mapIn(mapScenario(() => 10, { keep: ({ answers }) => answers === 1 })).cells).toHaveLength(20);
    expect(mapOf([mapScenario(() => 10, { keep: () => false })], 1)).toBeNull();
    expect(mapOf([{ ...quiet(), notRun: "not in this depth" }], 1)).toBeNull();
    expect(mapOf([], 1)).toBeNull();
  });

  it("stands beside the scenarios of an analysis, and changes none of their verdicts", () => {
    const results = makeResults();
    const without = analyse(results);
    const withMap = analyse({ ...results, scenarios: [...results.scenarios, quiet()] });
    expect(without.map).toBeNull();
    expect(withMap.map?.cells).toHaveLength(40);
    expect(withMap.scenarios).toEqual(without.scenarios);
    expect(withMap.claims).toEqual(without.claims);
  });
});
