import { readFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { arrivalsOf, quantile, replayOf, stallsOf } from "./cells.ts";
import data from "./data.json" with { type: "json" };

const block = (arm: string, pair: number, position: number, lag: readonly number[], more: object = {}): object => ({
  condition: "100-2-2",
  arm,
  pair,
  position,
  samples: { lag },
  ...more,
});

const results = (blocks: readonly object[]): object => ({
  schema: "agent-transports/results",
  startedAt: "2026-11-29T08:00:00.000Z",
  scenarios: [
    {
      name: "map",
      conditions: [
        { id: "100-2-2", factors: { roundTripMs: 100, lossPercent: 2, answers: 2 } },
        { id: "200-2-2", factors: { roundTripMs: 200, lossPercent: 2, answers: 2 } },
      ],
      blocks,
    },
  ],
});

describe("cells of a run's results", () => {
  it("are of the pair whose worst lags are the median, and of the first answer", () => {
    const pairs = [10, 500, 50].flatMap((worst, pair) => [
      block("sse", pair, 0, [0, worst, 7, 7]),
      block("ws", pair, 1, [0, worst + 1, 7, 7]),
      block("ws", pair, 2, [9, 9, 9, 9]),
      block("sse", pair, 3, [9, 9, 9, 9]),
      block("sse-h3", pair, 4, [1, 1, 1, 1]),
    ]);
    expect(replayOf(results(pairs)).cells).toEqual([
      { roundTripMs: 100, lossPercent: 2, answers: 2, lagsMs: { sse: [0, 50], ws: [0, 51] } },
    ]);
  });

  it("leave out what failed, and what was measured over one transport only", () => {
    expect(replayOf(results([block("sse", 0, 0, [1, 2]), block("ws", 0, 1, [1, 2], { error: "It broke." })])).cells).toEqual([]);
  });

  it.each([null, {}, [], { schema: "other", scenarios: [] }])("are refused of what is no results file: %j", (value) => {
    expect(() => replayOf(value)).toThrow(/no results\.json/);
  });
});

it("replays tokens in order, and counts the waits between them", () => {
  const arrivals = arrivalsOf([0, 0, 300, 10, 0], 50);
  expect(arrivals).toEqual([0, 20, 340, 340, 340]);
  expect(stallsOf(arrivals, 100)).toBe(1);
  expect(quantile([3, 1, 2], 0.99)).toBe(3);
});

it("has the data of the run that the report publishes", async () => {
  const report = join(import.meta.dirname, "../../../../reports/network/results.json.gz");
  expect(data).toEqual(replayOf(JSON.parse(gunzipSync(await readFile(report)).toString())));
});
