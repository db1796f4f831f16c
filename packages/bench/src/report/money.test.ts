import { parseHTML } from "linkedom";
import { describe, expect, it, vi } from "vitest";
import { makeResults } from "../../test/fixtures/results.ts";
import { countedMoney } from "../cli/commands/counted-money.ts";
import { resultsSchema } from "../results/schema.ts";
import { buildReport, renderHtml, renderMarkdown, type Money } from "./index.ts";

const results = resultsSchema.parse(makeResults());
const report = buildReport(results);
const money: Money = {
  countedOn: "2026-11-29",
  pricesOf: "2026-11-25",
  sessions: [
    { title: "a chat", sse: 1.313, ws: 1.292 },
    { title: "a <minute>", sse: 3.711, ws: null },
  ],
  models: [
    { name: "gpt-4o", usd: 12.5 },
    { name: "gpt-6-luna", usd: 0.6 },
  ],
  tokens: 1_000,
};

describe("what it costs", () => {
  it("is a table of its own on the page, with what it is of, and beside the model's price", () => {
    const { document } = parseHTML(renderHtml(results, report, { money }));
    const section = document.querySelector("section.money");
    const cells = [...(section?.querySelectorAll("tbody tr") ?? [])].map((row) => [...row.children].map((cell) => cell.textContent));
    expect(cells).toEqual([
      ["a chat", "$1.31", "$1.29"],
      ["a <minute>", "$3.71", "–"],
    ]);
    expect(section?.textContent).toContain("1,000 answers of 1,000 tokens take $12.50 for gpt-4o and $0.60 for gpt-6-luna.");
    expect(section?.textContent).toContain("counted on 2026-11-29 on loopback, and not by this run; prices are of 2026-11-25.");
  });

  it("says the same in Markdown, and nothing where nobody has counted", () => {
    const markdown = renderMarkdown(results, report, { money });
    expect(markdown).toContain("## What it costs");
    expect(markdown).toContain("| a chat | $1.31 | $1.29 |");
    for (const text of [renderMarkdown(results, report), renderHtml(results, report)]) expect(text).not.toContain("What it costs");
  });

  it("is left out, and why is said, where the count cannot be read: the rest of a report does not need it", async () => {
    const said = vi.spyOn(console, "error").mockReturnValue();
    expect(await countedMoney("no/such/usage.json")).toBeNull();
    expect(said).toHaveBeenCalledWith(expect.stringMatching(/^The report does not say what sessions cost: .*no\/such\/usage\.json/));
    said.mockRestore();
  });

  it("is of the count that is committed, which has each session over each transport", async () => {
    const counted = await countedMoney();
    if (counted === null) throw new Error("The count cannot be read.");
    expect(counted.sessions.map(({ title }) => title)).toContain("a chat of 5 answers");
    for (const { sse, ws } of counted.sessions) {
      expect(sse).toBeGreaterThan(0);
      expect(ws).toBeGreaterThan(0);
    }
  });
});
