import { describe, expect, it } from "vitest";
import { analysis, scenarioOf } from "../../test/fixtures/analysed.ts";
import { quotesOf } from "./claim-quote.ts";
import type { ClaimComparison } from "./claim-result.ts";
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
  /** Where it matters. Default: WebSocket. */
  readonly better?: "sse" | "ws";
  readonly difference?: number;
}

const verdicts = {
  "too-small": { kind: "too-small", lower: "ws" },
  equivalent: { kind: "equivalent" },
  constant: { kind: "constant", lower: null },
  undecided: { kind: "undecided", lower: null, reasons: [], groupsNeeded: null },
} as const satisfies Readonly<Record<string, Comparison["verdict"]>>;

function planned({
  label,
  instrument = "loopback",
  factors = {},
  kind = "matters",
  better = "ws",
  difference = -1,
}: Planned): ClaimComparison {
  return {
    scenario: { name: "planned", instrument },
    condition: { ...condition, label, factors },
    metric,
    comparison: {
      ...comparison,
      effect: comparison.effect === null ? null : { ...comparison.effect, difference },
      verdict: kind === "matters" ? { kind, lower: better } : verdicts[kind],
      better: kind === "matters" ? better : null,
    },
  };
}

const quoted = (...all: Planned[]): string[] => quotesOf(all.map(planned)).map(({ condition: label }) => label);

describe("the figures of a claim to quote", () => {
  it("are of a network before an emulated distance, and of that before loopback", () => {
    const local = { label: "local" };
    const emulated = { label: "emulated", factors: { roundTripMs: 100 } };
    const network = { label: "network", instrument: "network" } as const;
    expect(quoted(local, emulated, network)).toEqual(["network"]);
    expect(quoted(local, emulated)).toEqual(["emulated"]);
    expect(quotesOf([planned(emulated)])).toMatchObject([{ place: "emulated-distance" }]);
    expect(quotesOf([planned({ ...emulated, instrument: "network" })])).toMatchObject([{ place: "network" }]);
  });

  it("are at the pace of life before one that nobody would live through", () => {
    expect(quoted({ label: "at once" }, { label: "real", factors: { pace: "real" } })).toEqual(["real"]);
  });

  it("are one for each result, in one order, so that no result is quoted without the others", () => {
    const all: Planned[] = [
      { label: "small", kind: "too-small" },
      { label: "of SSE", better: "sse", difference: 9_984 },
      { label: "of WebSocket", difference: -7_662 },
      { label: "also of SSE", better: "sse" },
      { label: "alike", kind: "equivalent" },
    ];
    expect(quoted(...all)).toEqual(["of WebSocket", "of SSE", "small"]);
    expect(quoted(...all, { label: "open", kind: "undecided" })).toEqual(["of WebSocket", "of SSE", "small"]);
    expect(quoted(...all.slice(0, 2), { label: "open", kind: "undecided" })).toEqual(["of SSE", "small"]);
    expect(quoted({ label: "open", kind: "undecided" }, { label: "of SSE", better: "sse" })).toEqual(["of SSE", "open"]);
  });

  it("are chosen without a look at the verdict: what matters on loopback hides nothing of a network", () => {
    expect(quoted({ label: "matters" }, { label: "open", instrument: "network", kind: "undecided" })).toEqual(["matters", "open"]);
    const alike: Planned[] = [
      { label: "alike", kind: "equivalent" },
      { label: "small", kind: "too-small" },
    ];
    expect(quoted(...alike)).toEqual(["alike"]);
    expect(quoted(...alike.toReversed())).toEqual(["small"]);
  });

  it("are facts only where nothing else was compared", () => {
    const constant: Planned = { label: "constant", kind: "constant", instrument: "network" };
    expect(quoted(constant, { label: "open", kind: "undecided" })).toEqual(["open"]);
    expect(quoted(constant)).toEqual(["constant"]);
  });

  it("are of the longer round trip, and else the first of the report, however large another is", () => {
    const away = (roundTripMs: number): Planned => ({ label: `${roundTripMs} ms`, instrument: "network", factors: { roundTripMs } });
    expect(quoted(away(20), away(100))).toEqual(["100 ms"]);
    expect(quoted({ label: "first" }, { label: "larger", difference: -1_000 })).toEqual(["first"]);
  });

  it("are of the settings that the claim speaks of, where they were measured", () => {
    const sizes = [1_000, 1_000_000].map((bytes) => planned({ label: `${bytes} B`, factors: { bytes } }));
    const spoken = { factor: "bytes", atLeast: 1_000_000 };
    expect(quotesOf(sizes, spoken)).toMatchObject([{ condition: "1000000 B" }]);
    expect(quotesOf(sizes.slice(0, 1), spoken)).toMatchObject([{ condition: "1000 B" }]);
  });

  it("are none where nothing was compared", () => {
    expect(quotesOf([])).toEqual([]);
    const one = planned({ label: "-" });
    expect(quotesOf([{ ...one, comparison: { ...one.comparison, effect: null } }])).toEqual([]);
  });
});
