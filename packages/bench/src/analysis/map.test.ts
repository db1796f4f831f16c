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

  it("gives no cell to a transport because of one slow block, however slow it is", () => {
    for (const slowMs of [400, 4_000, 400_000]) {
      const one = mapScenario(({ roundTripMs, lossPercent, answers }, arm, half) =>
        arm === "ws" && half === 1 && roundTripMs === 60 && lossPercent === 0 && answers === 1 ? slowMs : 200,
      );
      const map = mapIn(one);
      expect(usualOf(cellOf(map, { roundTripMs: 60, lossPercent: 0, answers: 1 })).noticed).toBe("undecided");
      const decided = map.cells.filter((cell) => !["neither", "undecided"].includes(usualOf(cell).noticed));
      expect(decided).toEqual([]);
    }
  });

  it("shares the spread between cells of one loss and number of answers only", () => {
    const { spreads } = mapIn(
      mapScenario(({ lossPercent, answers }, arm, half) => 100 * (arm === "ws" && half === 1 ? 1 + (lossPercent * answers) / 10 : 1)),
    );
    const usual = spreads.filter(({ pairing }) => pairing === "usual");
    // Of four cells with two halves each: one degree of freedom for each.
    expect(usual.map(({ lossPercent, answers, degrees }) => [lossPercent, answers, degrees])).toEqual(
      [1, 6].flatMap((answers) => [0, 0.5, 1, 2, 5].map((loss) => [loss, answers, 4])),
    );
    // Two log ratios, of 0 and of log(1 + loss · answers / 10), have this standard deviation.
    for (const { lossPercent, answers, deviation } of usual)
      expect(deviation).toBeCloseTo(Math.log1p((lossPercent * answers) / 10) / Math.SQRT2, 9);
  });

  it("says what each half's ratio was, and what both arms share of their spread", () => {
    const map = mapIn(mapScenario(({ roundTripMs }, arm, half) => roundTripMs * (arm === "ws" ? 2 : 1) * (half === 0 ? 1 : 3)));
    const [first = Number.NaN, second = Number.NaN] = usualOf(cellOf(map, { roundTripMs: 60, lossPercent: 1, answers: 6 })).logRatios;
    expect(first).toBeCloseTo(Math.log(2), 9);
    expect(second).toBeCloseTo(Math.log(2), 9);
    for (const spread of map.spreads) {
      expect(spread.deviation).toBeCloseTo(0, 6);
      expect(spread.sseDeviation).toBeCloseTo(Math.log(3) / Math.SQRT2, 9);
      expect(spread.correlation).toBeCloseTo(1, 9);
    }
  });

  it("has intervals that hold the planted difference in about 95 of 100 cells, where all arms of a half share its luck", () => {
    const random = seededRandom(20_261_129);
    const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    const missed = { below: 0, above: 0 };
    let of = 0;
    for (let run = 0; run < 60; run++) {
      const luck = new Map<string, number>();
      const planted = mapScenario(({ roundTripMs, lossPercent, answers }, arm, half) => {
        // Twice as much luck as what each block has of its own: a correlation of 0.8.
        const own = 0.1 + lossPercent / 25;
        const where = `${roundTripMs} ${lossPercent} ${answers} ${half}`;
        const shared = luck.get(where) ?? 2 * own * normal();
        luck.set(where, shared);
        return (arm === "ws" ? 300 : 100) * Math.exp(shared + own * normal());
      });
      for (const cell of mapIn(planted).cells) {
        const { interval } = usualOf(cell);
        of += 1;
        if (interval !== null && interval.high < 200) missed.below += 1;
        if (interval !== null && interval.low > 200) missed.above += 1;
      }
    }
    expect(of).toBe(60 * 40);
    // Cells of one pool share its spread, so chance moves these by more than it would among as many coins.
    for (const count of Object.values(missed)) {
      expect(count / of).toBeGreaterThan(0.01);
      expect(count / of).toBeLessThan(0.04);
    }
  });

  it("has wider intervals where the run's control asks for them", () => {
    const widthOf = (by: number): number => {
      const { interval } = usualOf(cellOf(mapOf([quiet()], by)!, { roundTripMs: 60, lossPercent: 0, answers: 1 }));
      return interval!.high - interval!.low;
    };
    expect(widthOf(2) / widthOf(1)).toBeCloseTo(2, 1);
  });

  it("takes no half in which a block failed, for any figure of the cell, and names the failure", () => {
    const whole = quiet();
    for (const failed of ["ws", "sse-h3"]) {
      const failing = whole.blocks.find(({ condition, arm, position }) => condition === "60-5-6" && arm === failed && position < 3);
      const map = mapIn({ ...whole, blocks: whole.blocks.map((block) => (block === failing ? { ...block, error: "lost" } : block)) });
      const cell = cellOf(map, { roundTripMs: 60, lossPercent: 5, answers: 6 });
      expect(cell.arms.map(({ blocks, p99Ms }) => [blocks, Math.round(p99Ms)])).toEqual([
        [1, 231],
        [1, 572],
        [1, 231],
      ]);
      for (const comparison of cell.comparisons) {
        expect(comparison.halves).toBe(1);
        expect(comparison.differenceMs).toBeCloseTo(572 - 231, 6);
      }
      expect(map.failures).toMatchObject([{ condition: "60-5-6", arm: failed, error: "lost" }]);
    }
  });

  it("judges cells a second time without the halves that hold a marked block", () => {
    const whole = quiet();
    for (const { comparisons } of mapIn(whole).cells) expect(comparisons.map((one) => one.withoutMarked)).toEqual([null, null]);
    const marked = whole.blocks.find(({ condition, arm, position }) => condition === "60-5-6" && arm === "ws" && position < 3);
    const blocks = whole.blocks.map((block) =>
      block === marked ? { ...block, contamination: { ...block.contamination, marks: ["event loop delayed"] } } : block,
    );
    const map = mapIn({ ...whole, blocks });
    expect(map.contamination).toMatchObject({ blocks: 240, marked: 1 });
    // The second time is what a run without that half says.
    const without = mapIn({ ...whole, blocks: blocks.map((block) => (block === marked ? { ...block, error: "lost" } : block)) });
    for (const [index, cell] of map.cells.entries()) {
      expect(cell.comparisons.map((one) => one.halves)).toEqual([2, 2]);
      expect(cell.comparisons.map((one) => one.withoutMarked)).toEqual(without.cells[index]?.comparisons.map((one) => one.noticed));
    }
  });

  it("compares the others where every block of an arm failed", () => {
    const whole = quiet();
    const map = mapIn({ ...whole, blocks: whole.blocks.map((block) => (block.arm === "sse-h3" ? { ...block, error: "lost" } : block)) });
    for (const cell of map.cells) expect(cell.comparisons.map(({ pairing, halves }) => [pairing, halves])).toEqual([["usual", 2]]);
  });

  it("says nothing of a difference where no cell like it has two halves", () => {
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
