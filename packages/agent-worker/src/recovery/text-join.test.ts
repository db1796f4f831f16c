import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anchorOf, StartedOverError, TextJoin } from "./text-join.ts";

/** What a reader has, once the new text came in these pieces. */
function joined(said: string, ...deltas: readonly string[]): string {
  const join = new TextJoin(said);
  return said + deltas.map((delta) => join.add(delta)).join("") + join.end();
}

const ANSWER =
  "A Worker is a function that answers a request close to whoever asked. It starts in a few milliseconds, because there is no container to boot.";

describe("a text that goes on", () => {
  it.each([
    [
      "that repeats the last words",
      "answers a request close to ",
      "a request close to whoever asked.",
      "answers a request close to whoever asked.",
    ],
    ["that repeats them without their last space", "answers a request close to ", "request close to", "answers a request close to "],
    ["that repeats all of it", "A Worker is", "A Worker is a function.", "A Worker is a function."],
    ["that repeats all of a single word", "A", "A Worker", "A Worker"],
    ["behind white space of its own", "answers a request close", "\n\na request close to me", "answers a request close to me"],
    ["that repeats nothing, with its space", "A Worker is", " a function", "A Worker is a function"],
    ["that repeats nothing, without its space", "A Worker is", "a function", "A Worker is a function"],
    ["behind a line feed that was said already", "A list:\n", "\n- one", "A list:\n- one"],
    ["with a sign that stands by itself", "A Worker is a function", ", said he.", "A Worker is a function, said he."],
    ["whose overlap is short enough for chance", "1, 1, 1, ", "1, 1, 2", "1, 1, 1, 1, 1, 2"],
    ["whose overlap begins within a word", "a reformatted text", "formatted text is here", "a reformatted text formatted text is here"],
    ["that has nothing more to say", "It is over.", "", "It is over."],
    ["that begins anew, where the answer had only begun", "Yes, of", "No.", "Yes, of No."],
  ])("%s, is one text", (_what, said, more, whole) => {
    expect(joined(said, more)).toBe(whole);
    expect(joined(said, ...more.split(""))).toBe(whole);
  });

  it("is an error where it starts over in other words", () => {
    const other = ANSWER.slice(0, 60) + "quite another thing.";
    expect(() => joined(ANSWER, other)).toThrow(StartedOverError);
    expect(() => joined(ANSWER, ...other.split(""))).toThrow(StartedOverError);
  });

  it("is the same, wherever it was cut, however much is repeated, and in whatever pieces it comes", () => {
    const words = [...ANSWER.matchAll(/(?<=\s|^)\S/g)].map(({ index }) => index);
    fc.assert(
      fc.property(fc.nat(ANSWER.length), fc.nat(words.length - 1), fc.integer({ min: 1, max: 30 }), (cut, word, size) => {
        const said = ANSWER.slice(0, cut);
        // From the beginning, from the anchor, or from some word that lies far enough back.
        const starts = [0, said.lastIndexOf(anchorOf(said)), words[word] ?? 0].filter((at) => at === 0 || (at <= cut - 20 && at >= 0));
        for (const start of starts) {
          const pieces = ANSWER.slice(start).match(new RegExp(`[^]{1,${size}}`, "g")) ?? [];
          expect(joined(said, ...pieces)).toBe(ANSWER);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it("is held back only while it could be a repetition", () => {
    const join = new TextJoin("answers a request close to ");
    expect(join.add("a requ")).toBe("");
    expect(join.add("iem ")).toBe("a requiem ");
    expect(join.add("more")).toBe("more");
  });
});

it("the anchor is the text's last words, whole", () => {
  expect(anchorOf("short")).toBe("short");
  expect(ANSWER.endsWith(anchorOf(ANSWER))).toBe(true);
  expect(anchorOf(ANSWER).length).toBeLessThanOrEqual(120);
  expect(anchorOf(ANSWER)).toMatch(/^that answers/);
  expect(anchorOf("x".repeat(200))).toBe("x".repeat(120));
});
