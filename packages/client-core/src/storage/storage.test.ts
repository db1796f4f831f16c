import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { TransportError } from "../errors/transport-error.ts";
import type { ItemStorage } from "../interface/client.ts";
import { GuardedStorage } from "./guarded-storage.ts";
import { SavedRun } from "./saved-run.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const never = (): Promise<never> => new Promise(() => undefined);

describe("a storage that hangs", () => {
  it("does not block reading: after five seconds it counts as empty, and the application is told why", async () => {
    const errors: TransportError[] = [];
    const storage = new GuardedStorage({ getItem: never, setItem: never, removeItem: never }, "x", (error) => errors.push(error));
    const read = storage.read("answer");
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await read).toBeUndefined();
    expect(errors.map(({ code }) => code)).toEqual(["storage_failed"]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("receives the newest state once it answers again", async () => {
    const written: string[] = [];
    const slow: ItemStorage = {
      getItem: () => null,
      setItem: (_, value) => (written.push(value) === 1 ? never() : undefined),
      removeItem: () => undefined,
    };
    const saved = new SavedRun(new GuardedStorage(slow, "x", () => undefined), "answer");
    for (const seq of [1, 2, 3]) saved.put({ run: "r", after: `e.${seq}` });
    await vi.advanceTimersByTimeAsync(5_000);
    expect(written.map((text) => JSON.parse(text).after)).toEqual(["e.1", "e.3"]);
  });

  it("causes no failure when the application's onError throws", async () => {
    const shown = vi.spyOn(console, "error").mockImplementation(() => undefined);
    const full: ItemStorage = {
      getItem: () => null,
      setItem: () => {
        throw new DOMException("Full.", "QuotaExceededError");
      },
      removeItem: () => undefined,
    };
    const fault = new Error("of onError");
    const storage = new GuardedStorage(full, "x", () => {
      throw fault;
    });
    await storage.write("answer", { run: "r" });
    expect(shown.mock.calls).toEqual([[fault]]);
  });
});
