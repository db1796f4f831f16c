import { afterEach, expect, it, vi } from "vitest";
import { callBack } from "./callback.ts";

afterEach(() => void vi.restoreAllMocks());

it("reports what an application's callback throws or rejects with, and continues", async () => {
  const shown = vi.spyOn(console, "error").mockImplementation(() => undefined);
  const errors = [new Error("thrown"), new Error("rejected"), new Error("of a thenable"), null];
  callBack(() => {
    throw errors[0];
  }, 1);
  callBack(async (given) => Promise.reject(given), errors[1]);
  callBack(
    () => ({
      // oxlint-disable-next-line unicorn/no-thenable -- that is what is tried
      then: () => {
        throw errors[2];
      },
    }),
    1,
  );
  callBack(() => {
    throw errors[3];
  }, 1);
  await new Promise((resolve) => setTimeout(resolve, 0));
  expect(new Set(shown.mock.calls.flat())).toEqual(new Set(errors));
});
