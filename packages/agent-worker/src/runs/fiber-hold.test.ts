import { afterEach, expect, it, vi } from "vitest";
import { FiberHold } from "./fiber-hold.ts";

afterEach(() => void vi.useRealTimers());

function fixture(runFiber?: (work: () => Promise<void>) => Promise<void>) {
  const fibers = { begun: 0, alive: 0 };
  const told: unknown[] = [];
  const hold = new FiberHold(
    runFiber ??
      (async (work) => {
        fibers.begun += 1;
        fibers.alive += 1;
        await work();
        fibers.alive -= 1;
      }),
    (error) => told.push(error),
  );
  return { hold, fibers, told };
}

it("one fiber is kept for all runs that are alive together, and ends with the last of them", async () => {
  const { hold, fibers } = fixture();
  const runs = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const;
  const all = runs.map(({ promise }) => hold.during(() => promise));
  expect(fibers).toEqual({ begun: 1, alive: 1 });
  runs[0].resolve();
  await runs[0].promise;
  expect(fibers).toEqual({ begun: 1, alive: 1 });
  runs[1].resolve();
  await Promise.all(all);
  expect(fibers).toEqual({ begun: 1, alive: 0 });
  await hold.during(() => Promise.resolve());
  expect(fibers).toEqual({ begun: 2, alive: 0 });
});

it("a run goes on where no fiber can be kept, and that is told", async () => {
  const error = new Error("the root is away");
  const { hold, told } = fixture(() => Promise.reject(error));
  let done = false;
  await hold.during(async () => {
    await Promise.resolve();
    done = true;
  });
  expect([done, told]).toEqual([true, [error]]);
});

it("a run that fails holds nothing any longer", async () => {
  const { hold, fibers } = fixture();
  await expect(hold.during(() => Promise.reject(new Error("failed")))).rejects.toThrow("failed");
  await expect.poll(() => fibers.alive).toBe(0);
});

it("a fiber that could not be kept is tried again while a run is alive, and no longer", async () => {
  vi.useFakeTimers();
  let away = true;
  let kept = 0;
  const { hold, told } = fixture(async (work) => {
    if (away) throw new Error("the root is away");
    kept += 1;
    await work();
    kept -= 1;
  });
  const alive = Promise.withResolvers<void>();
  const held = hold.during(() => alive.promise);
  await vi.advanceTimersByTimeAsync(65_000);
  expect([told.length, kept]).toEqual([3, 0]);
  away = false;
  await vi.advanceTimersByTimeAsync(30_000);
  expect(kept).toBe(1);
  alive.resolve();
  await held;
  await vi.advanceTimersByTimeAsync(65_000);
  expect([told.length, kept]).toEqual([3, 0]);
});
