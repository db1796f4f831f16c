import { describe, expect, it } from "vitest";
import type { ScenarioAnalysis } from "../analysis/index.ts";
import { UsageError } from "../usage/errors.ts";
import { resultsSchema } from "../results/schema.ts";
import { scenarios } from "../scenarios/index.ts";
import { makeResults } from "../../test/fixtures/results.ts";
import { decidingFigures } from "./deciding-figures.ts";
import { buildReport, renderFigures, renderVerdicts, replaceVerdicts, verdictsIn } from "./index.ts";

const results = resultsSchema.parse(makeResults());
const report = buildReport(results);
const verdicts = renderVerdicts(results, report, "reports/a/results.json");

function allBetter(scenario: ScenarioAnalysis, better: "sse" | "ws" | null): ScenarioAnalysis {
  const conditions = scenario.conditions.map((one) => ({ ...one, comparisons: one.comparisons.map((each) => ({ ...each, better })) }));
  return { ...scenario, conditions };
}

describe("the verdicts in a README", () => {
  it("name the choice for four kinds of application, the claims in one sentence, and their source file", () => {
    expect(verdicts.match(/^\| \*\*.+\*\* \| (It depends|SSE|WebSocket|No difference seen) \| /gm)).toHaveLength(4);
    expect(verdicts).toMatch(
      /^\| \*\*Agent with many tools\*\* \| WebSocket \| WebSocket is better by a difference that matters in all \d+ comparisons\. \|  \|  \|$/m,
    );
    expect(verdicts).toMatch(/^Of 9 claims that others make, .*\d+ (is confirmed|depends?|shows?|was|were) /m);
    expect(verdicts).toContain("0 were lost, repeated or reordered");
    expect(verdicts).toContain("[results.json](reports/a/results.json)");
  });

  it("list the measured deciding figures, with the better one in bold", () => {
    const row = (sse: string, ws: string): RegExp =>
      new RegExp(`^\\| \\*\\*Chat\\*\\* \\| .* \\| next event after a reset \\| ${sse} \\| ${ws} \\|$`, "m");
    expect(verdicts).toMatch(row("\\d+.ms", "\\d+.ms"));
    const withBetter = (better: "sse" | "ws" | null): string =>
      renderVerdicts(
        results,
        { ...report, scenarios: report.scenarios.map((one) => (one.name === "reconnect" ? allBetter(one, better) : one)) },
        "a.json",
      );
    expect(withBetter("sse")).toMatch(row("\\*\\*\\d+.ms\\*\\*", "\\d+.ms"));
    expect(withBetter("ws")).toMatch(row("\\d+.ms", "\\*\\*\\d+.ms\\*\\*"));
    expect(withBetter(null)).toMatch(row("\\d+.ms", "\\d+.ms"));
  });

  it("name only existing scenarios, settings and metrics", () => {
    const missing = Object.values(decidingFigures)
      .flat()
      .filter(({ scenario: name, condition, metric }) => {
        const scenario = scenarios.find((one) => one.name === name);
        const metrics = scenario?.metrics.map(({ id }) => id) ?? [];
        return scenario?.settings.every(({ id }) => id !== condition) !== false || !metrics.includes(metric ?? metrics[0] ?? "");
      });
    expect(missing).toEqual([]);
    expect(Object.keys(decidingFigures)).toEqual(report.applications.map(({ id }) => id));
  });

  it("replace only the text between the markers", () => {
    const before = "# A\n\n<!-- verdicts:begin -->\nold\n<!-- verdicts:end -->\n\nafter $& $1\n";
    const after = replaceVerdicts(before, "reports/a/results.json", verdicts);
    expect(after).toBe(`# A\n\n<!-- verdicts:begin reports/a/results.json -->\n${verdicts}\n<!-- verdicts:end -->\n\nafter $& $1\n`);
    expect(verdictsIn(after)).toMatchObject({ file: "reports/a/results.json", text: verdicts });
    expect(replaceVerdicts(after, "reports/a/results.json", verdicts)).toBe(after);
    expect(() => replaceVerdicts("no markers", "x", verdicts)).toThrow(UsageError);
  });
});

describe("the figures behind the verdicts", () => {
  it("list the nine claims and the first figure of every setting, with their source file", () => {
    const figures = renderFigures(results, report, "results.json");
    expect(figures.match(/^\| [1-9] \| /gm)).toHaveLength(9);
    expect(figures).toMatch(
      /^\| Sending while receiving: Round trip of an input p50, 10 sends\/s \| 2\.\d+ ms \| 0\.\d+ ms \| 0\.3\d \(.*\) \| WebSocket lower, and it matters \|/m,
    );
    expect(figures).toContain("0 were lost, repeated or reordered");
    expect(figures).toContain("[results.json](results.json)");
  });
});
