import { describe, expect, it } from "vitest";
import { profiles } from "@agent-transports/lab/network";
import { makeResults } from "../../test/fixtures/results.ts";
import { waitScenario, type Planted } from "../../test/fixtures/sessions.ts";
import { resultsSchema, type Results, type ScenarioResult } from "../results/schema.ts";
import { scenarios } from "../scenarios/index.ts";
import { networkArms } from "../scenarios/parts/network-arms.ts";
import { stallsOn } from "../scenarios/stalls.ts";
import { networkColumns, networkFigures } from "./network-figures.ts";
import { renderNetwork, type NetworkRun } from "./network-table.ts";

const run = (name: string, measured: readonly ScenarioResult[], options: Partial<Results["options"]> = {}): NetworkRun => {
  const results = makeResults();
  return {
    file: `reports/${name}/results.json.gz`,
    results: resultsSchema.parse({ ...results, options: { ...results.options, ...options }, scenarios: measured }),
  };
};

/** All arms alike, but for what is added over WebSocket. */
const planted = (baseMs: number, ws = 0): Planted => ({ baseMs, addedMs: { ws: [ws] } });
const distance = (conditions: Readonly<Record<string, Planted>>): ScenarioResult =>
  waitScenario("distance", networkArms, "time", conditions);
const outage = (conditions: Readonly<Record<string, Planted>>): ScenarioResult =>
  waitScenario("outage", networkArms, "recovery", conditions);

/** The blocks of a setting of `stalls`, each with a count of its own. */
function stalls(counts: readonly number[]): ScenarioResult {
  const scenario = waitScenario("stalls", networkArms, "gap", { "loss-1": { baseMs: 20, addedMs: { ws: counts.map(() => 0) } } });
  return { ...scenario, blocks: scenario.blocks.map((block) => ({ ...block, values: { stalls100: counts[block.pair] ?? 0 } })) };
}

const withFactors = (scenario: ScenarioResult, factors: Readonly<Record<string, string | number>>): ScenarioResult => ({
  ...scenario,
  conditions: scenario.conditions.map((one) => ({ ...one, factors: { ...factors } })),
});

const rowOf = (runs: readonly NetworkRun[], label: string): string[] => {
  const line = renderNetwork(runs)
    ?.split("\n")
    .find((one) => one.startsWith(`| ${label} |`));
  return (
    line
      ?.split("|")
      .slice(2, -1)
      .map((cell) => cell.trim()) ?? []
  );
};

/** As a run has it. */
const LINK = "recorded (Verizon-LTE-short.down: 140 s, 5.0 Mbit/s; Verizon-LTE-short.up: 140 s, 6.0 Mbit/s)";
const PAGE = "first token p50, page just loaded from the Agent, 100 ms RTT";

describe("the table of a network in a document", () => {
  const [a, b, c] = [
    run("a", [distance({ "warm-start-100": planted(120, 300), "ready-100": planted(115) })]),
    run("b", [distance({ "warm-start-100": planted(123, 306), "ready-100": planted(115) })]),
    run("c", [distance({ "warm-start-100": planted(126, 318) })]),
  ];

  it("has in each cell the mean of the runs' own statistics, and from the lowest to the highest", () => {
    expect(rowOf([a, b, c], PAGE)).toEqual(["3 (a–c)", "123 ms (120–126)", "123 ms (120–126)", "431 ms (420–444)", "123 ms (120–126)"]);
  });

  it("says of each row how many runs measured it, and which", () => {
    expect(rowOf([a, b, c], "first token p50, `connect()` 1 s before, 100 ms RTT")[0]).toBe("2 (a, b)");
    expect(rowOf([c, b, a], "first token p50, `connect()` 1 s before, 100 ms RTT")[0]).toBe("2 (b, c)");
    expect(rowOf([a], PAGE)).toEqual(["1 (a)", "120 ms", "120 ms", "420 ms", "120 ms"]);
    expect(renderNetwork([a, b])?.replaceAll("\n", " ")).toMatch(
      /The runs are a \[a\]\(reports\/a\/results\.json\.gz\) and b \[b\]\(reports\/b\/results\.json\.gz\)\.$/,
    );
  });

  it("has no range where all runs round to the same", () => {
    expect(rowOf([a, b], "first token p50, `connect()` 1 s before, 100 ms RTT")).toEqual([
      "2 (a, b)",
      "115 ms",
      "115 ms",
      "115 ms",
      "115 ms",
    ]);
  });

  it("shows a difference between runs that a mean hides", () => {
    const [calm, other] = [planted(220, 10_000), planted(220, 2_000)].map((one, index) => run(`${index}`, [outage({ address: one })]));
    expect(rowOf([calm!, other!], "wait for text p50, after the address changed, 60 ms RTT").slice(1)).toEqual([
      "0.22 s",
      "0.22 s",
      "6.2 s (2.2–10.2)",
      "0.22 s",
    ]);
  });

  it("is in ms where a whole row is below a second", () => {
    expect(rowOf([run("a", [outage({ "tunnel-2": planted(212, 97) })])], "wait for text p50, after a tunnel of 2 s, 60 ms RTT")).toEqual([
      "1 (a)",
      "212 ms",
      "212 ms",
      "309 ms",
      "212 ms",
    ]);
  });

  it("counts stalls by the mean of a run's blocks", () => {
    const label = "stalls above 100 ms a minute, mean, one answer, 2 % loss, CUBIC, 60 ms RTT";
    expect(rowOf([run("a", [stalls([10, 20])]), run("b", [stalls([0, 1])])], label)).toEqual([
      "2 (a, b)",
      ...networkColumns.map(() => "7.8 (0.5–15)"),
    ]);
  });

  it("leaves out a run over loopback, a run at a deployment, and a setting with another factor than the first run's", () => {
    const measured = distance({ "warm-start-100": planted(500) });
    const cubic = run("cubic", [withFactors(measured, { congestionControl: "cubic", roundTripMs: 100 })]);
    const others = [
      run("loopback", [{ ...measured, instrument: "loopback" }]),
      run("deployment", [measured], { target: "https://agent.example" }),
      run("bbr", [withFactors(measured, { congestionControl: "bbr", roundTripMs: 100 })]),
    ];
    expect(rowOf([cubic, ...others], PAGE)[0]).toBe("1 (a)");
    // Runs from before a factor had a name had the same.
    expect(rowOf([cubic, run("older", [withFactors(measured, { roundTripMs: 100 })])], PAGE)[0]).toBe("2 (a, b)");
  });

  it("takes a recorded link by its name", () => {
    const lags = { baseMs: 20, addedMs: { ws: Array.from({ length: 300 }, () => 0) } };
    const drive = waitScenario("stalls", networkArms, "lag", { "recorded-1": lags });
    const runs = [run("a", [drive], { link: LINK }), run("b", [drive], { link: LINK.replaceAll("short", "long") }), run("c", [drive])];
    expect(rowOf(runs, "lag of a token p99, one answer on a recorded LTE drive")).toEqual(["1 (a)", "20 ms", "20 ms", "20 ms", "20 ms"]);
  });

  it("has a dash where a run has too few samples of an arm, and says so where only some runs have it", () => {
    const lags = { baseMs: 20, addedMs: { ws: [0] } };
    const drive = waitScenario("stalls", networkArms, "lag", { "recorded-1": lags });
    expect(renderNetwork([run("a", [drive], { link: LINK })])).toBeNull();
    const without = distance({ "warm-start-100": planted(126, 318) });
    const d = run("d", [{ ...without, blocks: without.blocks.filter(({ arm }) => arm !== "sse-h3") }]);
    expect(rowOf([d], PAGE)[2]).toBe("–");
    expect(rowOf([a, b, d], PAGE).slice(0, 3)).toEqual(["3 (a–c)", "123 ms (120–126)", "122 ms (120–123; 2 runs)"]);
  });

  it("is of blocks that did not fail, in pair groups that are whole", () => {
    const measured = distance({ "warm-start-100": { baseMs: 100, addedMs: { ws: [0, 50], sse: [0, 50], "sse-h3": [0, 50] } } });
    const blocks = measured.blocks.map((block) =>
      block.pair === 1 && ["sse", "sse-h3"].includes(block.arm) ? { ...block, error: "It failed." } : block,
    );
    expect(rowOf([run("a", [{ ...measured, blocks }])], PAGE)).toEqual(["1 (a)", "100 ms", "100 ms", "100 ms", "100 ms"]);
  });

  it("is none where no run measured a row", () => {
    expect(renderNetwork([{ file: "results.json", results: resultsSchema.parse(makeResults()) }])).toBeNull();
    expect(renderNetwork([])).toBeNull();
  });

  it("names only existing scenarios, settings, metrics and arms", () => {
    const all = [...scenarios, stallsOn({ ...profiles.lte, name: "recorded" })];
    const missing = networkFigures.filter(({ scenario: name, condition, from }) => {
      const those = all.filter((one) => one.name === name);
      const metrics = those.flatMap((one) => one.metrics.map(({ id }) => id));
      return (
        those.every((one) => one.settings.every(({ id }) => id !== condition)) || (from.kind === "samples" && !metrics.includes(from.name))
      );
    });
    expect(missing).toEqual([]);
    expect(networkColumns.filter(({ arm }) => networkArms.every(({ id }) => id !== arm))).toEqual([]);
  });

  it("has what browsers do by default in bold, and no wide line of prose", () => {
    const lines = renderNetwork([a, b, c])?.split("\n") ?? [];
    expect(lines.slice(0, 2)).toEqual([
      "| | runs | **SSE, HTTP/2** | SSE, HTTP/3 | **WebSocket, HTTP/1.1** | WebSocket, HTTP/2 |",
      "|---|---|--:|--:|--:|--:|",
    ]);
    for (const line of lines.filter((one) => !one.startsWith("|"))) expect(line.length).toBeLessThanOrEqual(120);
  });
});
