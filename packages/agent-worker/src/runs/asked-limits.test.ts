import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { misconfigured, RequestError } from "../wire/errors.ts";
import { DEFAULT_LIMITS, type Limits } from "../wire/limits.ts";
import { AskedLimits } from "./asked-limits.ts";

beforeEach(() => void vi.spyOn(console, "error").mockReturnValue());
afterEach(() => void vi.restoreAllMocks());

/** Limits of an author who says these, one after the other. */
function saying(...all: readonly (Partial<Limits> | Error)[]): AskedLimits {
  let next = 0;
  return new AskedLimits(() => {
    const one = all[Math.min(next++, all.length - 1)]!;
    if (one instanceof Error) throw one;
    return { ...DEFAULT_LIMITS, ...one };
  });
}

const failed = misconfigured("limits() of the agent's class has failed.");

it("limits are those that the author says now", () => {
  const limits = saying({ sockets: 1 }, { sockets: 2 }, { sockets: 3 });
  expect([limits.said().sockets, limits.standing().sockets, limits.said().sockets]).toEqual([1, 2, 3]);
});

it("where the author cannot say, those that were said last stand, and a start is refused", () => {
  const limits = saying({ sockets: 5, requestBytes: 8_000_000 }, failed);
  limits.said();
  expect(limits.standing()).toEqual({ ...DEFAULT_LIMITS, sockets: 5, requestBytes: 8_000_000 });
  expect(() => limits.said()).toThrow(failed);
});

it("what stands from a start, stands for all else, too, and the other way round", () => {
  const limits = saying({ sockets: 5 }, failed);
  expect([limits.standing().sockets, limits.standing().sockets]).toEqual([5, 5]);
});

it.each([
  ["misconfigured", failed, failed.message],
  [
    "another refusal",
    new RequestError({ code: "forbidden", message: "Nobody may." }),
    expect.stringContaining("limits() of the agent's class"),
  ],
])("where nothing was said before, the defaults stand, and what is beyond them is misconfigured: %s", (_what, error, message) => {
  const { unsaid, ...limits } = saying(error).standing();
  expect(limits).toEqual(DEFAULT_LIMITS);
  expect(unsaid?.body).toMatchObject({ code: "misconfigured", message });
});

it("once the author can say again, that holds", () => {
  const limits = saying(failed, { sockets: 5 }, failed);
  expect([limits.standing(), limits.standing(), limits.standing()].map(({ sockets, unsaid }) => [sockets, unsaid === undefined])).toEqual([
    [DEFAULT_LIMITS.sockets, false],
    [5, true],
    [5, true],
  ]);
});
