import type { AnswerListener, ApplicationClient } from "@agent-transports/peers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ask } from "./ask.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const never = new Promise<void>(() => undefined);

/** A client that never says that its answer is over. @param texts when it shows each, in ms after the question */
function clientThatShows(texts: readonly number[]): ApplicationClient {
  return {
    ask(_prompt: string, listener: AnswerListener) {
      for (const [index, atMs] of texts.entries()) setTimeout(() => listener.onText(`t${index} `), atMs);
      return { opened: Promise.resolve(), ended: never };
    },
    close: () => undefined,
  };
}

/** Whether the answer of a model that has said all at once is over by these times, in ms after the question. */
async function overAt(texts: readonly number[], ...times: readonly number[]): Promise<boolean[]> {
  const provider = { whenFinished: () => Promise.resolve() };
  let isOver = false;
  const { over } = ask({ provider }, clientThatShows(texts), { id: "s", prompt: "" });
  void over.then(() => (isOver = true));
  const seen: boolean[] = [];
  let passed = 0;
  for (const time of times) {
    await vi.advanceTimersByTimeAsync(time - passed);
    passed = time;
    seen.push(isOver);
  }
  return seen;
}

describe("an answer whose client does not say that it is over", () => {
  it("is over when nothing is shown for 6 s after the model's last word", async () => {
    expect(await overAt([], 5_900, 6_100)).toEqual([false, true]);
  });

  it("is not over while a busy machine still shows text, however late", async () => {
    expect(await overAt([4_000, 9_000, 14_000], 6_100, 12_000, 19_900, 20_100)).toEqual([false, false, false, true]);
  });
});
