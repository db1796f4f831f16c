/** docs/cost.md says what its measurement says, and the prices that it is multiplied by. */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { costFigures, type CostFigures } from "../src/cost-measurements/cost-figures.ts";
import { costTables } from "../src/cost-measurements/cost-tables.ts";
import { loadUsage, type UsageFile } from "../src/cost-measurements/usage-file.ts";
import { publishedPrices } from "../src/cost/prices.ts";
import { chat } from "../src/cost/sessions.ts";
import { markdownTable } from "../src/rounds/print.ts";

const path = (file: string): string => fileURLToPath(new URL(`../../../${file}`, import.meta.url));

let page: string;
let usage: UsageFile;
let figures: CostFigures;
beforeAll(async () => {
  page = await readFile(path("docs/cost.md"), "utf8");
  usage = await loadUsage(path("reports/cost/usage.json"));
  figures = costFigures(usage.arms, { session: chat, inputTokens: 1_000, prices: publishedPrices });
});

describe("docs/cost.md", () => {
  it("has the tables that `bench cost --usage reports/cost/usage.json --markdown` prints", () => {
    for (const { title, head, rows } of costTables(figures)) expect(page).toContain(markdownTable(title, head, rows));
  });

  it("has each price with its unit, what is included, its page and its date", () => {
    const prices = Object.values(publishedPrices).filter((value) => typeof value === "object" && "per" in value);
    for (const { usd, per, unit, included, source } of prices) {
      const of = per === 1 ? unit : `million ${unit}`;
      expect(page).toMatch(new RegExp(`\\| \\$${usd} a ${of.replace(/s$/, "s?")} \\| ${(included / per).toLocaleString("en")}`));
      expect(page).toContain(source);
    }
    for (const { name, inputUsd, outputUsd, source } of publishedPrices.models) {
      expect(page).toContain(`| ${name} | $${inputUsd} and $${outputUsd} a million tokens |`);
      expect(page).toContain(source);
    }
    expect(page).toContain(publishedPrices.readOn);
  });

  it("says where and when it was counted", () => {
    expect(page).toContain(usage.startedAt.slice(0, 10));
    expect(usage.environment.dirty).toBe(false);
    expect(page).toContain(String(usage.environment.commit?.slice(0, 12)));
  });

  it("quotes figures that its measurement gives", () => {
    const arm = (id: string): CostFigures["arms"][number] => figures.arms.find((one) => one.id === id)!;
    const [sse, ws, held] = [arm("ours-sse"), arm("ours-ws"), arm("held")];
    expect(page).toContain(`$${sse.answers.total.toFixed(2)} over SSE and $${ws.answers.total.toFixed(2)} over WebSocket`);
    expect(page).toContain(`$${held.waiting.monthUsd.toFixed(2)} a month`);
    for (const { name, usd } of figures.models) expect(page).toContain(`$${usd.toFixed(2)} for ${name}`);
  });
});
