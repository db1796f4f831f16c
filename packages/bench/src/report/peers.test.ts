import { describe, expect, it } from "vitest";
import { addPeers } from "../../test/fixtures/peers.ts";
import { makeResults } from "../../test/fixtures/results.ts";
import { buildReport, renderHtml, renderMarkdown, renderTerminal } from "./index.ts";
import { reportSchema } from "./schema.ts";
import { answerSentences } from "./words/answer.ts";

const without = makeResults({ groups: 6 });
const withPeers = addPeers(without);
const report = buildReport(withPeers);

describe("peers in a report", () => {
  it("do not change the answer", () => {
    expect(answerSentences(report).join(" ")).toMatch(/none was lost, repeated or reordered/);
    expect(answerSentences(report)).toEqual(answerSentences(buildReport(without)));
  });

  it("appear in every form of the report, and in none for a run without peers", () => {
    expect(reportSchema.safeParse(JSON.parse(JSON.stringify(report))).error).toBeUndefined();
    const html = renderHtml(withPeers, report);
    const markdown = renderMarkdown(withPeers, report);
    const terminal = renderTerminal(withPeers, report, { colour: false, width: 100 });
    expect(html).toContain("slow &lt;peer&gt;");
    for (const text of [html, markdown, terminal]) {
      expect(text).toContain("no new token arrived after 6 of 6 faults");
      expect(text).toContain("ours ÷ peer (95 %)");
      expect(text).toContain("ours lower");
    }
    for (const text of [html, markdown]) expect(text).toContain("Not measured for choosy: it has no such header.");
    expect(markdown).toMatch(/slow \\<peer\\> \| 42 \| 6 \| 0 \| 240 \| 198 \| 6 \| 6 \| 6 \|/);
    const plain = buildReport(without);
    for (const text of [
      renderHtml(without, plain),
      renderMarkdown(without, plain),
      renderTerminal(without, plain, { colour: false, width: 100 }),
    ])
      expect(text).not.toMatch(/ours ÷ peer|what people use today/i);
  });
});
