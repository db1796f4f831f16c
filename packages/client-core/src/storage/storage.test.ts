import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { TransportError } from "../errors/transport-error.ts";
import type { ItemStorage } from "../interface/client.ts";
import { GuardedStorage } from "./guarded-storage.ts";
import { readSaved, SavedRun } from "./saved-run.ts";

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
    const saved = new SavedRun(new GuardedStorage(slow, "x", () => undefined), "answer", new Map());
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

describe("a page that may not look at its sessionStorage", () => {
  const before = Object.getOwnPropertyDescriptor(globalThis, "sessionStorage");
  afterEach(() => {
    if (before === undefined) Reflect.deleteProperty(globalThis, "sessionStorage");
    else Object.defineProperty(globalThis, "sessionStorage", before);
  });

  it("has memory instead, and is told once", async () => {
    const denied = new DOMException("The operation is insecure.", "SecurityError");
    Object.defineProperty(globalThis, "sessionStorage", {
      configurable: true,
      get() {
        throw denied;
      },
    });
    const errors: TransportError[] = [];
    const storage = new GuardedStorage(undefined, "x", (error) => errors.push(error));
    await storage.write("answer", { run: "r" });
    expect(await storage.read("answer")).toEqual({ run: "r" });
    await storage.write("answer", null);
    expect(await storage.read("answer")).toBeUndefined();
    expect(errors.map(({ code, cause }) => [code, cause])).toEqual([["storage_failed", denied]]);
  });
});

describe("the entry of a run", () => {
  /** Each answer comes when the test says so: the oldest first, or the newest. */
  function heldStorage(next: "shift" | "pop" = "shift") {
    const items = new Map<string, string>();
    const held: (() => void)[] = [];
    const later = <Answer>(act: () => Answer): Promise<Answer> => new Promise((resolve) => held.push(() => resolve(act())));
    const storage = new GuardedStorage(
      {
        getItem: (key) => items.get(key) ?? null,
        setItem: (key, value) => later(() => items.set(key, value)),
        removeItem: (key) => later(() => items.delete(key)),
      },
      "x",
      () => undefined,
    );
    const answer = async (): Promise<void> => {
      held[next]()?.();
      await vi.advanceTimersByTimeAsync(0);
    };
    return { storage, answer };
  }

  it("is written no more once another run has taken its name, whatever was to be written", async () => {
    const { storage, answer } = heldStorage();
    const names = new Map<string, SavedRun>();
    const older = new SavedRun(storage, "answer", names);
    older.put({ run: "older" });
    older.put(null);
    new SavedRun(storage, "answer", names).put({ run: "newer" });
    older.put({ run: "older", after: "e.2" });
    for (let answers = 0; answers < 4; answers += 1) await answer();
    expect(await readSaved(storage, "answer")).toEqual({ run: "newer" });
  });

  it("is that of the run that took its name last, also in a storage that keeps no order", async () => {
    const { storage, answer } = heldStorage("pop");
    const names = new Map<string, SavedRun>();
    for (const run of ["oldest", "older", "newer"]) new SavedRun(storage, "answer", names).put({ run });
    for (let answers = 0; answers < 4; answers += 1) await answer();
    expect(await readSaved(storage, "answer")).toEqual({ run: "newer" });
  });

  it("is written at once where the storage is not asynchronous, whoever had its name before", async () => {
    const items = new Map<string, string>();
    const storage = new GuardedStorage(
      { getItem: () => null, setItem: (key, value) => items.set(key, value), removeItem: (key) => items.delete(key) },
      "x",
      () => undefined,
    );
    const names = new Map<string, SavedRun>();
    for (const run of ["older", "newer"]) {
      new SavedRun(storage, "answer", names).put({ run });
      expect([...items.values()]).toEqual([JSON.stringify({ run })]);
      await vi.advanceTimersByTimeAsync(0);
    }
  });

  it("is let go of once it is removed, and not where another run has taken its name meanwhile", async () => {
    const { storage, answer } = heldStorage();
    const names = new Map<string, SavedRun>();
    const older = new SavedRun(storage, "answer", names);
    older.put({ run: "older" });
    older.put(null);
    const newer = new SavedRun(storage, "answer", names);
    for (let answers = 0; answers < 4; answers += 1) await answer();
    expect([...names]).toEqual([["answer", newer]]);
    newer.put(null);
    await answer();
    expect(names.size).toBe(0);
  });

  it("is removed for good", async () => {
    const { storage, answer } = heldStorage();
    const saved = new SavedRun(storage, "answer", new Map());
    saved.put({ run: "r" });
    saved.put(null);
    saved.put({ run: "r", after: "e.1" });
    for (let answers = 0; answers < 4; answers += 1) await answer();
    expect(await readSaved(storage, "answer")).toBeUndefined();
  });
});
