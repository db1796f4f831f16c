import { describe, expect, it } from "vitest";
import { UsageError } from "../usage/errors.ts";
import { rawPath, resolvePath } from "./path.ts";

const root = {
  scenarios: [
    { name: "other", blocks: [] },
    {
      name: "it's",
      blocks: [
        { condition: "a", arm: "sse", samples: { "x y": [1, 2] }, values: { rate: 5 } },
        { condition: "a", arm: "ws", samples: { "x y": [3] }, values: {} },
        { condition: "b", arm: "sse", samples: { "x y": [4] }, values: { rate: 6 } },
      ],
    },
  ],
};

describe("a path to raw samples", () => {
  it("is an RFC 9535 JSONPath to the samples of one setting and arm", () => {
    const path = rawPath({ scenario: "it's", condition: "a", arm: "sse", kind: "samples", name: "x y" });
    expect(path).toBe(String.raw`$.scenarios[?@.name=='it\'s'].blocks[?@.condition=='a' && @.arm=='sse'].samples['x y']`);
    expect(resolvePath(root, path)).toEqual([[1, 2]]);
  });

  it("leads to every block when no setting or arm is named", () => {
    expect(resolvePath(root, rawPath({ scenario: "it's", kind: "samples", name: "x y" }))).toEqual([[1, 2], [3], [4]]);
    expect(resolvePath(root, rawPath({ scenario: "it's", kind: "values", name: "rate" }))).toEqual([5, 6]);
  });

  it("leads to nothing when its target does not exist", () => {
    expect(resolvePath(root, rawPath({ scenario: "none", kind: "samples", name: "x y" }))).toEqual([]);
    expect(resolvePath(root, "$.scenarios[*].constructor")).toEqual([]);
  });

  it.each(["scenarios", "$.scenarios[?@.name=it]", "$..name", "$.scenarios[0"])("is refused when it is invalid: %s", (path) => {
    expect(() => resolvePath(root, path)).toThrow(UsageError);
  });
});
