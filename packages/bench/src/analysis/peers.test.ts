import { describe, expect, it } from "vitest";
import { makeResults } from "../../test/fixtures/results.ts";
import { buildReport, renderHtml, renderMarkdown, renderTerminal } from "../report/index.ts";
import { reportSchema } from "../report/schema.ts";
import { resultsSchema, type Block, type Results } from "../results/schema.ts";
import { analyse } from "./index.ts";

const RESAMPLES = { resamples: 200 };
const without = makeResults({ groups: 6 });

/** The same run with a peer beside SSE that takes twice as long and loses the tail of each answer, and one that is asked at one setting only. */
const withPeers: Results = resultsSchema.parse({
  ...without,
  options: { ...without.options, peers: true },
  scenarios: without.scenarios.map((scenario) => {
    if (scenario.name !== "connect") return scenario;
    const [first] = scenario.conditions;
    const notAsked = scenario.conditions.slice(1).map(({ id }) => ({ condition: id, reason: "it has no such header." }));
    const blocks = scenario.blocks.flatMap((block): Block[] => {
      const isLast = block.position === 4;
      if (!isLast) return [block];
      const ours = scenario.blocks.find((one) => one.condition === block.condition && one.pair === block.pair && one.arm === "sse");
      const samples = Object.fromEntries(Object.entries(ours?.samples ?? {}).map(([id, all]) => [id, all.map((value) => value * 2)]));
      const slow: Block = {
        ...block,
        arm: "slow",
        position: 5,
        samples,
        values: { faults: 1, unanswered: 1 },
        integrity: { expected: 40, received: 33, lost: 7, repeated: 1, reordered: 0 },
      };
      return [block, slow, ...(block.condition === first?.id ? [{ ...slow, arm: "choosy", position: 6 }] : [])];
    });
    return {
      ...scenario,
      arms: [
        ...scenario.arms,
        { id: "slow", label: "slow <peer>", peer: { beside: "sse", notAsked: [] } },
        { id: "choosy", label: "choosy", peer: { beside: "ws", notAsked } },
      ],
      blocks,
    };
  }),
});

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
      expect(text).toContain("ours ÷ peer (95 %)");
      expect(text).toContain("ours lower");
    }
    for (const text of [html, markdown]) expect(text).toContain("Not asked of choosy: it has no such header.");
    expect(markdown).toMatch(/slow \\<peer\\> \| 6 \| 240 \| 198 \| 42 \| 6 \| 0 \| 6 \| 6 \|/);
    const plain = buildReport(without, RESAMPLES);
    for (const text of [
      renderHtml(without, plain),
      renderMarkdown(without, plain),
      renderTerminal(without, plain, { colour: false, width: 100 }),
    ])
      expect(text).not.toMatch(/ours ÷ peer|what people use today/i);
  });
});
