import { expect, it } from "vitest";
import { scaleFigures } from "./scale-tables.ts";
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

it("says how CPU and memory of the whole grow, where at least three numbers were measured", () => {
  expect(scaleFigures([sample(50), sample(250)]).map(({ id }) => id)).toEqual(["readers-50", "readers-250"]);
  const growth = scaleFigures([50, 250, 1_000, 5_000].map((count) => sample(count, { cpuMs: count ** 1.2 }))).find(
    ({ id }) => id === "readers",
  );
  expect(growth?.head).toEqual(["CPU of the whole", "memory of the whole"]);
  expect(growth?.rows).toEqual([["SSE", "1.20 (1.20 to 1.20)", "1.00 (1.00 to 1.00)"]]);
});
