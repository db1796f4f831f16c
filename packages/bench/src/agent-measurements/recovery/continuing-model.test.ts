import { tokenText } from "@agent-transports/lab/provider";
import { describe, expect, it } from "vitest";
import { ContinuingModel, paidFor } from "./continuing-model.ts";

const tokens = Array.from({ length: 60 }, (_, index) => tokenText(index, () => 0));
const text = tokens.join("");
const upTo = (count: number): string => tokens.slice(0, count).join("");

function model(): { readonly ask: (request: unknown) => string; readonly made: ContinuingModel } {
  const made = new ContinuingModel(tokens, 50);
  return {
    made,
    ask(request) {
      if (typeof made.reply !== "function") throw new Error("The reply is made of the request.");
      return made.reply(request).tokens.join("");
    },
  };
}

const asks = { role: "user", content: "Say it all." };
const shows = (said: string): object => ({ role: "assistant", content: [{ type: "output_text", text: said }] });
const goOn = (words: string): object => ({
  role: "user",
  content: `It was interrupted. Its last words are:\n\n${words}\n\nWrite these words again, exactly, and go on with the answer from there.`,
});

describe("the scripted model that can be asked to go on", () => {
  it("begins its answer for a question, in either wire format", () => {
    const { ask, made } = model();
    expect(ask({ messages: [asks] })).toBe(text);
    expect(ask({ input: [{ role: "user", content: [{ type: "input_text", text: "Say it all." }] }] })).toBe(text);
    expect(made.asked).toEqual([1, 2].map(() => ({ from: 0, knew: 0, promptChars: 11 })));
  });

  it.each([1, 7, 59])("goes on right behind its own last message, of %i tokens", (count) => {
    const { ask, made } = model();
    expect(upTo(count) + ask({ messages: [asks, shows(upTo(count))] })).toBe(text);
    expect(made.asked).toEqual([{ from: count, knew: count, promptChars: 11 + upTo(count).length }]);
  });

  it("goes on within a token, and behind white space that was taken off", () => {
    const { ask } = model();
    const half = text.slice(0, upTo(20).length + 2);
    expect(half + ask({ messages: [asks, shows(half)] })).toBe(text);
    expect(upTo(20).trim() + ask({ messages: [asks, shows(upTo(20).trim())] })).toBe(text);
  });

  it("says its last words again where it is asked to, and goes on from there", () => {
    const { ask, made } = model();
    const words = tokens.slice(30, 40).join("").trim();
    const said = ask({ messages: [asks, shows(upTo(40)), goOn(words)] });
    expect(said).toBe(tokens.slice(30).join(""));
    expect(made.asked).toMatchObject([{ from: 30, knew: 40 }]);
  });

  it("goes on behind the last of its words that it knows, where it is shown others too", () => {
    const { ask } = model();
    expect(ask({ messages: [asks, shows(`${upTo(10)}and something else`)] })).toBe(tokens.slice(10).join(""));
  });

  it("says nothing more behind its whole answer", () => {
    expect(model().ask({ messages: [asks, shows(text)] })).toBe("");
  });
});

describe("what an answer cost", () => {
  const asked = [
    { from: 0, knew: 0, promptChars: 100 },
    { from: 5, knew: 8, promptChars: 41 },
  ];

  it("is the tokens that were generated twice, and the prompts behind the first", () => {
    expect(paidFor(asked, [10, 6])).toEqual({ tokensTwice: 5, promptTokensAgain: 11 });
  });

  it("is nothing more where it was asked for once, whole or not", () => {
    expect(paidFor(asked.slice(0, 1), [4])).toEqual({ tokensTwice: 0, promptTokensAgain: 0 });
  });
});
