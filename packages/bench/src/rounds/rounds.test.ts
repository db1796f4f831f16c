import { describe, expect, it } from "vitest";
import { seededRandom } from "../stats/index.ts";
import { measureRounds } from "./rounds.ts";
import type { MeasuredTest } from "./measured-test.ts";

interface Seen {
  readonly now: number;
}

/** Counts how many of its arms are being measured at once. */
function counting(id: string, more: Partial<MeasuredTest<null, Seen>> = {}): MeasuredTest<null, Seen> {
  let now = 0;
  const arms = ["a", "b", "c", "d"].map((arm) => ({
    id: arm,
    label: arm,
    async measure(): Promise<Seen> {
      now += 1;
      const seen = now;
      await new Promise((resolve) => setImmediate(resolve));
      now -= 1;
      return { now: seen };
    },
  }));
  return { id, title: id, arms, ...more };
}

async function measured(
  tests: readonly MeasuredTest<null, Seen>[],
  { seed = 1, after }: { readonly seed?: number; readonly after?: number } = {},
): Promise<{ readonly test: string; readonly arm: string; readonly round: number; readonly now: number }[]> {
  const samples: { test: string; arm: string; round: number; now: number }[] = [];
  const abort = new AbortController();
  await measureRounds({
    tests,
    rounds: 3,
    random: seededRandom(seed),
    bench: null,
    signal: abort.signal,
    onRound: () => undefined,
    async onSample(sample) {
      samples.push(sample);
      if (samples.length === after) abort.abort();
    },
  });
  return samples;
}

describe("rounds", () => {
  it("measure each arm once, one at a time, in an order drawn for each round, reproducibly from the seed", async () => {
    const samples = await measured([counting("t")]);
    const orders = [0, 1, 2].map((round) => samples.filter((one) => one.round === round).map(({ arm }) => arm));
    for (const order of orders) expect(order.toSorted()).toEqual(["a", "b", "c", "d"]);
    expect(new Set(orders.map((order) => order.join(""))).size).toBeGreaterThan(1);
    expect(samples.every(({ now }) => now === 1)).toBe(true);
    expect(await measured([counting("t")])).toEqual(samples);
    expect((await measured([counting("t")], { seed: 2 })).map(({ arm }) => arm)).not.toEqual(samples.map(({ arm }) => arm));
  });

  it("measure a test's arms together when it says so, and in one round when nothing varies", async () => {
    const together = await measured([counting("t", { together: true })]);
    expect(
      together
        .map(({ now }) => now)
        .slice(0, 4)
        .toSorted((a, b) => a - b),
    ).toEqual([1, 2, 3, 4]);
    expect((await measured([counting("t", { once: true })])).map(({ round }) => round)).toEqual([0, 0, 0, 0]);
  });

  it("start no further measurement once interrupted, and keep the finished ones", async () => {
    expect(await measured([counting("t"), counting("u")], { after: 2 })).toHaveLength(2);
  });

  it("fail with the first arm that fails, after the others have ended", async () => {
    const ended: string[] = [];
    const arms = [
      { id: "bad", label: "bad", measure: () => Promise.reject(new Error("lost an event")) },
      {
        id: "good",
        label: "good",
        async measure(): Promise<Seen> {
          await new Promise((resolve) => setImmediate(resolve));
          ended.push("good");
          return { now: 1 };
        },
      },
    ];
    await expect(measured([{ id: "t", title: "t", arms, together: true }])).rejects.toThrow("lost an event");
    expect(ended).toEqual(["good"]);
  });
});
