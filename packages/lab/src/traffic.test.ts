import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { builtInTraffic, TraceError, traceGapsMs, traceTraffic } from "./traffic.ts";

async function file(text: string): Promise<string> {
  const path = join(await mkdtemp(join(tmpdir(), "trace-")), "trace.csv");
  await writeFile(path, text);
  return path;
}

const header = "TIMESTAMP,ContextTokens,GeneratedTokens";

/** The same numbers each time: Park and Miller's generator. */
function repeatable(): () => number {
  let state = 1;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

const quantile = (values: readonly number[], p: number): number => values.toSorted((a, b) => a - b)[Math.floor(p * values.length)]!;

describe("the built-in traffic", () => {
  it("has the quantiles of Azure's conversation trace", () => {
    const traffic = builtInTraffic();
    const random = repeatable();
    const lengths = Array.from({ length: 50_000 }, () => traffic.replyLength(random));
    for (const [p, tokens] of [
      [0.1, 54],
      [0.5, 129],
      [0.9, 424],
      [0.99, 601],
    ] as const) {
      expect(Math.abs(quantile(lengths, p) - tokens) / tokens).toBeLessThan(0.06);
    }
    expect(Math.min(...lengths)).toBeGreaterThanOrEqual(1);
    const gaps = Array.from({ length: 50_000 }, () => traffic.arrivalGapMs(random));
    expect(gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length).toBeCloseTo(1000 / 5.53, -1);
  });
});

describe("a trace", () => {
  it("is replayed row by row from a seeded start, and from the first row again after the last", async () => {
    const path = await file(
      `${header}\r\n2023-11-16 18:15:46.6805900,374,44\r\n2023-11-16 18:15:47.1805900,396,109\r\n2023-11-16 18:15:49.1805900,1,55\r\n`,
    );
    const traffic = await traceTraffic(path);
    expect(traffic.name).toBe("trace.csv");
    const lengths = Array.from({ length: 6 }, () => traffic.replyLength(() => 0));
    expect(lengths).toEqual([44, 109, 55, 44, 109, 55]);
    expect(Array.from({ length: 3 }, () => traffic.arrivalGapMs(() => 0))).toEqual([500, 2000, 0]);
    // Whatever was replayed before.
    expect([0.1, 0.5, 0.9].map((share) => traffic.lengthQuantile(share))).toEqual([44, 55, 109]);
    const later = await traceTraffic(path);
    expect([later.replyLength(() => 0.99), later.replyLength(() => 0.99)]).toEqual([55, 44]);
  });

  it.each([
    ["has other columns", "a,b\n1,2\n", /has the columns a, b; TIMESTAMP and GeneratedTokens are needed/],
    ["has a row without a count", `${header}\n2023-11-16 18:15:46,1,5\n2023-11-16 18:15:46,1,many\n`, /line 3: /],
    ["has a row without a time", `${header}\nsoon,1,5\n`, /line 2: /],
    ["has no rows", `${header}\n`, /has no rows/],
  ])("that %s is refused with its name and line", async (_what, text, message) => {
    const refused = traceTraffic(await file(text));
    await expect(refused).rejects.toThrow(TraceError);
    await expect(refused).rejects.toThrow(message);
  });

  it("that does not exist is refused", async () => {
    await expect(traceTraffic(join(tmpdir(), "no-such-trace.csv"))).rejects.toThrow(TraceError);
  });
});

describe("the gaps of a trace", () => {
  it("are the milliseconds between its rows, in their order", async () => {
    const rows = ["2023-11-16 18:00:00.0000000,1,5", "2023-11-16 18:00:00.2500000,1,5", "2023-11-16 18:00:01.2500000,1,5"];
    expect(await traceGapsMs(await file([header, ...rows].join("\n")))).toEqual([250, 1_000]);
  });

  it("need three rows", async () => {
    await expect(traceGapsMs(await file(`${header}\n2023-11-16 18:00:00.0000000,1,5`))).rejects.toThrow(TraceError);
  });
});
