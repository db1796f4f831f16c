import { describe, expect, it } from "vitest";
import { UsageError } from "../errors.ts";
import { resultsSchema } from "../results/schema.ts";
import { makeResults } from "../../test/fixtures/results.ts";
import { buildReport, renderVerdicts, replaceVerdicts, verdictsIn } from "./index.ts";

const results = resultsSchema.parse(makeResults());
const verdicts = renderVerdicts(results, buildReport(results, { resamples: 200 }), "reports/a/results.json");

describe("the verdicts in a README", () => {
  it("are the four answers, the nine claims, and the first figure of every setting, with the file that they came from", () => {
    expect(verdicts).toMatch(/^\| Agent with many tools \| WebSocket \|/m);
    expect(verdicts.match(/^\| [1-9] \| /gm)).toHaveLength(9);
    expect(verdicts).toMatch(
      /^\| Sending while receiving: Round trip of an input p50, 10 sends\/s \| 2\.\d+ ms \| 0\.\d+ ms \| 0\.3\d \(.*\) \| WebSocket lower \|/m,
    );
    expect(verdicts).toContain("0 were lost, repeated or reordered");
    expect(verdicts).toContain("[reports/a/results.json](reports/a/results.json)");
  });

  it("take the place of what stood between the markers, and of nothing else", () => {
    const before = "# A\n\n<!-- verdicts:begin -->\nold\n<!-- verdicts:end -->\n\nafter $& $1\n";
    const after = replaceVerdicts(before, "reports/a/results.json", verdicts);
    expect(after).toBe(`# A\n\n<!-- verdicts:begin reports/a/results.json -->\n${verdicts}\n<!-- verdicts:end -->\n\nafter $& $1\n`);
    expect(verdictsIn(after)).toMatchObject({ file: "reports/a/results.json", text: verdicts });
    expect(replaceVerdicts(after, "reports/a/results.json", verdicts)).toBe(after);
    expect(() => replaceVerdicts("no markers", "x", verdicts)).toThrow(UsageError);
  });
});
