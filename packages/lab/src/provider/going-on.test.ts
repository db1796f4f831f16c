import { expect, it } from "vitest";
import { goingOn, lastWords } from "./going-on.ts";
import type { Reply } from "./reply.ts";

const words = ["one ", "two ", "three ", "four "];
const source = goingOn(words, 5);
const reply = (request: unknown): Reply => (typeof source === "function" ? source(request) : source);
const asked = (last: string): unknown => ({
  messages: [{ content: `Your answer was interrupted by a technical fault. Its last words are:\n\n${last}\n\nWrite these words again.` }],
});

it("writes all of its words, or those from its last ones on where it is asked to go on", () => {
  expect(reply({ messages: [{ content: "Hello" }] })).toEqual({ tokens: words, dueMs: [0, 5, 10, 15] });
  expect(reply(asked("two three")).tokens).toEqual(["two ", "three ", "four "]);
});

it("knows the last words in a request, and refuses those that it never wrote", () => {
  expect([lastWords(asked("two é")), lastWords({ messages: [] })]).toEqual(["two é", undefined]);
  expect(() => reply(asked("five"))).toThrow(/asked to go on from "five"/);
});
