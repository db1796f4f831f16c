import { describe, expect, it } from "vitest";
import { makeResults } from "../../test/fixtures/results.ts";
import { buildReport, renderVerdicts } from "../report/index.ts";
import { environmentRows, limitsWords, methodWords } from "../report/words/method.ts";
import type { Results, ScenarioResult } from "../results/schema.ts";
import { emptyResult } from "../run/runner.ts";
import { scenarios } from "../scenarios/index.ts";
import { withoutPlace, withoutPlaceWithBbr } from "../scenarios/parts/without-place.ts";
import { analyse } from "./analyse.ts";
import { judgeClaims } from "./claims.ts";
import { instrumentOf } from "./instrument.ts";

/** As a file has it, of a machine that can measure it. */
const written = scenarios.map((scenario): ScenarioResult => ({ ...emptyResult(scenario, null, "full"), notRun: null }));
/** Programs that had these wrote it. */
const newer: ReadonlySet<string> = new Set(["bad-link", "tabs"]);
/** As programs until 2026-11-29 wrote it. */
const older = written.map(({ instrument, ...scenario }): ScenarioResult =>
  newer.has(scenario.name) ? { ...scenario, instrument } : scenario,
);
const onNetwork = scenarios.filter(({ settings }) => settings.some(({ missing }) => missing === withoutPlace)).map(({ name }) => name);

const networkOf = (all: readonly ScenarioResult[]): string[] =>
  all.filter((one) => instrumentOf(one, false) === "network").map(({ name }) => name);

function runOf(...names: readonly string[]): Results {
  return { ...makeResults(), scenarios: older.filter(({ name }) => names.includes(name)) };
}

function saidOf(results: Results): string {
  return [
    renderVerdicts([{ file: "results.json", results, report: buildReport(results) }]).replaceAll(/\s+/g, " "),
    ...environmentRows(results).flat(),
    ...methodWords(results),
    ...limitsWords(results),
  ].join("\n");
}

describe("the instrument of a scenario", () => {
  it("is declared to be a network where settings need one, and only there", () => {
    expect(onNetwork).toEqual(expect.arrayContaining(["map", "distance-node"]));
    expect(scenarios.filter(({ instrument }) => instrument === "network").map(({ name }) => name)).toEqual(onNetwork);
    for (const { name, settings } of scenarios.filter(({ instrument }) => instrument === "network"))
      expect([name, settings.every(({ missing }) => [withoutPlace, withoutPlaceWithBbr].includes(missing))]).toEqual([name, true]);
  });

  it("is read from the file, and known of older files that do not say it", () => {
    expect(networkOf(written)).toEqual(onNetwork);
    expect(networkOf(older)).toEqual(onNetwork);
    for (const one of written) expect(instrumentOf(one, true)).toBe("deployment");
    // Until 2026-11-28 a fault proxy emulated the distance, and no client was named.
    const distance = older.find(({ name }) => name === "distance")!;
    const conditions = distance.conditions.map((one) => ({ ...one, factors: { action: "start", roundTripMs: 20 } }));
    expect(instrumentOf({ ...distance, conditions }, false)).toBe("loopback");
  });

  it.each(onNetwork)("is said of %s wherever a report says where something was measured", (name) => {
    const said = saidOf(runOf(name));
    expect(said).not.toMatch(/without TLS|loopback/i);
    expect(said).toContain("over a network between two kernels with TLS.");
    expect(said).toContain("behind an edge with TLS on a network between two kernels of this machine");
    for (const { instrument } of analyse(runOf(name)).scenarios) expect(instrument).toBe("network");
  });

  it("is said of both where a run has both", () => {
    const said = saidOf(runOf("map", "uplink"));
    expect(said).toContain("over loopback without TLS and over a network between two kernels with TLS.");
    expect(said).toContain("on this machine's loopback and behind an edge with TLS on a network");
    expect(saidOf(runOf("uplink"))).not.toMatch(/kernels|a link on this machine/);
  });

  it("makes a claim's figure one of a network, though its setting has a round trip", () => {
    const [scenario] = analyse(makeResults()).scenarios;
    if (scenario === undefined) throw new Error("No scenario.");
    const conditions = scenario.conditions.map((one) => ({
      ...one,
      condition: { ...one.condition, factors: { roundTripMs: 100, client: "Node" } },
    }));
    const [result] = older.filter(({ name }) => name === "distance-node");
    const instrument = instrumentOf(result!, false);
    const claims = judgeClaims([{ ...scenario, name: "distance-node", claims: [1], conditions, instrument }]);
    expect(claims.find(({ number }) => number === 1)?.places).toEqual(["network"]);
  });
});
