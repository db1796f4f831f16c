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

const ROW = "| a | b | c |\n";

/** Texts as models write them. */
const texts: Readonly<Record<string, string>> = {
  prose: ANSWER,
  markdown:
    "# Deploying\n\nFirst, *log in*:\n\n1. Run `npx wrangler login`.\n   - It opens a browser.\n   - Where there is none, set a token.\n2. Run `npx wrangler deploy`.\n\n" +
    '```ts\nexport default {\n  fetch() {\n    return new Response("hi");\n  },\n};\n```\n\nThat\'s all.\n',
  "a table of equal rows": `| x | y | z |\n|---|---|---|\n${ROW.repeat(30)}\nThat was all of it.`,
  "a matrix": `[\n${"  [0, 0, 0, 0, 0, 0, 0, 0],\n".repeat(20)}]\n`,
  Chinese:
    "持久对象是一个在世界上同一时间只存在于一个地方的小型服务器。它的状态保存在自己的数据库中,因此重启之后什么都不会丢失。".repeat(3) +
    "\n\n最后,请记得测试。",
  "a long address": `See https://example.com/${"abcdefghij".repeat(18)} for the whole of it, and nothing more.`,
  emoji: "Well done 😀😃😄 and more: " + "😀😁😂🤣".repeat(30) + " the end.",
  "right to left": "العامل هو دالة تجيب على طلب قريب ممن سأل. تبدأ في بضعة أجزاء من الألف من الثانية، لأنه لا توجد حاوية للإقلاع.".repeat(2),
  repetition: "no, ".repeat(60) + "yes.",
};

describe("a text that goes on", () => {
  it.each([
    [
      "that repeats the last words",
      "answers a request close to ",
      "answers a request close to whoever asked.",
      "answers a request close to whoever asked.",
    ],
    [
      "that repeats some of them",
      "A function answers a request close to ",
      "a request close to whoever asked.",
      "A function answers a request close to whoever asked.",
    ],
    ["that repeats all of a single word", "A", "A Worker", "A Worker"],
    ["behind white space of its own", "answers a request close", "\n\nanswers a request close to me", "answers a request close to me"],
    ["behind quotes and dots", "answers a request close", '"...answers a request close to me', "answers a request close to me"],
    ["with a large letter", "answers a request close", "Answers a request close to me", "answers a request close to me"],
    ["with other quotes and spaces", "it’s “here”  and", 'it\'s "here" and there', "it’s “here”  and there"],
    ["that repeats nothing, with its space", "A Worker is", " a function", "A Worker is a function"],
    ["that repeats nothing, without its space", "A Worker is", "a function", "A Worker is a function"],
    ["that repeats nothing, within a number", "It is 4", "2.", "It is 42."],
    ["that repeats nothing, where words have no spaces", "今天天气", "很好", "今天天气很好"],
    ["behind a line feed that comes again", "A list:\n", "A list:\n- one", "A list:\n- one"],
    ["with the indentation of its line", "def f():\n", "def f():\n    return 1", "def f():\n    return 1"],
    ["with the rest of an empty line", "It ends here.\n", "It ends here.\n\nSecond", "It ends here.\n\nSecond"],
    ["with a sign that stands by itself", "A Worker is a function", ", said he.", "A Worker is a function, said he."],
    ["whose overlap is short enough for chance", "A list of 1, 1, 1, ", "1, 1, 2", "A list of 1, 1, 1, 1, 1, 2"],
    ["that has nothing more to say", "It is over.", "", "It is over."],
    ["that begins anew, where the answer had only begun", "Yes, of", "No.", "Yes, of No."],
  ])("%s, is one text", (_what, said, more, whole) => {
    expect(joined(said, more)).toBe(whole);
    expect(joined(said, ...more.split(""))).toBe(whole);
  });

  it.each([
    ["starts over in other words", ANSWER, `${ANSWER.slice(0, 60)}quite another thing.`],
    ["misquotes what it was asked to repeat", ANSWER, `${anchorOf(ANSWER).slice(0, 50)}another thing, in other words.`],
    ["goes on from another place", ANSWER, "close to whoever asked. And then something else."],
  ])("is an error where it %s", (_what, said, more) => {
    expect(() => joined(said, more)).toThrow(StartedOverError);
    expect(() => joined(said, ...more.split(""))).toThrow(StartedOverError);
  });

  it.each(Object.entries(texts))(
    "of %s is the same wherever it was cut, in whatever pieces the model says it: from its last words, or from the beginning",
    (_what, text) => {
      const wrong: string[] = [];
      for (let cut = 1; cut < text.length; cut++) {
        const said = text.slice(0, cut);
        // What repeats itself does not show whether its end or its beginning comes again: it is taken for the end, as it was asked for.
        for (const from of [said.trimEnd().length - anchorOf(said).length, ...(/^no, |^持久/.test(text) ? [] : [0])]) {
          const size = 1 + (cut % 13);
          const pieces = text.slice(from).match(new RegExp(`[^]{1,${size}}`, "g")) ?? [];
          if (joined(said, ...pieces) !== text)
            wrong.push(`${from} ${JSON.stringify(said.slice(-40))}: ${JSON.stringify(joined(said, ...pieces).slice(cut - 20, cut + 60))}`);
        }
      }
      expect(wrong).toEqual([]);
    },
  );

  it("is the same for any words", () => {
    const word = fc.string({ unit: "grapheme", minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(fc.array(word, { minLength: 2, maxLength: 60 }), fc.nat(), (words, at) => {
        const text = words.join(" ");
        const characters = Array.from(text);
        const said = characters.slice(0, 1 + (at % (characters.length - 1))).join("");
        expect(joined(said, text.slice(said.trimEnd().length - anchorOf(said).length))).toBe(text);
      }),
      { numRuns: 2_000 },
    );
  });

  it("is held back only while it could be a repetition", () => {
    const join = new TextJoin("answers a request close to ");
    expect(join.add("answers a requ")).toBe("");
    expect(join.add("iem ")).toBe("answers a requiem ");
    expect(join.add("more")).toBe("more");
  });
});

describe("the anchor", () => {
  it("is the text's last words, whole", () => {
    expect(anchorOf("short \n")).toBe("short");
    expect(ANSWER.endsWith(anchorOf(ANSWER))).toBe(true);
    expect(anchorOf(ANSWER).length).toBeLessThanOrEqual(64);
    expect(anchorOf(ANSWER)).toMatch(/^in a few milliseconds/);
    expect(anchorOf("x".repeat(200))).toBe("x".repeat(64));
  });

  it("is long also where the last words are short, and never half a character", () => {
    for (const [, text] of Object.entries(texts)) {
      for (let cut = 130; cut < text.length; cut++) {
        const said = text.slice(0, cut);
        const anchor = anchorOf(said);
        expect(anchor.length).toBeGreaterThan(30);
        expect(isLow(anchor.charCodeAt(0))).toBe(false);
      }
    }
  });
});

const isLow = (unit: number): boolean => unit >= 0xdc00 && unit < 0xe000;
