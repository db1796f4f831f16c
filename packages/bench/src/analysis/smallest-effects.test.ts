import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { olderKind } from "../results/older-kinds.ts";
import { metricKindSchema, type Metric, type MetricKind } from "../results/schema.ts";
import { loadResults } from "../results/store.ts";
import { scenarios } from "../scenarios/index.ts";
import { smallestEffectOf, sourceOf } from "./smallest-effects.ts";

const scenario = { name: "none" };
const metric = (kind: MetricKind, unit: Metric["unit"], perAnswer?: number): Metric => ({
  id: "m",
  label: "M",
  unit,
  better: "lower",
  kind,
  ...(perAnswer === undefined ? {} : { perAnswer }),
  quantiles: [0.5],
  description: "M.",
});
const sizeOf = (...about: Parameters<typeof metric>): number | undefined => smallestEffectOf(scenario, metric(...about), 0.5)?.size;

describe("the smallest effects of interest", () => {
  it("are 1 % of $0.01 for what is money: 5 s of CPU, 100,000 rows read, 222 requests, 1.1 MB, and 400 MB for 20 s", () => {
    expect(sizeOf("cpu", "ms")).toBeCloseTo(5_000, 6);
    expect(sizeOf("cpu", "µs of CPU", 1_000)).toBeCloseTo(5_000, 6);
    expect(sizeOf("rowsRead", "count")).toBeCloseTo(100_000, 6);
    expect(sizeOf("requests", "count")).toBeCloseTo(222.2, 1);
    expect(sizeOf("traffic", "bytes")).toBeCloseTo(1_111_111, 0);
    expect(sizeOf("traffic", "bytes", 1_000)).toBeCloseTo(1_111, 0);
    expect(sizeOf("memory", "bytes")).toBeCloseTo(4e8, 0);
  });

  it("are a frame for a token, and 100 ms for its tail", () => {
    const token = metric("token", "ms");
    expect(smallestEffectOf(scenario, token, 0.5)?.size).toBeCloseTo(16.67, 2);
    expect(smallestEffectOf(scenario, token, "mean")?.size).toBeCloseTo(16.67, 2);
    expect(smallestEffectOf(scenario, token, 0.9)?.size).toBeCloseTo(16.67, 2);
    expect(smallestEffectOf(scenario, token, 0.99)?.size).toBe(100);
  });

  it("are 50 ms for a wait, with 20 and 100 beside; 5 % of a chain, and no less than 50 ms; and any loss", () => {
    expect(smallestEffectOf(scenario, metric("wait", "ms"), 0.5)).toMatchObject({ scale: "unit", size: 50, others: [20, 100] });
    expect(smallestEffectOf(scenario, metric("whole", "ms"), 0.5)).toMatchObject({ scale: "ratio", size: 0.05, atLeastMs: 50 });
    expect(smallestEffectOf(scenario, metric("whole", "per second"), 0.5)).toMatchObject({ scale: "ratio", atLeastMs: null });
    expect(sizeOf("fault", "count")).toBe(0);
  });

  it("each have a source", () => {
    for (const kind of metricKindSchema.options) expect(sourceOf(kind)).toMatch(/\.$/);
  });

  it("are the same for a file from before metrics named their kind", () => {
    const older = scenarios.flatMap(({ name, metrics }) =>
      metrics.filter((one) => olderKind(name, one) !== null).map((now) => ({ name, now })),
    );
    expect(older.length).toBeGreaterThan(80);
    for (const { name, now } of older) {
      const { kind: _kind, perAnswer: _perAnswer, ...then } = now;
      expect(smallestEffectOf({ name }, then, 0.5), `${name} ${now.id}`).toEqual(smallestEffectOf({ name }, now, 0.5));
    }
  });

  it("are known of every metric of the committed results, and of none that was never ours", async () => {
    for (const report of ["standard", "network", "peers"]) {
      const results = await loadResults(join(import.meta.dirname, "../../../../reports", report, "results.json.gz"));
      for (const one of results.scenarios)
        for (const measured of one.metrics) expect(smallestEffectOf(one, measured, 0.5), `${one.name} ${measured.id}`).not.toBeNull();
    }
    const { kind: _kind, ...unknown } = metric("wait", "ms");
    expect(smallestEffectOf(scenario, unknown, 0.5)).toBeNull();
  });
});
