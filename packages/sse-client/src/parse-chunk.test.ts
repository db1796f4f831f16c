import { isChunk } from "@agent-transports/protocol";
import fc from "fast-check";
import { expect, it } from "vitest";
import { parseChunk } from "./connection.ts";

/** What a parser with nothing of ours says of it. */
function byJson(data: string): unknown {
  try {
    const chunk: unknown = JSON.parse(data);
    return isChunk(chunk) ? chunk : "unexpected_response";
  } catch {
    return "unexpected_response";
  }
}

function byUs(data: string): unknown {
  try {
    return parseChunk(data);
  } catch (error) {
    return error instanceof Error && "code" in error ? error.code : error;
  }
}

const piece = fc.oneof(
  fc.string({ unit: "binary", maxLength: 16 }),
  fc.constantFrom("\\n", '\\"', '"', "\\", "\\u0041", "\u0000", "\n", "\u001f", "\u007f", "\u2028", "\ud800", "}", '","x":"', "𝒳"),
);
const inside = fc.array(piece, { maxLength: 3 }).map((pieces) => pieces.join(""));

it("parses any token on its fast path as JSON.parse does", () => {
  const counts = { taken: 0, refused: 0 };
  fc.assert(
    fc.property(inside, inside, fc.constantFrom("", " ", ',"providerMetadata":{}', "}"), (id, delta, more) => {
      const data = `{"type":"text-delta","id":"${id}","delta":"${delta}"${more}}`;
      const expected = byJson(data);
      expect(byUs(data)).toEqual(expected);
      counts[typeof expected === "string" ? "refused" : "taken"] += 1;
    }),
    { numRuns: 20_000 },
  );
  // Of both kinds there was enough.
  expect(Math.min(counts.taken, counts.refused)).toBeGreaterThan(2_000);
});

it.each(["", "a", "twelve chars", "more than twelve characters", "a\u007fb"])("reads a token of %j", (delta) => {
  expect(parseChunk(JSON.stringify({ type: "text-delta", id: "0", delta }))).toEqual({ type: "text-delta", id: "0", delta });
});
