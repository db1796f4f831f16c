import { describe, expect, it } from "vitest";
import { meanWithError } from "./group-effect.ts";
import { testSize } from "./size.ts";

describe("testSize", () => {
  it("has the 90 % interval of published tables: t(0.95; 9) = 1.833", () => {
    const values = Array.from({ length: 10 }, (_, index) => index);
    const effect = meanWithError(values);
    const { interval } = testSize(effect, 1);
    expect((interval.high - effect.mean) / effect.standardError).toBeCloseTo(1.833, 3);
    expect((effect.mean - interval.low) / effect.standardError).toBeCloseTo(1.833, 3);
  });

  it("is within where both ends are, beyond where both are past one edge, and across otherwise", () => {
    const around = (mean: number): ReturnType<typeof meanWithError> => meanWithError([mean - 1, mean, mean, mean, mean + 1]);
    expect(testSize(around(0), 50).state).toBe("within");
    expect(testSize(around(-45), 50).state).toBe("within");
    expect(testSize(around(49.9), 50).state).toBe("across");
    expect(testSize(around(-50.1), 50).state).toBe("across");
    expect(testSize(around(60), 50).state).toBe("beyond");
    expect(testSize(around(-60), 50).state).toBe("beyond");
  });

  it("has nothing within a size of 0, and beyond it any effect whose interval excludes 0", () => {
    expect(testSize(meanWithError([0, 0, 0]), 0).state).toBe("across");
    expect(testSize(meanWithError([1, 1, 1]), 0).state).toBe("beyond");
    expect(testSize(meanWithError([0, 0, 1]), 0).state).toBe("across");
  });

  it("decides nothing from one group", () => {
    expect(testSize(meanWithError([0]), 50).state).toBe("across");
  });
});
