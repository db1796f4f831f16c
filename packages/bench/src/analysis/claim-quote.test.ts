import { describe, expect, it } from "vitest";
import { analysis, scenarioOf } from "../../test/fixtures/analysed.ts";
import { quoteOf, type ClaimComparison } from "./claim-quote.ts";
import type { Comparison, Instrument } from "./facts/index.ts";

const uplink = scenarioOf(analysis, "uplink");
const [{ condition, comparisons }] = uplink.conditions as [(typeof uplink.conditions)[number]];
const [metric] = uplink.metrics as [(typeof uplink.metrics)[number]];
const [comparison] = comparisons as [Comparison];

interface Planned {
  readonly label: string;
  readonly instrument?: Instrument;
  readonly factors?: (typeof condition)["factors"];
  readonly kind?: "matters" | "too-small" | "equivalent" | "constant" | "undecided";
  readonly difference?: number;
}

const verdicts = {
  matters: { kind: "matters", lower: "ws" },
  "too-small": { kind: "too-small", lower: "ws" },
  equivalent: { kind: "equivalent" },
  constant: { kind: "constant", lower: null },
  undecided: { kind: "undecided", lower: null, reasons: [], groupsNeeded: null },
} as const satisfies Readonly<Record<string, Comparison["verdict"]>>;

function planned({ label, instrument = "loopback", factors = {}, kind = "matters", difference = -1 }: Planned): ClaimComparison {
  return {
    scenario: { name: "planned", instrument },
    condition: { ...condition, label, factors },
    metric,
    comparison: {
      ...comparison,
      effect: comparison.effect === null ? null : { ...comparison.effect, difference },
      verdict: verdicts[kind],
      better: kind === "matters" ? "ws" : null,
    },
  };
}

const quoted = (...all: Planned[]): string | undefined => quoteOf(all.map(planned))?.condition;

describe("the figure of a claim to quote", () => {
  it("is of a network before an emulated distance, and of that before loopback, whatever the verdict", () => {
    const local = { label: "local" };
    const emulated = { label: "emulated", factors: { roundTripMs: 100 } };
    const network = { label: "network", instrument: "network", kind: "undecided" } as const;
    expect(quoted(local, emulated, network)).toBe("network");
    expect(quoted(local, emulated)).toBe("emulated");
    expect(quoteOf([planned(emulated)])?.place).toBe("emulated-distance");
    expect(quoteOf([planned({ ...emulated, instrument: "network" })])?.place).toBe("network");
  });

  it("is at the pace of life before one that nobody would live through", () => {
    expect(quoted({ label: "at once" }, { label: "real", factors: { pace: "real" }, kind: "too-small" })).toBe("real");
  });

  it("is one that matters before one that does not, and one that was shown before one that was not", () => {
    const all = (["undecided", "constant", "equivalent", "too-small", "matters"] as const).map((kind) => ({ label: kind, kind }));
    for (let last = all.length; last > 0; last -= 1) expect(quoted(...all.slice(0, last))).toBe(all[last - 1]?.label);
  });

  it("is of the longer round trip, and else the first of the report, however large another is", () => {
    const away = (roundTripMs: number): Planned => ({ label: `${roundTripMs} ms`, instrument: "network", factors: { roundTripMs } });
    expect(quoted(away(20), away(100))).toBe("100 ms");
    expect(quoted({ label: "first" }, { label: "larger", difference: -1_000 })).toBe("first");
  });

  it("is of the settings that the claim speaks of, where they were measured", () => {
    const sizes = [1_000, 1_000_000].map((bytes) => planned({ label: `${bytes} B`, factors: { bytes } }));
    expect(quoteOf(sizes, { factor: "bytes", atLeast: 1_000_000 })?.condition).toBe("1000000 B");
    expect(quoteOf(sizes.slice(0, 1), { factor: "bytes", atLeast: 1_000_000 })?.condition).toBe("1000 B");
  });

  it("is none where nothing was compared", () => {
    expect(quoteOf([])).toBeNull();
    const one = planned({ label: "-" });
    expect(quoteOf([{ ...one, comparison: { ...one.comparison, effect: null } }])).toBeNull();
  });
});
