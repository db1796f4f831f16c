import { formatEventId, type RunChunk } from "@agent-transports/protocol";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  FollowedRun,
  LostError,
  persist,
  placeOf,
  retryDelayMs,
  TransportError,
  type Clock,
  type LinkSettings,
  type RunEvent,
} from "../src/index.ts";

describe("the position of an event", () => {
  it("delivers each event once and in order, whatever the server repeats or leaves out", () => {
    // Deliveries begin anywhere at or before the cursor, as after a reconnect, and may overlap; one that would skip is refused.
    fc.assert(
      fc.property(
        fc.array(fc.record({ from: fc.integer({ min: 1, max: 40 }), length: fc.integer({ min: 1, max: 12 }) }), { maxLength: 60 }),
        (sends) => {
          let last = 0;
          const delivered: number[] = [];
          for (const { from, length } of sends) {
            for (let seq = from; seq < from + length; seq++) {
              const place = placeOf(last === 0 ? undefined : "e", last, "e", seq);
              if (place === "gap") break; // The connection is given up there.
              if (place !== "next") continue;
              last = seq;
              delivered.push(seq);
            }
          }
          // A delivery that begins behind the next event adds nothing, and any other adds what it has beyond the last one.
          const most = sends.reduce((had, { from, length }) => (from > had + 1 ? had : Math.max(had, from + length - 1)), 0);
          expect(delivered).toEqual(Array.from({ length: most }, (_, index) => index + 1));
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it("rejects another epoch", () => {
    expect(placeOf("a", 3, "b", 4)).toBe("other_epoch");
  });
});

describe("the retry policy", () => {
  it("waits at least as long as the server asked, and at most its cap longer", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 1, max: 5_000 }),
        fc.integer({ min: 5_000, max: 60_000 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        fc.integer({ min: 0, max: 100_000 }),
        (attempt, baseMs, capMs, random, atLeastMs) => {
          const delayMs = retryDelayMs(attempt, { baseMs, capMs }, random, atLeastMs);
          expect(delayMs).toBeGreaterThanOrEqual(atLeastMs);
          expect(delayMs).toBeLessThanOrEqual(atLeastMs + capMs);
          expect(attempt > 1 || atLeastMs > 0 || delayMs < baseMs / 10).toBe(true);
        },
      ),
    );
  });
});

describe("trying until it works", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());
  const settings: LinkSettings = { retry: {}, connectTimeoutMs: 10_000, heartbeatMs: 1000 };
  const forever = new AbortController().signal;

  it("continues after losses, and stops at a final answer", async () => {
    let tries = 0;
    const working = persist(
      async () => {
        tries += 1;
        if (tries < 4) throw new LostError("lost");
        return "done";
      },
      { settings, signal: forever },
    );
    await vi.runAllTimersAsync();
    expect(await working).toBe("done");
    expect(vi.getTimerCount()).toBe(0);
    const final = new TransportError({ code: "forbidden", message: "No." }, { status: 403 });
    await expect(persist(() => Promise.reject(final), { settings, signal: forever })).rejects.toBe(final);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("ends its wait when it is aborted", async () => {
    const abort = new AbortController();
    const reason = new TransportError({ code: "aborted", message: "Enough." });
    const waiting = persist(() => Promise.reject(new LostError("lost", { atLeastMs: 60_000 })), { settings, signal: abort.signal });
    const outcome = waiting.then(
      () => "resolved",
      (error: unknown) => error,
    );
    await vi.advanceTimersByTimeAsync(10);
    abort.abort(reason);
    expect(await outcome).toBe(reason);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("tells no wait of less than nothing where its timer is late", async () => {
    const abort = new AbortController();
    let now = 0;
    const joined = new Promise<number>((resolve) => {
      const clock: Clock = { now: () => now, after: () => () => undefined, random: () => 0.5, watchPage: () => () => undefined };
      persist(() => Promise.reject(new LostError("lost")), {
        settings,
        signal: abort.signal,
        clock,
        onWaiting(_attempt, delayMs = 0, _error, join) {
          // Known behind this call.
          queueMicrotask(() => {
            now += delayMs + 1_000;
            resolve(join(false));
          });
        },
      }).catch(() => undefined);
    });
    expect(await joined).toBe(0);
    abort.abort(new TransportError({ code: "aborted", message: "Enough." }));
  });

  it("gives up a try that does not open in time, and ignores its later events", async () => {
    const signals: AbortSignal[] = [];
    const working = persist(
      (attempt) => {
        signals.push(attempt.signal);
        if (signals.length === 2) return Promise.resolve("second");
        // It hangs, takes no notice of its signal, and comes back when nobody waits for it.
        return new Promise<string>((resolve) => setTimeout(() => (attempt.opened(1000), resolve("first")), 60_000));
      },
      { settings, signal: forever },
    );
    await vi.advanceTimersByTimeAsync(70_000);
    expect(await working).toBe("second");
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
  });

  it("notices two periods of silence, but not while the application is slow", async () => {
    const losses: number[] = [];
    let now!: Parameters<Parameters<typeof persist>[0]>[0];
    const abort = new AbortController();
    const following = persist(
      (attempt) => {
        now = attempt;
        attempt.opened(1000);
        return new Promise(() => undefined);
      },
      { settings, signal: abort.signal, onWaiting: () => losses.push(Date.now()) },
    ).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(1500);
    now.heard();
    await vi.advanceTimersByTimeAsync(1500);
    expect(losses).toHaveLength(0);
    now.pause();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(losses).toHaveLength(0);
    now.heard();
    await vi.advanceTimersByTimeAsync(1_900);
    expect(losses).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(200);
    expect(losses).toHaveLength(1);
    abort.abort();
    await following;
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("a followed run", () => {
  const chunk: RunChunk = { type: "text-delta", id: "0", delta: "x" };
  const end: RunChunk = { type: "data-run-end", data: { state: "finished" }, transient: true };
  const make = (options = {}): { run: FollowedRun; stops: () => number } => {
    let stops = 0;
    const run = new FollowedRun(
      () => ({ begin: () => undefined, send: () => Promise.resolve(""), cancel: () => Promise.resolve(), stop: () => void (stops += 1) }),
      { id: "r", maxPendingInputs: 2, inputGraceMs: 1000, onStop: () => undefined, ...options },
    );
    return { run, stops: () => stops };
  };

  it("delivers in order under any interleaving of arrivals and reads", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.boolean(), { minLength: 1, maxLength: 60 }), async (steps) => {
        const { run, stops } = make();
        const events = run[Symbol.asyncIterator]();
        const reads: Promise<IteratorResult<RunEvent, undefined>>[] = [];
        let seq = 0;
        for (const arrives of steps) {
          if (arrives) run.take(formatEventId("e", (seq += 1)), chunk);
          else reads.push(events.next());
        }
        run.take(formatEventId("e", seq + 1), end);
        while (reads.length <= seq) reads.push(events.next());
        const got = (await Promise.all(reads)).flatMap(({ value }) => (value === undefined ? [] : [value.id]));
        expect(got).toEqual(Array.from({ length: seq + 1 }, (_, index) => `e.${index + 1}`));
        expect(await events.next()).toEqual({ done: true, value: undefined });
        expect(run.end).toEqual({ state: "finished" });
        expect(stops()).toBe(1);
      }),
      { numRuns: 500 },
    );
  });

  it("delivers batches in order, none of them empty, under any interleaving of arrivals, ends of reads and loops", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom("arrives", "read ends", "asks"), { maxLength: 60 }), async (steps) => {
        const { run, stops } = make();
        const batches = run.batches()[Symbol.asyncIterator]();
        const asked: ReturnType<typeof batches.next>[] = [];
        let seq = 0;
        for (const step of steps) {
          if (step === "arrives") run.take(formatEventId("e", (seq += 1)), chunk);
          else if (step === "read ends") run.handOver();
          else asked.push(batches.next());
        }
        run.take(formatEventId("e", seq + 1), end);
        while (asked.length <= seq + 1) asked.push(batches.next());
        const got = await Promise.all(asked);
        const values = got.flatMap((one) => (one.done === true ? [] : [one.value]));
        expect(values.flat().map(({ id }) => id)).toEqual(Array.from({ length: seq + 1 }, (_, index) => `e.${index + 1}`));
        expect(values.every(({ length }) => length > 0)).toBe(true);
        expect(got.at(-1)).toEqual({ done: true, value: undefined });
        expect([run.end, run.lastEventId, stops()]).toEqual([{ state: "finished" }, `e.${seq + 1}`, 1]);
      }),
      { numRuns: 500 },
    );
  });

  it("makes its writer wait until the application has taken everything", async () => {
    const { run } = make();
    expect(run.whenDrained()).toBeUndefined();
    run.take("e.1", chunk);
    const drained = run.whenDrained();
    expect(drained).toBeInstanceOf(Promise);
    await run[Symbol.asyncIterator]().next();
    await drained;
    expect(run.whenDrained()).toBeUndefined();
  });

  it("releases a long-lived signal when it is over", () => {
    const { signal } = new AbortController();
    const remove = vi.spyOn(signal, "removeEventListener");
    make({ signal }).run.fail(new TransportError({ code: "not_found", message: "No." }));
    expect(remove).toHaveBeenCalledOnce();
  });
});
