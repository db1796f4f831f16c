import { describe, expect, it } from "vitest";
import { keepOpen } from "./keep-open.ts";

function kept(): { readonly one: { close(): Promise<void> }; readonly closed: () => number } {
  let closed = 0;
  return { one: { close: async () => void (closed += 1) }, closed: () => closed };
}

describe("what is kept open", () => {
  it("is closed with its keeper, but for what was closed before", async () => {
    const keeper = keepOpen("The place");
    const [first, second] = [kept(), kept()];
    for (const { one } of [first, second]) expect(await keeper.open(async () => one)).toBe(one);
    await keeper.close(first.one);
    await keeper.closeAll();
    expect([first.closed(), second.closed()]).toEqual([1, 1]);
  });

  it("is closed where it comes after its keeper was closed, and whoever waits is told", async () => {
    const keeper = keepOpen("The place");
    const late = kept();
    const { promise, resolve } = Promise.withResolvers<typeof late.one>();
    const opening = keeper.open(() => promise);
    await keeper.closeAll();
    resolve(late.one);
    await expect(opening).rejects.toThrow("The place was closed before this was open.");
    expect(late.closed()).toBe(1);
  });

  it("is not even begun after that", async () => {
    const keeper = keepOpen("The place");
    await keeper.closeAll();
    await expect(keeper.open(() => Promise.reject(new Error("begun")))).rejects.toThrow("was closed before");
  });
});
