import { parseHTML } from "linkedom";
import { describe, expect, it } from "vitest";
import { resultsSchema, type Results } from "../results/schema.ts";
import { resolvePath } from "../raw/path.ts";
import { makeHerd } from "../../test/fixtures/herd.ts";
import { makeResults } from "../../test/fixtures/results.ts";
import { buildReport, renderHtml, renderMarkdown, renderTerminal } from "./index.ts";
import { answerSentences } from "./words/answer.ts";
import { claimLines } from "./words/claims.ts";
import { formatRatioWithInterval } from "./words/format.ts";
import { busyWords } from "./words/totals.ts";
import { restOfScenario } from "./words/scenario.ts";

const results: Results = resultsSchema.parse(makeResults({ groups: 5 }));
const report = buildReport(results);
const html = renderHtml(results, report);

describe("the report", { timeout: 60_000 }, () => {
  it("has the answer, a closed page for each question, and a table under its plots", () => {
    const { document } = parseHTML(html);
    expect(document.querySelector(".said")?.textContent).toContain(answerSentences(report)[0]);
    for (const { name, title, notRun } of results.scenarios) {
      const section = document.querySelector(`#${name}`)?.closest("section");
      expect(section?.querySelector("h3")?.textContent).toBe(title);
      expect(document.querySelector(`#${name}`)?.closest("details")?.hasAttribute("open")).toBe(false);
      expect(section?.textContent).toContain(notRun ?? "");
      // One that was not run has its reason, and no figures.
      expect((section?.querySelectorAll("svg").length ?? 0) > 0).toBe(notRun === null);
      expect((section?.querySelectorAll("table").length ?? 0) > 0).toBe(notRun === null);
    }
  });

  it("shows a row for each setting: the figure of each side, the effect with its interval, and the verdict", () => {
    const { document } = parseHTML(html);
    for (const scenario of report.scenarios.filter(({ notRun }) => notRun === null)) {
      const rows = [...document.querySelectorAll(`#${scenario.name} > .rows tbody tr`)];
      expect(rows.map((row) => row.querySelector("th")?.textContent)).toEqual(scenario.conditions.map(({ condition }) => condition.label));
      for (const row of rows) {
        const [sse, ws, ratio, , verdict] = [...row.querySelectorAll("td")].map(({ textContent }) => textContent);
        for (const value of [sse, ws]) expect(value).toMatch(/^[\d.,]+ (ms|µs|B|\/s)$/);
        expect(ratio).toMatch(/^\d+\.\d+ \(.*–.*\)$/);
        expect(verdict).toMatch(/lower|equivalent|undecided|not enough data|the same/);
      }
    }
  });

  it("says in a row that its figure is a mean, where a median hides something", () => {
    const hidden = structuredClone(results);
    for (const block of hidden.scenarios.find(({ name }) => name === "uplink")!.blocks)
      if (block.condition === "rate-10") block.samples["roundTripMs"] = [block.arm === "sse" ? 330 : 3, 3, 3, 3 + block.pair / 10];
    const { document } = parseHTML(renderHtml(hidden, buildReport(hidden)));
    const labels = [...document.querySelectorAll("#uplink > .rows tbody th")].map(({ textContent }) => textContent);
    expect(labels).toEqual(["1 send/s", "10 sends/s (Round trip of an input, mean)", "100 sends/s"]);
  });

  it("says what would matter of each kind of figure that it has, and why", () => {
    for (const text of [html, renderMarkdown(results, report)]) {
      expect(text).toContain("a wait after an action");
      expect(text).toContain("Half of the 100 ms within which a result seems to come at once");
      expect(text).not.toContain("a token’s lateness");
    }
  });

  it("says of a run from before the rule that its results were seen when the rule was chosen", () => {
    const said = "results of the runs until then were seen when it was chosen";
    expect(html).toContain(said);
    expect(renderMarkdown({ ...results, startedAt: "2026-12-01T08:00:00.000Z" }, report)).not.toContain(said);
  });

  it("gives every plot a name and a description", () => {
    const { document } = parseHTML(html);
    for (const svg of document.querySelectorAll("svg")) {
      expect(svg.querySelector("title")?.textContent).toBeTruthy();
      expect(svg.querySelector("desc")?.textContent).toBeTruthy();
    }
  });

  it("plots the control's p-values against chance, a dot for each, and not where there are too few", () => {
    const plots = (page: string): number => {
      const found = [...parseHTML(page).document.querySelectorAll("svg")].filter((svg) =>
        svg.querySelector("title")?.textContent?.startsWith("The control"),
      );
      return found.reduce((dots, svg) => dots + svg.querySelectorAll("circle").length, 0);
    };
    expect(report.control.quantiles.length).toBeGreaterThan(5);
    expect(plots(html)).toBe(report.control.quantiles.length);
    const few = { ...report, control: { ...report.control, quantiles: report.control.quantiles.slice(0, 4) } };
    expect(plots(renderHtml(results, few))).toBe(0);
  });

  it("loads nothing and runs nothing", () => {
    expect(html).not.toMatch(/<script|<link|<img|@import|url\(|src=/i);
  });

  it("is the same for the same results", () => {
    expect(renderHtml(results, buildReport(results))).toBe(html);
  });

  it("escapes all outside text", () => {
    const hostile = "<script>alert(1)</script>|`*";
    const poisoned: Results = {
      ...results,
      options: { ...results.options, traffic: hostile },
      scenarios: results.scenarios.map((scenario) => ({ ...scenario, title: hostile })),
    };
    const page = renderHtml(poisoned, buildReport(poisoned));
    expect(page).not.toContain("<script");
    expect(renderMarkdown(poisoned, buildReport(poisoned))).not.toContain("<script>");
  });

  it("has the same content in Markdown and on a terminal, in colour only on request", () => {
    const markdown = renderMarkdown(results, report);
    for (const { title } of results.scenarios) expect(markdown).toContain(`## ${title}`);
    const plain = renderTerminal(results, report, { colour: false, width: 100 });
    expect(plain).not.toContain("\u001B[");
    expect(renderTerminal(results, report, { colour: true, width: 100 })).toContain("\u001B[");
    for (const { title } of results.scenarios) expect(plain).toContain(title);
  });

  it("says first of all that the machine was busy, in every form, and only where it was", () => {
    const disturbed = structuredClone(results);
    for (const { contamination } of disturbed.scenarios.flatMap(({ blocks }) => blocks)) contamination.marks = ["event loop delayed"];
    const busy = buildReport(disturbed);
    const words = busyWords(busy);
    expect(words).toMatch(/^The machine was busy: load \d+\.\d on \d+ cores at the start, [\d,]+ of [\d,]+ blocks disturbed\./);
    expect(parseHTML(renderHtml(disturbed, busy)).document.querySelector("header .notice")?.textContent).toBe(words);
    expect(renderMarkdown(disturbed, busy).split("\n\n")[1]).toBe(`**${words}**`);
    expect(renderTerminal(disturbed, busy, { colour: false, width: 200 })).toMatch(/^\nThe machine was busy: /);
    for (const form of [html, renderMarkdown(results, report), renderTerminal(results, report, { colour: false, width: 200 })])
      expect(form).not.toContain("The machine was busy");
  });

  it("says why a setting was not run, without figures, wherever it shows the others", () => {
    const why = "not in this depth (--quick), but with --standard.";
    const without = structuredClone(results);
    const connect = without.scenarios.find(({ name }) => name === "connect")!;
    const left = connect.conditions[0]!;
    left.notRun = why;
    connect.blocks = connect.blocks.filter(({ condition }) => condition !== left.id);
    const built = buildReport(resultsSchema.parse(without));
    const scenario = built.scenarios.find(({ name }) => name === "connect")!;
    expect(scenario.conditions[0]?.comparisons).toEqual([]);
    expect(restOfScenario(scenario)).toContain(`Not run: ${left.label}. ${why}`);
    const { document } = parseHTML(renderHtml(without, built));
    const rows = document.querySelector("#connect .rows");
    expect(rows?.nextElementSibling?.textContent).toBe(`Not run: ${left.label}. ${why}`);
    expect(rows?.textContent).not.toContain(left.label);
    expect(document.querySelector("#connect")?.textContent).not.toContain(`${left.label}: all figures`);
    expect(renderMarkdown(without, built)).toContain("Not run: not in this depth");
    const terminal = { colour: false, width: 100 };
    expect(renderTerminal(without, built, terminal)).toMatch(new RegExp(`${left.label}.*not run: not in this depth`));
    // On a terminal, one line for all that share a reason.
    for (const condition of connect.conditions.slice(0, 2)) condition.notRun = why;
    expect(renderTerminal(without, buildReport(without), terminal)).toMatch(/2 more settings {2,}not run: not in this depth/);
  });

  it("names the path from every table and plot to its raw samples", () => {
    const withHerd: Results = { ...results, scenarios: [...results.scenarios, makeHerd()] };
    const page = parseHTML(renderHtml(withHerd, buildReport(withHerd), { rawFile: "../a b/results.json" })).document;
    const paths = [...page.querySelectorAll(".raw code")].map((code) => code.textContent ?? "");
    expect(paths.length).toBeGreaterThan(30);
    for (const path of paths) {
      expect(resolvePath(withHerd, path)).not.toEqual([]);
    }
    for (const [scenario, condition, metric] of [
      ["uplink", "rate-10", "roundTripMs"] as const,
      ["herd", "clients-20", "backMs"] as const,
    ]) {
      const path = paths.find((one) => one.includes(`'${scenario}'`) && one.includes(`'${condition}'`) && one.includes(`'${metric}'`));
      const blocks =
        withHerd.scenarios.find(({ name }) => name === scenario)?.blocks.filter((block) => block.condition === condition) ?? [];
      expect(resolvePath(withHerd, path ?? "")).toEqual(blocks.map(({ samples }) => samples[metric]));
    }
    for (const section of page.querySelectorAll("section.scenario")) {
      // Each setting that has plots has its table and its paths as well.
      expect(section.querySelectorAll(".raw").length).toBeGreaterThanOrEqual(section.querySelectorAll(".figures").length);
      expect(section.querySelectorAll("table").length).toBeGreaterThanOrEqual(section.querySelectorAll(".figures").length);
    }
    expect(page.querySelector(".raw a")?.getAttribute("href")).toBe("../a%20b/results.json");
    for (const path of paths.filter((one) => one.includes("samples") && !one.includes("'herd'")))
      expect(renderMarkdown(results, report)).toContain(path);
  });

  it("says of each claim what was claimed, what is so and what to quote, in the same words in every form", () => {
    const { document } = parseHTML(html);
    const rows = [...document.querySelectorAll(".claims li")];
    expect(rows).toHaveLength(9);
    const terminal = renderTerminal(results, report, { colour: false, width: 100 }).replaceAll(/\s+/g, " ");
    const markdown = renderMarkdown(results, report).replaceAll(/\\|\s+/g, (found) => (found === "\\" ? "" : " "));
    for (const [index, row] of rows.entries()) {
      const one = report.claims[index]!;
      const { claim, so, quotes } = claimLines(one, report.scenarios);
      expect(row.querySelector(".claim")?.textContent).toContain(claim);
      expect(row.querySelector(".so")?.textContent).toContain(so);
      const figures = row.querySelector(".quote")?.textContent ?? "";
      for (const quote of quotes.length === 0 ? ["no figure to quote"] : quotes) expect(figures).toContain(quote);
      expect([figures.includes("To quote:"), figures.includes("To quote together:")]).toEqual([quotes.length === 1, quotes.length > 1]);
      for (const form of one.outcome === "not-measured-here" ? [markdown] : [markdown, terminal])
        for (const line of [claim, so, ...quotes]) expect(form).toContain(line.replaceAll(/\s+/g, " "));
    }
    expect(rows[0]?.querySelector(".so")?.textContent).toMatch(/^confirmed /);
    expect(rows[0]?.querySelector(".quote")?.textContent).toMatch(/^To quote: \d.* over SSE, 0\.\d+ ms over WebSocket: .*\(95 %: /);
    expect(terminal).toContain("Claims not measured here: 3, 4");
  });

  it("shows the chains' lengths side by side, with each effect and their interaction, before their settings", () => {
    const section = parseHTML(html).document.querySelector("#tool-loop")?.closest("section");
    const [, values, effects] = [...(section?.querySelectorAll("table") ?? [])];
    expect(section?.querySelector("h4")?.textContent).toBe("The two effects apart");
    for (const one of [values, effects])
      expect([...(one?.querySelectorAll("thead th") ?? [])].map(({ textContent }) => textContent)).toEqual(["5 turns", "20 turns"]);
    const names = [...(effects?.querySelectorAll("tbody th") ?? [])].map(({ textContent }) => textContent);
    expect(names.slice(0, 2)).toEqual(["WebSocket ÷ SSE; only what is new", "WebSocket ÷ SSE; the whole context"]);
    expect(names.slice(-2)).toEqual(["interaction", "both at once"]);
    const { interaction } = report.scenarios.find(({ name }) => name === "tool-loop")!.factorial[1]!;
    const cells = [...(effects?.querySelectorAll("tbody tr") ?? [])].at(-2)?.querySelectorAll("td");
    expect(cells?.[1]?.textContent).toBe(formatRatioWithInterval(interaction));
    expect(renderMarkdown(results, report)).toContain(`| interaction | `);
  });

  it("marks only a deployment's figures as those of one clock", () => {
    const remote: Results = { ...results, options: { ...results.options, target: "https://a.example/" } };
    const page = renderHtml(remote, buildReport(remote));
    expect(page).toContain("Measured against a deployment.");
    const sections = [...parseHTML(page).document.querySelectorAll("section.scenario")];
    for (const section of sections) expect(section.querySelector(".notice") !== null).toBe(!section.textContent?.includes("Not measured:"));
    expect(page).not.toContain("through Miniflare");
    expect(renderMarkdown(remote, buildReport(remote))).toContain("Measured against a deployment.");
    expect(html).not.toContain("one clock can see");
  });

  it("says that a run resumed elsewhere has unlike parts, and what it did not reach", () => {
    const cut: Results = {
      ...results,
      status: "interrupted",
      resumed: [{ at: "2026-01-15T10:00:00.000Z", environment: { ...results.environment, kernel: "7.0.0" }, remeasured: 3 }],
      scenarios: results.scenarios.map((scenario) => (scenario.name === "uplink" ? { ...scenario, blocks: [] } : scenario)),
    };
    const page = renderHtml(cut, buildReport(cut));
    expect(page).toContain(
      "resumed at 2026-01-15T10:00:00.000Z. 3 blocks of incomplete pair groups were measured again. It resumed with another kernel",
    );
    expect(parseHTML(page).document.querySelector("#uplink")?.closest("section")?.textContent).toContain(
      "None of its blocks was finished: the run is interrupted.",
    );
  });

  it("draws the attempts and the return of a herd, and the memory of one more client", () => {
    const herd: Results = { ...results, scenarios: [makeHerd()] };
    const built = buildReport(herd);
    const { document } = parseHTML(renderHtml(herd, built));
    const names = [...document.querySelectorAll("svg > title")].map((title) => title.textContent);
    expect(names.filter((name) => name === "Attempts to connect after the cut")).toHaveLength(3);
    expect(names.filter((name) => name === "Clients reconnected after the cut")).toHaveLength(3);
    expect(names).toContain("resident bytes against clients");
    expect(document.querySelector("#herd")?.closest("section")?.textContent).toMatch(/resident bytes, for each one more[^]*SSE39\.\d KiB/);
    expect(renderMarkdown(herd, built)).toMatch(/\| SSE \| 74 ms \| 92 ms \| 94 ms \| 0 \|/);
  });
});
