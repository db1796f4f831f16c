import { describe, expect, it } from "vitest";
import { addPeers } from "../../test/fixtures/peers.ts";
import { makeResults } from "../../test/fixtures/results.ts";
import { buildReport, renderHtml, renderMarkdown, renderTerminal } from "../report/index.ts";
import { reportSchema } from "../report/schema.ts";
import { analyse } from "./index.ts";

const RESAMPLES = { resamples: 200 };
const without = makeResults({ groups: 6 });

const withPeers = addPeers(without);

const report = buildReport(withPeers, RESAMPLES);
const connect = report.scenarios.find(({ name }) => name === "connect")!;
const [asked, notAsked] = connect.conditions;

describe("peers in an analysis", () => {
  it("are held against ours of the same transport, ours over theirs, with an interval and a verdict", () => {
    const slow = asked?.peers.comparisons.find(
      ({ arm, metric, quantile }) => arm === "slow" && metric === "firstEventMs" && quantile === 0.5,
    );
    expect(slow?.beside).toBe("sse");
    expect(slow?.groups).toBe(6);
    expect(slow?.effect?.ratio).toBeGreaterThan(0.45);
    expect(slow?.effect?.ratio).toBeLessThan(0.55);
    expect(slow?.effect?.interval.high).toBeLessThan(0.7);
    expect(slow?.effect?.difference).toBeLessThan(0);
    expect(slow?.verdict).toEqual({ kind: "lower", side: "ours" });
  });

  it("have their losses counted as theirs, and not among ours", () => {
    expect(asked?.peers.text.find(({ arm }) => arm === "slow")).toEqual({
      arm: "slow",
      label: "slow <peer>",
      blocks: 6,
      expected: 240,
      received: 198,
      lost: 42,
      repeated: 6,
      reordered: 0,
      faults: 6,
      unanswered: 6,
    });
    expect(report.answer.join(" ")).toMatch(/none was lost, repeated or reordered/);
  });

  it("change nothing that is said of the two transports", () => {
    const alone = analyse(without, RESAMPLES);
    const { scenarios, ...rest } = analyse(withPeers, RESAMPLES);
    const ofTransports = scenarios.map(({ conditions, contamination: _marks, ...scenario }) => ({
      ...scenario,
      conditions: conditions.map(({ peers: _peers, ...condition }) => condition),
    }));
    expect(ofTransports).toEqual(
      alone.scenarios.map(({ conditions, contamination: _marks, ...scenario }) => ({
        ...scenario,
        conditions: conditions.map(({ peers: _peers, ...condition }) => condition),
      })),
    );
    for (const part of ["answer", "claims", "control", "families", "integrity", "sensitivity"] as const)
      expect(rest[part]).toEqual(alone[part]);
  });

  it("say where they were not asked, and why", () => {
    expect(notAsked?.peers.notAsked).toEqual([{ arm: "choosy", label: "choosy", reason: "it has no such header." }]);
    expect(notAsked?.peers.comparisons.some(({ arm }) => arm === "choosy")).toBe(false);
  });

  it("stand in every form of the report, and in none of a run without them", () => {
    expect(reportSchema.safeParse(JSON.parse(JSON.stringify(report))).error).toBeUndefined();
    const html = renderHtml(withPeers, report);
    const markdown = renderMarkdown(withPeers, report);
    const terminal = renderTerminal(withPeers, report, { colour: false, width: 100 });
    expect(html).toContain("slow &lt;peer&gt;");
    for (const text of [html, markdown, terminal]) {
      expect(text).toContain("nothing new came after 6 of 6 faults");
      expect(text).toContain("ours ÷ peer (95 %)");
      expect(text).toContain("ours lower");
    }
    for (const text of [html, markdown]) expect(text).toContain("Not asked of choosy: it has no such header.");
    expect(markdown).toMatch(/slow \\<peer\\> \| 42 \| 6 \| 0 \| 240 \| 198 \| 6 \| 6 \| 6 \|/);
    const plain = buildReport(without, RESAMPLES);
    for (const text of [
      renderHtml(without, plain),
      renderMarkdown(without, plain),
      renderTerminal(without, plain, { colour: false, width: 100 }),
    ])
      expect(text).not.toMatch(/ours ÷ peer|what people use today/i);
  });
});
