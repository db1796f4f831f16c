import { APICallError } from "@ai-sdk/provider";
import { describe, expect, it } from "vitest";
import { failedBeforeAnswer, markPerhapsTaken, unlessUnreached } from "./unreached.ts";

const lost = (): Error => new Error("Network connection lost.");
const thrown = (error: Error, asksAgain: boolean): Promise<unknown> =>
  unlessUnreached(Promise.reject(error), asksAgain).catch((caught: unknown) => caught);

describe("a model that fails before it answers", () => {
  it("is asked again by the AI SDK where workerd says that the network was lost", async () => {
    const error = lost();
    const caught = await thrown(error, true);
    expect(APICallError.isInstance(caught) && [caught.isRetryable, caught.statusCode, caught.cause]).toEqual([true, undefined, error]);
    expect(failedBeforeAnswer(error)).toBe(true);
  });

  it.each([
    ["what takes an answer up again counts its own tries", lost(), false],
    ["a fault of its author's, whatever its words", new TypeError("Cannot read properties of undefined (reading 'stream')"), true],
    ["a socket of its author's", new Error("The socket is closed."), true],
    ["a limit of time", new DOMException("The network took too long.", "TimeoutError"), true],
  ])("is not asked again: %s", async (_why, error, asksAgain) => {
    expect(await thrown(error, asksAgain)).toBe(error);
    expect(failedBeforeAnswer(error)).toBe(true);
  });

  it("is not asked again where its provider may have taken the request, and goes on with it", async () => {
    const error = lost();
    markPerhapsTaken(error);
    expect(await thrown(error, true)).toBe(error);
  });
});
