import { expect, it, vi } from "vitest";
import { TransportError } from "../errors/transport-error.ts";
import { Opening } from "./opening.ts";

const refused = new TransportError({ code: "unauthorized", message: "Sign in." });

it("reports no rejection that nobody looks at", async () => {
  const unhandled = vi.fn();
  process.on("unhandledRejection", unhandled);
  void new Opening(() => Promise.reject(refused)).join(undefined);
  // Node tells of it once the microtasks are done.
  await new Promise((resolve) => setImmediate(resolve));
  process.off("unhandledRejection", unhandled);
  expect(unhandled).not.toHaveBeenCalled();
});

it("opens anew for each who comes after one was over", async () => {
  const outcomes = [Promise.reject(refused), Promise.resolve(), Promise.resolve()];
  const open = vi.fn(() => outcomes.shift()!);
  const opening = new Opening(open);
  await expect(opening.join(undefined)).rejects.toBe(refused);
  await opening.join(undefined);
  await opening.join(undefined);
  expect(open).toHaveBeenCalledTimes(3);
});

it("gives an attempt up with the last who waits for it, and lets who comes then begin another", async () => {
  const signals: AbortSignal[] = [];
  const opening = new Opening((signal) => {
    signals.push(signal);
    return new Promise((resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason));
      if (signals.length === 2) resolve();
    });
  });
  const abort = new AbortController();
  const first = opening.join(abort.signal);
  // As an application that asks again when it has heard of the abort.
  let second: Promise<void> | undefined;
  abort.signal.addEventListener("abort", () => (second = opening.join(undefined)));
  abort.abort("left");
  await expect(first).rejects.toMatchObject({ code: "aborted", message: "left" });
  await second;
  expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
});
