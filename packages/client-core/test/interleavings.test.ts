import { formatEventId, type RunChunk } from "@agent-transports/protocol";
import fc from "fast-check";
import { expect, inject, it } from "vitest";
import { FollowedRun, LostError, persist, TransportError, type Attempt, type Clock, type PageEvent, type RunEvent } from "../src/index.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** How many are tried: `pnpm soak` has more. */
    readonly interleavings: number;
  }
}

/** What one connection does after it was dialled. */
interface Script {
  /** Fails before it opens. */
  readonly refused: boolean;
  /** Begins so many events before the cursor. */
  readonly overlap: number;
  /** So many frames, each with one event. */
  readonly frames: number;
  /** Before the last frame one event is left out. */
  readonly gap: boolean;
  /** How it goes on: cut, silent for ever, or deaf: it goes on sending after it was given up. */
  readonly end: "cut" | "silent" | "deaf";
}

const script: fc.Arbitrary<Script> = fc.record({
  refused: fc.boolean(),
  overlap: fc.nat({ max: 3 }),
  frames: fc.nat({ max: 6 }),
  gap: fc.boolean(),
  end: fc.constantFrom("cut", "silent", "deaf"),
});

const pageEvents = fc.array(fc.constantFrom<PageEvent>("online", "offline", "hidden", "woken", "moved"), { maxLength: 4 });

/** Time goes by only with the timers: each fires when the scheduler picks it, early for nobody, and late for some. */
class World implements Clock {
  readonly #scheduler: fc.Scheduler;
  #now = 0;
  /** Timers that were ever set. */
  set = 0;
  /** Timers that run. */
  timers = 0;
  tell: (event: PageEvent) => void = () => undefined;
  watched = 0;
  readonly random = (): number => 0.5;

  constructor(scheduler: fc.Scheduler) {
    this.#scheduler = scheduler;
  }

  readonly now = (): number => this.#now;

  readonly after = (ms: number, then: () => void): (() => void) => {
    // Nothing spins.
    if ((this.set += 1) > 1_000) throw new Error("A thousand timers were set.");
    const due = this.#now + ms;
    let done = false;
    this.timers += 1;
    const finish = (): boolean => {
      if (done) return false;
      this.timers -= 1;
      return (done = true);
    };
    const fire = async (): Promise<void> => {
      await this.#scheduler.schedule(Promise.resolve(), `timer ${ms}`);
      if (!finish()) return;
      this.#now = Math.max(this.#now, due);
      then();
    };
    void fire();
    return () => void finish();
  };

  readonly watchPage = (tell: (event: PageEvent) => void): (() => void) => {
    this.tell = tell;
    this.watched += 1;
    return () => {
      this.watched -= 1;
      this.tell = () => undefined;
    };
  };
}

const EVENTS = 12;
const chunk = (seq: number): RunChunk =>
  seq === EVENTS
    ? { type: "data-run-end", data: { state: "finished" }, transient: true }
    : { type: "text-delta", id: "0", delta: String(seq) };

/** Connections to a server that has the whole run. */
class Wire {
  readonly #scheduler: fc.Scheduler;
  readonly #scripts: Script[];
  readonly run: FollowedRun;
  readonly alive = new Set<Attempt>();
  /** What may not be; thrown here it would be taken for a loss. */
  readonly faults: string[] = [];
  dialled = 0;

  constructor(scheduler: fc.Scheduler, scripts: readonly Script[], run: FollowedRun) {
    this.#scheduler = scheduler;
    this.#scripts = [...scripts];
    this.run = run;
  }

  async connect(attempt: Attempt): Promise<void> {
    if (this.run.stopped) this.faults.push("dialled for a run that is over");
    if (this.alive.size > 0) this.faults.push("dialled while another connection was there");
    this.alive.add(attempt);
    this.dialled += 1;
    attempt.signal.addEventListener("abort", () => this.alive.delete(attempt));
    try {
      await this.#talk(attempt, this.#scripts.shift());
    } finally {
      this.alive.delete(attempt);
    }
  }

  /** @param script absent once the faults are used up: the rest of the run is sent */
  async #talk(attempt: Attempt, script: Script | undefined): Promise<void> {
    const { run } = this;
    const deaf = script?.end === "deaf";
    run.connectionIs("connecting");
    await this.#next(attempt, "dial", deaf);
    if (script?.refused === true) throw new LostError("refused");
    attempt.opened(1_000);
    if (!attempt.signal.aborted) run.connectionIs("open");
    const cursor = Number(run.cursor?.split(".")[1] ?? 0);
    const first = Math.max(1, cursor + 1 - (script?.overlap ?? 0));
    const frames = Math.min(script?.frames ?? EVENTS, EVENTS - first + 1);
    for (let frame = 0; frame < frames; frame += 1) {
      await this.#next(attempt, "frame", deaf);
      const skip = script?.gap === true && frame === frames - 1 ? 1 : 0;
      const seq = first + frame + skip;
      if (seq > EVENTS) break;
      attempt.heard();
      const place = run.take(formatEventId("e", seq), chunk(seq));
      run.handOver();
      if (place === "next") attempt.progress();
      else if (place !== "seen") throw new LostError(place);
      if (run.stopped) return;
    }
    if (script?.end === "cut" || script === undefined) throw new LostError("cut");
    await new Promise((_, reject) => attempt.signal.addEventListener("abort", () => reject(attempt.signal.reason)));
  }

  async #next(attempt: Attempt, what: string, deaf: boolean): Promise<void> {
    await this.#scheduler.schedule(Promise.resolve(), what);
    if (!deaf) attempt.signal.throwIfAborted();
  }
}

it("delivers each event once, in order, on one connection at a time, and leaks nothing, in thousands of interleavings", async () => {
  const numRuns = inject("interleavings");
  const seen = new Map<string, number>();
  let dialled = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(script, { maxLength: 6 }),
      pageEvents,
      fc.option(fc.nat({ max: EVENTS }), { nil: undefined, freq: 3 }),
      fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined, freq: 3 }),
      fc.nat({ max: EVENTS - 1 }),
      async (scheduler, scripts, events, abortAfter, maxTries, from) => {
        const world = new World(scheduler);
        const abort = new AbortController();
        const stopped = new AbortController();
        let stops = 0;
        let wire!: Wire;
        const run: FollowedRun = new FollowedRun(
          (run) => ({
            begin() {
              wire = new Wire(scheduler, scripts, run);
              persist((attempt) => wire.connect(attempt), {
                settings: { retry: maxTries === undefined ? {} : { maxTries }, connectTimeoutMs: 10_000, heartbeatMs: 1_000 },
                signal: stopped.signal,
                clock: world,
                needed: () => !run.stopped,
                onWaiting: (attempt, delayMs, error) =>
                  run.connectionIs("waiting", { attempt, ...(delayMs !== undefined && { delayMs }), error }),
              }).catch((error: TransportError) => run.fail(error));
            },
            send: () => Promise.resolve(""),
            cancel: () => Promise.resolve(),
            stop(whole) {
              if (!whole) stopped.abort();
            },
          }),
          {
            id: "r",
            after: from === 0 ? undefined : `e.${from}`,
            signal: abort.signal,
            maxPendingInputs: 1,
            inputGraceMs: 1,
            onStop: () => (stops += 1),
          },
        );
        run.begin();
        // A page that is put away for good ends nothing: somebody looks at it in the end.
        const page = scheduler.scheduleSequence([
          ...events.map((event) => ({ label: event, builder: async () => world.tell(event) })),
          { label: "woken", builder: async () => world.tell("woken") },
        ]);
        const got: RunEvent[] = [];
        const reading = (async (): Promise<string> => {
          try {
            for await (const event of run) {
              got.push(event);
              expect(run.lastEventId).toBe(event.id);
              if (got.length === abortAfter) void scheduler.schedule(Promise.resolve(), "abort").then(() => abort.abort("enough"));
              await scheduler.schedule(Promise.resolve(), "application");
            }
            return "whole";
          } catch (error) {
            if (error instanceof TransportError) return error.code;
            throw error;
          }
        })();
        const outcome = await scheduler.waitFor(reading);
        await scheduler.waitFor(page.task);
        await scheduler.waitIdle();

        expect(got.map(({ id, data }) => ({ id, data }))).toEqual(
          Array.from(got, (_, index) => ({ id: `e.${from + index + 1}`, data: chunk(from + index + 1) })),
        );
        // Whichever came first, where several may.
        expect([
          ...(got.length === EVENTS - from ? ["whole"] : []),
          ...(abort.signal.aborted ? ["aborted"] : []),
          ...(maxTries === undefined ? [] : ["retries_exhausted"]),
        ]).toContain(outcome);
        expect(run.connection).toBe(run.cursor === `e.${EVENTS}` ? "ended" : "failed");
        expect(run.end).toEqual(got.length === EVENTS - from ? { state: "finished" } : undefined);
        expect(wire.faults).toEqual([]);
        expect(wire.alive.size).toBe(0);
        expect(stops).toBe(1);
        expect(world.timers).toBe(0);
        expect(world.watched).toBe(0);
        seen.set(outcome, (seen.get(outcome) ?? 0) + 1);
        dialled += wire.dialled;
      },
    ),
    { numRuns },
  );
  // What was to be interleaved did happen.
  for (const outcome of ["whole", "aborted", "retries_exhausted"]) expect(seen.get(outcome)).toBeGreaterThan(numRuns / 40);
  expect(dialled).toBeGreaterThan(numRuns * 2);
}, 240_000);
