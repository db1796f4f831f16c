import { describe, expect, it } from "vitest";
import type { ScenarioAnalysis } from "../analysis/index.ts";
import { UsageError } from "../usage/errors.ts";
import { resultsSchema } from "../results/schema.ts";
import { scenarios } from "../scenarios/index.ts";
import { makeResults } from "../../test/fixtures/results.ts";
import { networkScenarios } from "../../test/fixtures/sessions.ts";
import { sessionKinds } from "../sessions/kinds.ts";
import { decidingFigures } from "./deciding-figures.ts";
import { buildReport, hasMarks, renderAnswer, renderFigures, renderVerdicts, replaceShown, shownIn, type ReportedRun } from "./index.ts";

const results = resultsSchema.parse(makeResults());
const report = buildReport(results);
const run: ReportedRun = { file: "reports/a/results.json", results, report };
const network = resultsSchema.parse({ ...results, scenarios: networkScenarios() });
const networkRun: ReportedRun = { file: "reports/b/results.json", results: network, report: buildReport(network) };
const verdicts = renderVerdicts([run, networkRun]);

function allBetter(scenario: ScenarioAnalysis, better: "sse" | "ws" | null): ScenarioAnalysis {
  const conditions = scenario.conditions.map((one) => ({ ...one, comparisons: one.comparisons.map((each) => ({ ...each, better })) }));
  return { ...scenario, conditions };
}

describe("the answer of a first screen", () => {
  it("is one table, with each mean, its interval, and what would change the choice, and says once where it is of", () => {
    const [table = "", key = ""] = renderAnswer([run, networkRun]).split("\n\n");
    expect(table.split("\n")[0]).toBe("| your application | take | which is faster | what would change it |");
    expect(table.match(/^\| \*\*.+\*\* \| \*\*(SSE|WebSocket|Either|Undecided|Not measured)\*\* \| /gm)).toHaveLength(sessionKinds.length);
    expect(table).toMatch(
      /^\| \*\*Voice\*\* \| \*\*WebSocket\*\* \| WebSocket, by 70.ms per input \(\d+ to \d+.ms\), \d+.% \| With a 20 ms round trip, it is either\. \|$/m,
    );
    expect(key.replaceAll("\n", " ")).toMatch(
      /The link is a 100 ms round trip, SSE over HTTP\/2 and WebSocket over HTTP\/1\.1\. Tunnels and changes of address are 60 ms away, /,
    );
  });

  it("says in its cells where they are of, where that is not one place, and what was not measured", () => {
    expect(renderAnswer([run])).toMatch(/^\| \*\*Voice\*\* \| \*\*Not measured\*\* \| – \| Nothing is said, /m);
    const near = resultsSchema.parse({
      ...network,
      scenarios: networkScenarios().map((one) =>
        one.name === "tool-loop-far" ? { ...one, blocks: one.blocks.filter(({ condition }) => condition.endsWith("-20")) } : one,
      ),
    });
    const said = renderAnswer([{ ...networkRun, results: near, report: buildReport(near) }]);
    expect(said).toMatch(/^\| \*\*Voice\*\* .*, with a 100 ms round trip, SSE over HTTP\/2 and WebSocket over HTTP\/1\.1 \| /m);
    expect(said).not.toContain("The link is");
  });
});

describe("the verdicts in a document", () => {
  it("say for each kind of session what to take, the difference, where, and what would change it, from all files together", () => {
    expect(verdicts).toMatch(/^\| your application \| take \| saved wait \| link, and versions of HTTP \| what would change it \|$/m);
    expect(verdicts.match(/^\| \*\*.+\*\* \| \*\*(SSE|WebSocket|Either|Undecided|Not measured)\*\* \| /gm)).toHaveLength(
      sessionKinds.length,
    );
    expect(verdicts).toMatch(
      /^\| \*\*Voice\*\* \| \*\*WebSocket\*\* \| WebSocket saves 70.ms per input .* \| A 100 ms round trip, SSE over HTTP\/2 and WebSocket over HTTP\/1\.1 \| With a 20 ms round trip, it is either\. \|$/m,
    );
    expect(renderVerdicts([run])).toMatch(/^\| \*\*Voice\*\* \| \*\*Not measured\*\* \| – \| – \| /m);
  });

  it("name the source files, what was measured with which options, and no tally", () => {
    const events = [run, networkRun].map(({ report: { integrity } }) => integrity.reduce((sum, { received }) => sum + received, 0));
    const [first = 0, second = 0] = events.map(Math.round);
    expect(verdicts).toContain(`Of ${(first + second).toLocaleString("en-US")} events, 0 were lost, repeated or reordered.`);
    const options = `\`--${results.options.depth} --seed ${results.options.seed}\``;
    const day = results.startedAt.slice(0, 10);
    expect(verdicts.split("\n").slice(-2)).toEqual([
      `| [a](reports/a/results.json) | ${day} | ${options} | 2 cores, over loopback without TLS | ${first.toLocaleString("en-US")} |`,
      `| [b](reports/b/results.json) | ${day} | ${options} | 2 cores, over a network between two kernels with TLS | ${second.toLocaleString("en-US")} |`,
    ]);
    expect(verdicts).not.toMatch(/Of \d+ (claims|comparisons)/);
  });

  it("name the source file of one run in sentences", () => {
    expect(renderVerdicts([run]).replaceAll("\n", " ")).toMatch(
      /Of [\d,]+ events, 0 were lost, repeated or reordered\. Measured on \S+ with --\w+ --seed \d+, on 2 cores, over loopback without TLS\. Every figure's samples are in \[results\.json\]\(reports\/a\/results\.json\); the report names where\.$/,
    );
  });

  it("say what was not measured, with the command that measures it", () => {
    const [far] = renderVerdicts([run]).split(/^- /m).slice(1);
    expect(far?.replaceAll(/\s+/g, " ")).toMatch(
      /^Not measured with a 100 ms round trip, or with a 20 ms round trip, for chat at a desk, .* and voice\. The reason: the run has no distance; .* To measure it: `npx -y pnpm@12 bench run distance outage tabs tool-loop-far --standard` $/,
    );
  });

  it("have wider intervals where a run's control asks for them", () => {
    const control = { ...networkRun.report.control, errorsMultipliedBy: 100 };
    const loud = renderVerdicts([{ ...networkRun, report: { ...networkRun.report, control } }]);
    expect(loud).toMatch(/^\| \*\*Voice\*\* \| \*\*Undecided\*\* \| /m);
  });

  it("have no line of prose that is wider than a document's", () => {
    for (const line of verdicts.split("\n").filter((one) => !one.startsWith("|"))) expect(line.length).toBeLessThanOrEqual(120);
  });

  it("name only existing scenarios, settings and metrics", () => {
    const missing = decidingFigures
      .flatMap(({ figures }) => figures)
      .filter(({ scenario: name, condition, metric }) => {
        const scenario = scenarios.find((one) => one.name === name);
        const metrics = scenario?.metrics.map(({ id }) => id) ?? [];
        return scenario?.settings.every(({ id }) => id !== condition) !== false || !metrics.includes(metric ?? metrics[0] ?? "");
      });
    expect(missing).toEqual([]);
  });

  it("replace only the text between the markers", () => {
    const files = ["reports/a/results.json", "reports/b/results.json"];
    const before = "# A\n\n<!-- verdicts:begin -->\nold\n<!-- verdicts:end -->\n\nafter $& $1\n";
    const after = replaceShown(before, "verdicts", files, verdicts);
    expect(after).toBe(`# A\n\n<!-- verdicts:begin ${files.join(" ")} -->\n${verdicts}\n<!-- verdicts:end -->\n\nafter $& $1\n`);
    expect(shownIn(after, "verdicts")).toMatchObject({ files, text: verdicts });
    expect(replaceShown(after, "verdicts", files, verdicts)).toBe(after);
    expect(() => replaceShown("no markers", "verdicts", files, verdicts)).toThrow(UsageError);
  });

  it("leave the table of a network alone, and it them", () => {
    const both = "<!-- verdicts:begin -->\n<!-- verdicts:end -->\nb\n<!-- network:begin -->\n<!-- network:end -->\n";
    const [first, last] = [["verdicts", "network"] as const, ["network", "verdicts"] as const].map((order) =>
      order.reduce((document, shown) => replaceShown(document, shown, [`${shown}.json`], `| ${shown} |`), both),
    );
    expect(first).toBe(last);
    expect(shownIn(first ?? "", "verdicts")).toMatchObject({ files: ["verdicts.json"], text: "| verdicts |" });
    expect(shownIn(first ?? "", "network")).toMatchObject({ files: ["network.json"], text: "| network |" });
    expect([hasMarks(both, "network"), hasMarks("<!-- verdicts:begin -->", "network")]).toEqual([true, false]);
    expect(() => replaceShown("<!-- network:begin -->", "network", [], "")).toThrow(UsageError);
    // One that is damaged is one all the same.
    expect(hasMarks("<!-- network:begin  -->\n<!-- network:end -->", "network")).toBe(true);
    expect(() => shownIn("<!-- network:begin  -->\n<!-- network:end -->", "network")).toThrow(UsageError);
  });

  it("say of which run the network was a recorded link", () => {
    const linked = resultsSchema.parse({ ...network, options: { ...network.options, link: "recorded (a drive)" } });
    const row = renderVerdicts([run, { ...networkRun, results: linked }])
      .split("\n")
      .at(-1);
    expect(row).toContain("| 2 cores, over a recorded link between two kernels with TLS | ");
  });
});

describe("the figures behind the verdicts", () => {
  it("begin with those that decide, with the better one in bold", () => {
    const row = (sse: string, ws: string): RegExp =>
      new RegExp(`^\\| \\*\\*Chat\\*\\* \\| next event after a reset \\| ${sse} \\| ${ws} \\|$`, "m");
    const withBetter = (better: "sse" | "ws" | null): string =>
      renderFigures([
        {
          ...run,
          report: { ...report, scenarios: report.scenarios.map((one) => (one.name === "reconnect" ? allBetter(one, better) : one)) },
        },
      ]);
    expect(renderFigures([run])).toMatch(row("\\d+.ms", "\\d+.ms"));
    expect(withBetter("sse")).toMatch(row("\\*\\*\\d+.ms\\*\\*", "\\d+.ms"));
    expect(withBetter("ws")).toMatch(row("\\d+.ms", "\\*\\*\\d+.ms\\*\\*"));
    expect(withBetter(null)).toMatch(row("\\d+.ms", "\\d+.ms"));
    expect(renderFigures([run])).toMatch(/^\| \*\*Dashboard with many tabs\*\* \| not measured \| – \| – \|$/m);
  });

  it("list the nine claims and the first figure of every setting, with their source file", () => {
    const figures = renderFigures([{ ...run, file: "results.json" }]);
    expect(figures.match(/^[1-9]\. \S/gm)).toHaveLength(9);
    expect(figures.match(/^ {3}- \*\*(Confirmed|Refuted|Depends|Not measured here)\.\*\* \S/gm)).toHaveLength(9);
    expect(figures).toMatch(
      /^\| Sending while receiving: Round trip of an input p50, 10 sends\/s \| 2\.\d+ ms \| 0\.\d+ ms \| 0\.3\d \(.*\) \| WebSocket lower, and it matters \|/m,
    );
    expect(figures).toContain("0 were lost, repeated or reordered");
    expect(figures).toContain("[results.json](results.json)");
  });

  it("judge each claim by all runs together, and a scenario by its run on a network", () => {
    const claimIn = (figures: string, number: number): string =>
      (figures.split(/^(?=[1-9]\. )/m).find((one) => one.startsWith(`${number}. `)) ?? "").replaceAll(/\s+/g, " ");
    const figures = renderFigures([run, networkRun]);
    expect(claimIn(renderFigures([run]), 9)).toMatch(/All of this is over loopback\./);
    expect(claimIn(figures, 9)).toMatch(/To quote together:\*\* .* over WebSocket: .* on a network\./);
    expect(claimIn(figures, 1)).toMatch(/To quote:\*\* .* over loopback\./);
    expect(figures).toContain("The claims are judged by [b](reports/b/results.json) as well.");
    for (const line of figures.split("\n").filter((one) => !one.startsWith("|"))) expect(line.length).toBeLessThanOrEqual(120);
  });
});
