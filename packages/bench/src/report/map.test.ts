import { parseHTML } from "linkedom";
import { describe, expect, it } from "vitest";
import { mapScenario } from "../../test/fixtures/map.ts";
import { makeResults } from "../../test/fixtures/results.ts";
import type { Results } from "../results/schema.ts";
import { buildReport, renderHtml, renderMarkdown, renderTerminal } from "./index.ts";
import { mapOf } from "../analysis/map.ts";
import { resolvePath } from "../raw/path.ts";
import { mapSection } from "./map.ts";
import { mapFile } from "./plots/map.ts";
import { arrivedWords, markedWords } from "./words/map.ts";

/** SSE is sooner by 300 ms at 5 % loss with six answers, WebSocket by 200 at 2 % with one, and elsewhere they are alike. */
const planted = mapScenario(({ lossPercent, answers }, arm, half) => {
  const late = arm === "ws" ? (lossPercent === 5 && answers === 6 ? 300 : 0) : lossPercent === 2 && answers === 1 ? 200 : 0;
  return (50 + late) * (1 + half / 100);
});
const base = makeResults({ groups: 3 });
const results: Results = { ...base, scenarios: [...base.scenarios, planted] };
const report = buildReport(results);
const map = report.map!;

describe("the map in a report", () => {
  const { document } = parseHTML(renderHtml(results, report));
  const section = document.querySelector("#map")?.closest("section");

  it("stands below the answer, with a panel for each number of answers, and says how many cells are whose", () => {
    expect(section?.previousElementSibling?.querySelector("#answer")).not.toBeNull();
    const inView = [...(section?.children ?? [])].filter(({ tagName }) => tagName !== "DETAILS");
    expect(inView.flatMap((element) => [...element.querySelectorAll("svg")])).toHaveLength(2);
    expect(section?.querySelector(".verdict")?.textContent).toBe(
      "Of 40 cells, a reader would notice that text comes sooner over SSE in 4, over WebSocket in 4, and over neither in 32; 0 are undecided.",
    );
    expect(section?.querySelector(".map-legend")?.textContent).toContain("undecided: this run cannot tell");
  });

  it("says what the shown figure is: a mean of blocks' p99s, and no p99 of all tokens", () => {
    expect(section?.querySelector(".caption")?.textContent).toContain("a cell shows the geometric mean of its blocks' p99s");
  });

  it("has a name and a description of each panel, and of each cell for whoever points at it", () => {
    const ids = [...(section?.querySelectorAll("svg") ?? [])].map((svg) => {
      expect(svg.querySelector("title")?.textContent).toContain("Which transport a reader would notice");
      expect(svg.querySelector("desc")?.textContent).toContain("20 ms round trip, 5 % loss");
      expect(svg.querySelectorAll("g > title")).toHaveLength(20);
      return svg.getAttribute("aria-labelledby");
    });
    expect(new Set(ids).size).toBe(4);
    expect(section?.querySelector("g > title")?.textContent).toMatch(/stalls above 100 ms and .* a minute/);
  });

  it("says the word and both figures in each cell, so that no colour is needed", () => {
    const texts = [...(section?.querySelectorAll("svg")[1]?.querySelectorAll("text") ?? [])].map(({ textContent }) => textContent);
    expect(texts).toContain("SSE");
    expect(texts).toContain("50 : 352");
    expect(texts.filter((text) => text === "neither")).toHaveLength(16);
  });

  it("has a table behind it with a row for each cell, in Markdown too", () => {
    expect(section?.querySelectorAll("details tbody tr")).toHaveLength(40);
    const markdown = renderMarkdown(results, report);
    expect(markdown.match(/^\| [16] \| \d+ ms \| [\d.]+ % \|/gm)).toHaveLength(40);
    expect(markdown).toMatch(/^\| 6 \| 20 ms \| 5 % \| 50\.2 ms \(0\) \| 352 ms \(12\) \| 50\.2 ms \(0\) .* SSE \|/m);
  });

  it("leads to each cell's samples, in HTML, Markdown and JSON", () => {
    const ofMap = report.sources.filter(({ scenario }) => scenario === "map");
    expect(ofMap.map(({ condition }) => condition)).toEqual(map.cells.map(({ condition }) => condition));
    const shown = [...(section?.querySelectorAll(".raw li code") ?? [])].map(({ textContent }) => textContent);
    expect(shown).toEqual(ofMap.map(({ path }) => path));
    const markdown = renderMarkdown(results, report);
    for (const { condition, path } of ofMap) {
      expect(markdown).toContain(`\`${path}\``);
      const blocks = planted.blocks.filter((block) => block.condition === condition);
      expect(resolvePath(results, path)).toEqual(blocks.map(({ samples }) => samples["lag"]));
    }
  });

  it("says beside the picture what was lost and what was disturbed, over which arm and with what result", () => {
    const said = section?.querySelector(".caption")?.textContent;
    expect(said).toContain("Of 240 events, 0 were lost, repeated or reordered. No block is marked as contaminated.");
    const [spoilt] = planted.blocks.filter(({ condition, arm }) => condition === "20-5-6" && arm === "ws");
    const blocks = planted.blocks.map((block) =>
      block === spoilt
        ? {
            ...block,
            integrity: { expected: 1, received: 1, lost: 0, repeated: 2, reordered: 0 },
            contamination: { ...block.contamination, marks: ["CPU time stolen"] },
          }
        : block,
    );
    const disturbed = mapOf([{ ...planted, blocks }], 1)!;
    expect(arrivedWords(disturbed)).toBe("Of 240 events, 2 were lost, repeated or reordered: 2 over WebSocket, HTTP/1.1.");
    expect(markedWords(disturbed, "usual")).toBe(
      "1 of 240 blocks is marked as contaminated. Without the halves that hold one, no cell would change.",
    );
    const allMarked = planted.blocks.map((block) => ({ ...block, contamination: { ...block.contamination, marks: ["CPU time stolen"] } }));
    expect(markedWords(mapOf([{ ...planted, blocks: allMarked }], 1)!, "usual")).toBe(
      "240 of 240 blocks are marked as contaminated. Without the halves that hold one, 40 cells would change, 40 of them to undecided.",
    );
  });

  it("is not among the scenarios, which have comparisons of their own", () => {
    expect(report.scenarios.map(({ name }) => name)).not.toContain("map");
    expect(renderTerminal(results, report, { colour: false, width: 100 })).not.toContain("5 % loss");
  });

  it("is nothing where a run has none", () => {
    const without = buildReport(base);
    expect(mapSection(without, "results.json")).toBe("");
    expect(renderHtml(base, without)).not.toContain('id="map"');
    expect(renderMarkdown(base, without)).not.toContain("a reader would notice");
  });
});

describe("the map in a file of its own", () => {
  const svg = mapFile(map, results.startedAt);

  it("has both panels and the legend, with colours for both themes, and loads nothing", () => {
    const { document } = parseHTML(`<!doctype html><body>${svg}</body>`);
    expect(document.querySelectorAll("svg")).toHaveLength(1);
    expect(document.querySelectorAll("g > title")).toHaveLength(40);
    expect(document.querySelector("svg > title")?.textContent).toContain("one answer and 6 answers at once");
    expect(svg).toContain("prefers-color-scheme:dark");
    expect(svg).toContain("undecided: this run cannot tell");
    expect(svg).not.toMatch(/<script|<image|@import|url\(|href=/i);
  });

  it("says of which run it is, because it is not of several, and what spoilt it, in lines that fit", () => {
    const { document } = parseHTML(`<!doctype html><body>${svg}</body>`);
    const lines = [...document.querySelectorAll("svg > text")].slice(-3).map(({ textContent }) => textContent ?? "");
    expect(lines.join(" ")).toContain(
      `Of one run, of ${results.startedAt.slice(0, 10)}. Of 240 events, 0 were lost, repeated or reordered. No block is marked as contaminated.`,
    );
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(72);
  });

  it("is as wide as a small screen, and the same for the same results", () => {
    expect(svg).toContain('viewBox="0 0 500 ');
    expect(mapFile(buildReport(results).map!, results.startedAt)).toBe(svg);
  });
});
