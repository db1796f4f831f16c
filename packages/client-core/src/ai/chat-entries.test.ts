import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { TransportError } from "../errors/transport-error.ts";
import type { ItemStorage } from "../interface/client.ts";
import { GuardedStorage } from "../storage/guarded-storage.ts";
import { ChatEntries } from "./chat-entries.ts";

/** A storage whose answers come, and whose writes land, in whatever order the scheduler picks. */
class UnorderedStorage implements ItemStorage {
  readonly items = new Map<string, string>();
  readonly #scheduler: fc.Scheduler;

  constructor(scheduler: fc.Scheduler) {
    this.#scheduler = scheduler;
  }

  readonly getItem = (key: string): Promise<string | null> => this.#later(() => this.items.get(key) ?? null);
  readonly setItem = (key: string, value: string): Promise<unknown> => this.#later(() => this.items.set(key, value));
  readonly removeItem = (key: string): Promise<unknown> => this.#later(() => this.items.delete(key));

  #later<Answer>(act: () => Answer): Promise<Answer> {
    return this.#scheduler.schedule(Promise.resolve()).then(act);
  }
}

type Step = "answered" | "stopped" | "ended" | "looked at";

const steps = fc.array(fc.constantFrom<Step>("answered", "stopped", "ended", "looked at"), { minLength: 1, maxLength: 8 });

it("a chat's entry is what was said of it last, in whatever order its storage answers", async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), steps, async (scheduler, said) => {
      const storage = new UnorderedStorage(scheduler);
      const errors: unknown[] = [];
      const entries = new ChatEntries(new GuardedStorage(storage, "x", (error) => errors.push(error)));
      const done: Promise<unknown>[] = [];
      let start = 0;
      let expected: object | undefined;
      for (const step of said) {
        const run = `r${start}`;
        if (step === "answered") {
          start += 1;
          expected = { run: `r${start}` };
          done.push(entries.save("chat", { run: `r${start}` }, start));
        } else if (step === "stopped" && start > 0) {
          expected = { run, stopped: true };
          done.push(entries.save("chat", { run, stopped: true }, start));
        } else if (step === "ended") {
          expected = undefined;
          done.push(entries.remove("chat", run));
        } else done.push(entries.load("chat").then((entry) => entry?.run));
      }
      const looked = entries.load("chat");
      await scheduler.waitFor(Promise.all([...done, looked]));
      expect(errors).toEqual([]);
      const [text] = storage.items.values();
      expect(text === undefined ? undefined : JSON.parse(text)).toEqual(expected);
      expect((await looked)?.run).toEqual(expected && "run" in expected ? expected.run : undefined);
    }),
    { numRuns: 300 },
  );
});

it("an entry is written in the turn of the call where nothing is under way, because a page may be about to go", () => {
  const items = new Map<string, string>();
  const storage: ItemStorage = {
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => items.set(key, value),
    removeItem: (key) => items.delete(key),
  };
  void new ChatEntries(new GuardedStorage(storage, "x", () => undefined)).save("chat", { run: "r" }, 1);
  expect([...items.values()].map((text): unknown => JSON.parse(text))).toEqual([{ run: "r" }]);
});

describe("a storage that hangs is waited for no longer than five seconds, however much it is asked for:", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const never = (): Promise<never> => new Promise(() => undefined);
  const idle: ItemStorage = { getItem: () => null, setItem: () => undefined, removeItem: () => undefined };
  const entry = { run: "r" };

  it.each<[string, Partial<ItemStorage>, (entries: ChatEntries) => readonly Promise<unknown>[]]>([
    [
      "three loads and a write, of which no read is answered",
      { getItem: never },
      (entries) => [entries.load("chat"), entries.load("chat"), entries.load("chat"), entries.save("chat", entry, 1)],
    ],
    [
      "three writes and a load, of which no write is answered",
      { setItem: never },
      (entries) => [1, 2, 3].map((number) => entries.save("chat", entry, number)).concat(entries.load("chat").then(() => undefined)),
    ],
    [
      "an end, the next answer's write and a load, of which nothing is answered",
      { getItem: never, setItem: never },
      (entries) => [entries.remove("chat", "r"), entries.save("chat", entry, 1), entries.load("chat")],
    ],
  ])("%s", async (_what, hanging, act) => {
    const entries = new ChatEntries(new GuardedStorage({ ...idle, ...hanging }, "x", () => undefined));
    let over = 0;
    const asked = act(entries);
    for (const one of asked) void one.then(() => (over += 1));
    await vi.advanceTimersByTimeAsync(5_000);
    expect(over).toBe(asked.length);
  });

  it("a write goes out at once where nothing but reads is under way, and what is read behind it is read anew", async () => {
    const read = Promise.withResolvers<string | null>();
    const items = new Map<string, string>();
    const answers: (() => unknown)[] = [() => read.promise];
    const storage: ItemStorage = {
      ...idle,
      getItem: (key) => (answers.shift() ?? (() => items.get(key) ?? null))() as string | null,
      setItem: (key, value) => items.set(key, value),
    };
    const entries = new ChatEntries(new GuardedStorage(storage, "x", () => undefined));
    const before = entries.load("chat");
    const saved = entries.save("chat", entry, 1);
    expect(items.size).toBe(1);
    await saved;
    expect(await entries.load("chat")).toMatchObject(entry);
    read.resolve(null);
    expect(await before).toBeUndefined();
  });
});

describe("a storage that is slow", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  /** Each call lands, and is answered, after so many milliseconds; the last time holds for all that come then. */
  function slowStorage(...times: number[]) {
    const items = new Map<string, string>();
    const landed: string[] = [];
    const errors: TransportError[] = [];
    const later = <Answer>(act: () => Answer): Promise<Answer> =>
      new Promise((resolve) => setTimeout(() => resolve(act()), times.length > 1 ? times.shift() : times[0]));
    const storage: ItemStorage = {
      getItem: (key) => later(() => items.get(key) ?? null),
      setItem: (key, value) => later(() => (landed.push(value), items.set(key, value))),
      removeItem: (key) => later(() => (landed.push("nothing"), items.delete(key))),
    };
    const entries = new ChatEntries(new GuardedStorage(storage, "x", (error) => errors.push(error)));
    return { entries, landed: () => landed.map((text): unknown => (text === "nothing" ? text : JSON.parse(text))), errors };
  }

  it("of three seconds a call is read behind a write: nothing is lost, and nothing is told", async () => {
    const { entries, errors } = slowStorage(3_000);
    void entries.save("chat", { run: "r" }, 1);
    const loaded = entries.load("chat");
    await vi.advanceTimersByTimeAsync(6_000);
    expect(await loaded).toMatchObject({ run: "r" });
    expect(errors).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("is given up after five seconds by who reads behind many writes, and the application is told so once", async () => {
    const { entries, landed, errors } = slowStorage(3_000);
    const saved = [1, 2, 3].map((number) => entries.save("chat", { run: `r${number}`, stopped: number < 3 }, number));
    const loaded = entries.load("chat");
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await loaded).toBeUndefined();
    await Promise.all(saved);
    expect(errors.map(({ code, message }) => [code, message])).toEqual([
      ["storage_failed", "storage: it failed: No answer within 5000 ms. Without it, a reload resumes no run."],
    ]);
    await vi.advanceTimersByTimeAsync(1_000);
    // What an older start was to write is of no use any more.
    expect(landed()).toEqual([
      { run: "r1", stopped: true },
      { run: "r3", stopped: false },
    ]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each([6_000, 60_000])("keeps the order of its writes where one lands after %i ms, and nobody waits longer than five", async (ms) => {
    const { entries, landed, errors } = slowStorage(ms, 10);
    const older = entries.save("chat", { run: "r1", stopped: true }, 1);
    await vi.advanceTimersByTimeAsync(5_000);
    await older;
    const newer = entries.save("chat", { run: "r2" }, 2);
    await vi.advanceTimersByTimeAsync(Math.min(5_000, ms - 5_000 + 10));
    await newer;
    await vi.advanceTimersByTimeAsync(ms);
    expect(landed()).toEqual([{ run: "r1", stopped: true }, { run: "r2" }]);
    expect(errors.map(({ code }) => code)).toEqual(["storage_failed"]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("removes an entry behind a write that landed late", async () => {
    const { entries, landed } = slowStorage(8_000, 10);
    void entries.save("chat", { run: "r" }, 1);
    await vi.advanceTimersByTimeAsync(6_000);
    void entries.remove("chat", "r");
    await vi.advanceTimersByTimeAsync(3_000);
    expect(landed()).toEqual([{ run: "r" }, "nothing"]);
  });

  it("is told of again where it was there meanwhile", async () => {
    const { entries, errors } = slowStorage(6_000, 10, 6_000);
    for (const number of [1, 2, 3]) {
      void entries.save("chat", { run: `r${number}` }, number);
      await vi.advanceTimersByTimeAsync(7_000);
    }
    expect(errors).toHaveLength(2);
  });
});
