import { describe, expect, it } from "vitest";
import { notEnoughDataWords } from "./verdicts.ts";

describe("why there are not enough data", () => {
  it("is given with the actual and the needed number", () => {
    expect(notEnoughDataWords({ code: "too-few-groups", groups: 4, needed: 5 })).toBe("4 pair groups, at least 5 needed");
    expect(notEnoughDataWords({ code: "too-few-samples", statistic: 0.99, samples: 960, needed: 1_000 })).toBe(
      "960 samples, at least 1,000 needed for p99",
    );
    expect(notEnoughDataWords({ code: "not-measured", arm: "ws" })).toBe("not measured over WebSocket");
    expect(notEnoughDataWords({ code: "negative-values", arm: "sse" })).toBe("negative values over SSE");
  });
});
