import { parseHTML } from "linkedom";
import { describe, expect, it } from "vitest";
import { resultsSchema, type Results } from "../results/schema.ts";
import { makeResults } from "../../test/fixtures/results.ts";
import { buildReport, renderHtml, renderMarkdown, renderTerminal } from "./index.ts";

const results: Results = resultsSchema.parse(makeResults());
const analysis = buildReport(results, { resamples: 100 });
const html = renderHtml(results, analysis);

describe("the report", () => {
  it("has the answer, a section for each scenario, and a table under its plots", () => {
    const { document } = parseHTML(html);
    expect(document.querySelector(".said")?.textContent).toContain(analysis.answer[0]);
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
    expect(renderHtml(results, buildReport(results, { resamples: 100 }))).toBe(html);
  });

  it("escapes what it did not write itself", () => {
    const hostile = "<script>alert(1)</script>|`*";
    const poisoned: Results = {
      ...results,
      options: { ...results.options, traffic: hostile },
      scenarios: results.scenarios.map((scenario) => ({ ...scenario, title: hostile })),
    };
    const page = renderHtml(poisoned, buildReport(poisoned, { resamples: 20 }));
    expect(page).not.toContain("<script");
    expect(renderMarkdown(poisoned, buildReport(poisoned, { resamples: 20 }))).not.toContain("<script>");
  });

  it("says the same in Markdown and on a terminal, in colour only where asked", () => {
    const markdown = renderMarkdown(results, analysis);
    for (const { title } of results.scenarios) expect(markdown).toContain(`## ${title}`);
    const plain = renderTerminal(results, analysis, { colour: false, width: 100 });
    expect(plain).not.toContain("\u001B[");
    expect(renderTerminal(results, analysis, { colour: true, width: 100 })).toContain("\u001B[");
    for (const { title } of results.scenarios) expect(plain).toContain(title);
  });
});
