import { readFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { arrivalsOf, replayOf, stallsOf } from "./cells.ts";
import data from "./data.json" with { type: "json" };

const block = (arm: string, pair: number, position: number, lag: readonly number[], more: object = {}): object => ({
  condition: "100-2-2",
  arm,
  pair,
  position,
  samples: { lag },
  contamination: { marks: [] },
  ...more,
});

/** Both halves of a pair group of `map`, each with two answers of two tokens; the second answer's lags are never shown. */
const group = (pair: number, worst: readonly [number, number], more: readonly [object, object] = [{}, {}]): object[] => [
  block("sse", pair, 0, [0, worst[0], 7_000, 7_000], more[0]),
  block("ws", pair, 1, [0, worst[0] + 1, 7_000, 7_000]),
  block("sse-h3", pair, 2, [1, 1, 1, 1]),
  block("sse-h3", pair, 3, [1, 1, 1, 1]),
  block("ws", pair, 4, [0, worst[1] + 1, 7_000, 7_000]),
  block("sse", pair, 5, [0, worst[1], 7_000, 7_000], more[1]),
];

const results = (blocks: readonly object[], more: object = {}): object => ({
  schema: "agent-transports/results",
  version: 1,
  startedAt: "2026-11-29T08:00:00.000Z",
  scenarios: [
    {
      name: "map",
      conditions: [
        { id: "100-2-2", factors: { roundTripMs: 100, lossPercent: 2, answers: 2 } },
        { id: "200-2-2", factors: { roundTripMs: 200, lossPercent: 2, answers: 2 } },
      ],
      blocks,
      ...more,
    },
  ],
});

const shown = (worst: number): object => ({
  roundTripMs: 100,
  lossPercent: 2,
  answers: 2,
  lagsMs: { sse: [0, worst], ws: [0, worst + 1] },
});
const FAILED = { error: "It broke." };
const MARKED = { contamination: { marks: ["steal"] } };

describe("cells of a run's results", () => {
  it("are of the half of a pair group whose worst lags are the median, of the first answer, in whole milliseconds", () => {
    const { cells, sameLuck } = replayOf(results([...group(0, [10.4, 500]), ...group(1, [49.6, 20]), ...group(2, [300, 400])]));
    expect({ cells, sameLuck }).toEqual({ cells: [shown(50)], sameLuck: true });
  });

  it("never have both halves' blocks in one, where the link's luck differs", () => {
    // The first half's SSE failed, and the other half's is not taken for it.
    expect(replayOf(results(group(0, [10, 500], [FAILED, {}]))).cells).toEqual([shown(500)]);
  });

  it("are of undisturbed blocks, where there are some", () => {
    expect(replayOf(results(group(0, [10, 500], [MARKED, {}]))).cells).toEqual([shown(500)]);
    expect(replayOf(results(group(0, [10, 500], [MARKED, MARKED]))).cells).toEqual([shown(10)]);
  });

  it("leave out what was measured over one transport only, or to different lengths", () => {
    expect(replayOf(results(group(0, [10, 500], [FAILED, FAILED]))).cells).toEqual([]);
    expect(replayOf(results([block("sse", 0, 0, [1, 2, 1, 2]), block("ws", 0, 1, [1, 2, 3, 1, 2, 3])])).cells).toEqual([]);
  });

  it("are those of the scenario stalls where there is no map, with TCP as it usually is, and nothing is said of its luck", () => {
    const conditions = [
      { id: "loss-bbr-1", factors: { link: "loss", answers: 1, congestionControl: "bbr", initialWindow: 10 } },
      { id: "loss-wide-1", factors: { link: "loss", answers: 1, congestionControl: "cubic", initialWindow: 300 } },
      { id: "loss-1", factors: { link: "loss", answers: 1, congestionControl: "cubic", initialWindow: 10 } },
      // As files have it in which no setting had another TCP.
      { id: "clean-1", factors: { link: "clean", answers: 1 } },
      { id: "lte-1", factors: { link: "lte", answers: 1 } },
    ];
    const blocks = ["sse", "ws", "ws", "sse"].flatMap((arm, position) =>
      conditions.map(({ id }) => block(arm, 0, position, [0, 9], { condition: id })),
    );
    const { cells, sameLuck } = replayOf(results(blocks, { name: "stalls", conditions }));
    expect({ cells, sameLuck }).toEqual({
      cells: [2, 0].map((lossPercent) => ({ roundTripMs: 60, lossPercent, answers: 1, lagsMs: { sse: [0, 9], ws: [0, 9] } })),
      sameLuck: false,
    });
  });

  it.each([
    null,
    {},
    [],
    { schema: "other", version: 1, scenarios: [] },
    { schema: "agent-transports/results", version: 2, scenarios: [] },
  ])("are refused of what is no results file: %j", (value) => {
    expect(() => replayOf(value)).toThrow(/no results\.json/);
  });
});

it("replays tokens in order, and counts the waits between them", () => {
  const arrivals = arrivalsOf([0, 0, 300, 10, 0], 50);
  expect(arrivals).toEqual([0, 20, 340, 340, 340]);
  expect(stallsOf(arrivals, 100)).toBe(1);
});

describe("the data that the page replays", () => {
  const { source, ...replay } = data;

  it("are those of the run that they name", async () => {
    const file = await readFile(join(import.meta.dirname, "../../../..", source));
    expect(replay).toEqual(replayOf(JSON.parse(gunzipSync(file).toString())));
  });

  it("have cells, and are small", () => {
    expect(replay.cells.length).toBeGreaterThan(0);
    expect(JSON.stringify(data).length).toBeLessThan(60_000);
  });
});
