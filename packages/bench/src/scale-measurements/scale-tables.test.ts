import { expect, it } from "vitest";
import { lostEvents, scaleFigures } from "./scale-tables.ts";
import type { ScaleSample } from "./scale-tests.ts";

function sample(count: number, more: Partial<ScaleSample> = {}): ScaleSample {
  return {
    test: `readers-${count}`,
    arm: "sse",
    round: 0,
    count,
    latencyMs: { p50: 60, p99: 110 },
    cpuMs: count * 2,
    wallMs: 10_000,
    events: count * 80,
    wrong: 0,
    memoryBytes: 102_400,
    readersBusy: 0.25,
    ...more,
  };
}

it("adds up what was lost, repeated or reordered in all rounds", () => {
  const [table] = scaleFigures([sample(250), sample(250, { round: 1, wrong: 2 }), sample(250, { round: 2, wrong: 1 })]);
  const column = table?.head.indexOf("lost, repeated or reordered") ?? -1;
  expect(table?.rows[0]?.[column + 1]).toBe("3");
});

it("names each measurement in which an event was lost, repeated or reordered", () => {
  expect(lostEvents([sample(250), sample(1_000)])).toBeUndefined();
  expect(lostEvents([sample(250), sample(1_000, { wrong: 2 })])).toContain("2 in readers-1000, sse");
});

it("says of how many samples an exponent is, where resident memory fell", () => {
  const samples = [50, 250, 1_000, 5_000].map((count) => sample(count, { memoryBytes: count === 50 ? -1 : 100 }));
  expect(scaleFigures(samples).at(-1)?.rows[0]?.[2]).toBe("1.00 (1.00 to 1.00, 3 of 4 samples)");
});

it("says how CPU and memory of the whole grow, where at least three numbers were measured", () => {
  expect(scaleFigures([sample(50), sample(250)]).map(({ id }) => id)).toEqual(["readers-50", "readers-250"]);
  const growth = scaleFigures([50, 250, 1_000, 5_000].map((count) => sample(count, { cpuMs: count ** 1.2 }))).find(
    ({ id }) => id === "readers",
  );
  expect(growth?.head).toEqual(["CPU of the whole", "memory of the whole"]);
  expect(growth?.rows).toEqual([["SSE", "1.20 (1.20 to 1.20)", "1.00 (1.00 to 1.00)"]]);
});
