import { parseHTML } from "linkedom";
import { describe, expect, it } from "vitest";
import { analyse } from "../analysis/index.ts";
import { resultsSchema, type Results } from "../results/schema.ts";
import { makeResults } from "../../test/fixtures/results.ts";
import { renderHtml, renderMarkdown, renderTerminal } from "./index.ts";

const results: Results = resultsSchema.parse(makeResults());
const analysis = analyse(results, { resamples: 100 });
const html = renderHtml(results, analysis);

describe("the report", () => {
  it("has the answer, a section for each scenario, and a table under its plots", () => {
    const { document } = parseHTML(html);
    expect(document.querySelector(".answer")?.textContent).toContain(analysis.answer[0]);
    for (const { name, title, notRun } of results.scenarios) {
      const section = document.querySelector(`#${name}`)?.closest("section");
      expect(section?.querySelector("h2")?.textContent).toBe(title);
      expect(section?.textContent).toContain(notRun ?? "");
      // One that was not run has its reason, and no figures.
      expect((section?.querySelectorAll("svg").length ?? 0) > 0).toBe(notRun === null);
      expect((section?.querySelectorAll("table").length ?? 0) > 0).toBe(notRun === null);
    }
  });

  it("names every plot for those who cannot see it", () => {
    const { document } = parseHTML(html);
    for (const svg of document.querySelectorAll("svg")) {
      expect(svg.querySelector("title")?.textContent).toBeTruthy();
      expect(svg.querySelector("desc")?.textContent).toBeTruthy();
    }
  });

  it("loads nothing and runs nothing", () => {
    expect(html).not.toMatch(/<script|<link|<img|@import|url\(|src=/i);
  });

  it("is the same for the same results", () => {
    expect(renderHtml(results, analyse(results, { resamples: 100 }))).toBe(html);
  });

  it("escapes what it did not write itself", () => {
    const hostile = "<script>alert(1)</script>|`*";
    const poisoned: Results = {
      ...results,
      options: { ...results.options, traffic: hostile },
      scenarios: results.scenarios.map((scenario) => ({ ...scenario, title: hostile })),
    };
    const page = renderHtml(poisoned, analyse(poisoned, { resamples: 20 }));
    expect(page).not.toContain("<script");
    expect(renderMarkdown(poisoned, analyse(poisoned, { resamples: 20 }))).not.toContain("<script>");
  });

  it("says the same in Markdown and on a terminal, in colour only where asked", () => {
    const markdown = renderMarkdown(results, analysis);
    for (const { title } of results.scenarios) expect(markdown).toContain(`## ${title}`);
    const plain = renderTerminal(results, analysis, { colour: false, width: 100 });
    expect(plain).not.toContain("\u001B[");
    expect(renderTerminal(results, analysis, { colour: true, width: 100 })).toContain("\u001B[");
    for (const { title } of results.scenarios) expect(plain).toContain(title);
  });

  it("says why a setting was not run, and shows no figures of it, wherever it shows the others", () => {
    const why = "not in this depth (--quick), but with --standard.";
    const without = structuredClone(results);
    const connect = without.scenarios.find(({ name }) => name === "connect")!;
    const left = connect.conditions[0]!;
    left.notRun = why;
    connect.blocks = connect.blocks.filter(({ condition }) => condition !== left.id);
    const analysed = analyse(resultsSchema.parse(without), { resamples: 100 });
    const scenario = analysed.scenarios.find(({ name }) => name === "connect")!;
    expect(scenario.conditions[0]?.comparisons).toEqual([]);
    expect(scenario.verdict.sentence).toContain(`Not run: ${left.label}.`);
    const { document } = parseHTML(renderHtml(without, analysed));
    const heading = [...document.querySelectorAll("h3")].find(({ textContent }) => textContent === left.label);
    expect(heading?.nextElementSibling?.textContent).toBe(`Not run: ${why}`);
    expect(document.querySelector("table")?.textContent).toContain(`${left.label}: not run: ${why}`);
    expect(renderMarkdown(without, analysed)).toContain("Not run: not in this depth");
    expect(renderTerminal(without, analysed, { colour: false, width: 100 })).toMatch(
      new RegExp(`${left.label}.*not run: not in this depth`),
    );
  });
});
