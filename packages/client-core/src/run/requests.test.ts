import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Requests } from "./requests.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it("waits for the answer to a pending cancel when its run ends, so that the connection can be reused", async () => {
  const requests = new Requests(1_000);
  let signal: AbortSignal | undefined;
  let answer: () => void = () => undefined;
  const cancelled = requests.cancel((given) => {
    signal = given;
    return new Promise((resolve) => (answer = resolve));
  });
  requests.end();
  answer();
  await cancelled;
  await vi.advanceTimersByTimeAsync(2_000);
  expect(signal?.aborted).toBe(false);
  expect(vi.getTimerCount()).toBe(0);
});

it("resolves an unanswered cancel once its run has ended and the grace period is over", async () => {
  const requests = new Requests(1_000);
  let signal: AbortSignal | undefined;
  const cancelled = requests.cancel((given) => {
    signal = given;
    return new Promise((_, reject) => given.addEventListener("abort", () => reject(given.reason)));
  });
  requests.end();
  await vi.advanceTimersByTimeAsync(999);
  expect(signal?.aborted).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  await cancelled;
  expect(vi.getTimerCount()).toBe(0);
});

it("rejects with the error of a cancel that failed before its run ended", async () => {
  const requests = new Requests(1_000);
  await expect(requests.cancel(() => Promise.reject(new Error("refused")))).rejects.toThrow("refused");
});

it("resolves a cancel that is refused after its run ended", async () => {
  const requests = new Requests(1_000);
  let refuse: (reason: Error) => void = () => undefined;
  const cancelled = requests.cancel(() => new Promise((_, reject) => (refuse = reject)));
  requests.end();
  refuse(new Error("refused"));
  await cancelled;
  expect(vi.getTimerCount()).toBe(0);
});
