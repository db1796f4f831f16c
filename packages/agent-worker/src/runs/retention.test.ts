import { afterEach, describe, expect, it, vi } from "vitest";
import { TestSql } from "../../test/sql-storage.ts";
import { RunLog } from "./log.ts";
import { checkedRetention, DEFAULT_RETENTION, RunExpiry, standing, type Retention } from "./retention.ts";

const now = 10_000_000;
const at = now + 60_000;
const schedule = (seconds: number): { readonly time: number } => ({ time: now / 1_000 + seconds });
const [due, under, before, behind] = [schedule(-30), schedule(0), schedule(30), schedule(90)] as const;

it.each<[string, readonly { readonly time: number }[], boolean, readonly { readonly time: number }[]]>([
  ["none", [], false, []],
  ["one that comes before it", [before, behind], true, [before, behind]],
  ["only one that comes later, which is in the way", [behind], false, [behind]],
  ["one whose call may be under way", [due, under, behind], false, [behind]],
])("a sweep that is needed finds %s", (_what, schedules, comesInTime, later) => {
  expect(standing(schedules, at, now)).toEqual({ comesInTime, later });
});

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** An agent's log, and the alarm that its author's retention asks for. */
function expiring(given: Partial<Retention>) {
  const sql = new TestSql();
  const log = new RunLog(sql.storage);
  let wakesAt = Number.POSITIVE_INFINITY;
  const wakes: number[] = [];
  const retention = checkedRetention(given);
  let throwing = false;
  const expiry = new RunExpiry(
    log,
    () => {
      if (throwing) throw new Error("of the author's");
      return retention;
    },
    (time) => (wakesAt = Math.min(wakesAt, time)),
  );
  const wakeUntil = (time: number): void => {
    while (wakesAt <= time && wakes.length < 10_000) {
      wakes.push(wakesAt);
      wakesAt = expiry.sweep(wakesAt) ?? Number.POSITIVE_INFINITY;
    }
  };
  return {
    log,
    expiry,
    wakes,
    wakeUntil,
    /** From now on the author cannot say, or can again. */
    setThrowing: (throws: boolean) => void (throwing = throws),
    /** The alarm does not come: what was called by it has failed. */
    loseAlarm: () => void (wakesAt = Number.POSITIVE_INFINITY),
    /** A run with this key ends. */
    end: (key: string, at: number): void => {
      wakeUntil(at);
      const n = log.create({ id: `id-${key}`, epoch: "e", key, fingerprint: "f", chat: null, createdAt: at, subject: null });
      log.append(n, 1, ['{"type":"start"}']);
      log.end(n, "finished", null, at);
      expiry.ended(at);
    },
  };
}

const BY_COUNT = { maxRuns: 1, maxAgeMs: 365 * DAY_MS, tombstoneMs: 30 * DAY_MS };

describe("a run whose events were deleted", () => {
  it("before its time is forgotten in the time of a deleted one, however long others are kept", () => {
    const { log, end, wakes, wakeUntil } = expiring(BY_COUNT);
    end("a", 0);
    end("b", HOUR_MS);
    expect(log.byKey("a")?.run.goneAt).toBe(HOUR_MS);
    wakeUntil(30 * DAY_MS);
    expect([wakes, log.byKey("a")?.run.goneAt]).toEqual([[], HOUR_MS]);
    wakeUntil(32 * DAY_MS);
    expect([wakes.length, log.byKey("a"), log.byKey("b")?.run.goneAt]).toEqual([1, undefined, null]);
    wakeUntil(364 * DAY_MS);
    expect(wakes).toHaveLength(1);
    wakeUntil(400 * DAY_MS);
    expect([wakes.length, log.byKey("b")]).toEqual([3, undefined]);
  });

  it("to make room as the agent woke is forgotten in that time, too", () => {
    const { log, end, expiry, wakeUntil } = expiring({ ...BY_COUNT, maxRuns: 10 });
    end("a", 0);
    expiry.makeRoom(HOUR_MS);
    expiry.woke(HOUR_MS);
    expect(log.byKey("a")?.run.goneAt).toBe(HOUR_MS);
    wakeUntil(31 * DAY_MS);
    expect(log.byKey("a")).toBeUndefined();
  });

  it("by its age is forgotten in that time behind it, where a younger one is kept", () => {
    const { log, end, wakeUntil } = expiring({});
    end("a", 0);
    end("b", 36 * DAY_MS);
    expect(log.byKey("a")?.run.goneAt).toBe(7 * DAY_MS);
    wakeUntil(38.5 * DAY_MS);
    expect([log.byKey("a"), log.byKey("b")?.run.goneAt]).toEqual([undefined, null]);
  });
});

describe("where the clock was set back, the run that ended last", () => {
  it.each<[string, Partial<Retention>]>([
    ["count", { maxRuns: 2 }],
    ["bytes", { maxBytes: 0 }],
  ])("is none of those that are deleted by %s, whatever is said of those before", (_what, given) => {
    const { log, expiry, end } = expiring({ ...given, maxAgeMs: 365 * DAY_MS });
    for (const [n, key] of ["a", "b", "c"].entries()) end(key, DAY_MS + n);
    // The last two, a day before.
    end("d", 10 * HOUR_MS);
    end("e", 11 * HOUR_MS);
    expiry.woke(12 * HOUR_MS);
    expect(log.byKey("e")?.run.goneAt).toBeNull();
    expect(log.byKey("a")?.run.goneAt).not.toBeNull();
    expect(log.byKey("c")?.run.goneAt).not.toBeNull();
  });

  it("for a moment, deletes nothing that ended before, and keeps what ended then as long as those", () => {
    const { log, end, wakeUntil } = expiring({ maxAgeMs: 7 * DAY_MS });
    end("a", 40 * DAY_MS);
    end("b", 32 * DAY_MS);
    wakeUntil(40 * DAY_MS + HOUR_MS);
    expect(["a", "b"].map((key) => log.byKey(key)?.run.goneAt)).toEqual([null, null]);
    end("c", 41 * DAY_MS);
    wakeUntil(47.6 * DAY_MS);
    expect(["a", "b", "c"].map((key) => log.byKey(key)?.run.goneAt !== null)).toEqual([true, true, false]);
  });
});

describe("where the clock was ahead for a moment", () => {
  it.each<[string, number]>([
    ["ten years", 3_650 * DAY_MS],
    ["a month", 30 * DAY_MS],
    ["an hour", HOUR_MS],
  ])("by %s, what ends later is deleted by its age all the same, at the latest in twice its time", (_what, aheadMs) => {
    const { log, end, wakeUntil } = expiring({});
    end("ahead", aheadMs);
    const keys = Array.from({ length: 30 }, (_, day) => `day ${day + 1}`);
    const kept: number[] = [];
    for (const [day, key] of keys.entries()) {
      end(key, (day + 1) * DAY_MS);
      wakeUntil((day + 1) * DAY_MS);
      kept.push(log.countKept());
    }
    expect(Math.max(...kept)).toBeLessThanOrEqual(16);
    expect(log.byKey("day 30")?.run.endedAt).toBeLessThanOrEqual(31 * DAY_MS);
    wakeUntil(45 * DAY_MS);
    expect(["ahead", ...keys].filter((key) => log.byKey(key)?.run.goneAt === null)).toEqual([]);
    wakeUntil(90 * DAY_MS);
    expect(["ahead", ...keys].filter((key) => log.byKey(key) !== undefined)).toEqual([]);
  });

  it("what was deleted then is forgotten in its time", () => {
    const { log, end, wakeUntil } = expiring(BY_COUNT);
    end("a", 3_650 * DAY_MS);
    end("b", 3_650 * DAY_MS);
    expect(log.byKey("a")?.run.goneAt).toBe(3_650 * DAY_MS);
    end("c", DAY_MS);
    wakeUntil(70 * DAY_MS);
    expect(log.byKey("a")).toBeUndefined();
  });
});

describe("an agent whose retention() throws", () => {
  afterEach(() => void vi.restoreAllMocks());

  it("deletes nothing, is asked again an hour later, and deletes what is due once it can say", () => {
    vi.spyOn(console, "error").mockReturnValue();
    const { log, end, wakes, wakeUntil, setThrowing } = expiring({ maxAgeMs: DAY_MS });
    end("a", 0);
    setThrowing(true);
    wakeUntil(DAY_MS + 2.1 * HOUR_MS);
    expect(log.byKey("a")?.run.goneAt).toBeNull();
    const third = DAY_MS + HOUR_MS + (25 * HOUR_MS) / 24;
    expect(wakes).toEqual([DAY_MS, DAY_MS + HOUR_MS, third]);
    // Its alarm is not lost by a run that ends meanwhile, nor put off by it.
    end("b", DAY_MS + 2.6 * HOUR_MS);
    setThrowing(false);
    const fourth = third + third / 24;
    wakeUntil(fourth);
    expect([log.byKey("a")?.run.goneAt, log.byKey("b")?.run.goneAt]).toEqual([fourth, null]);
    wakeUntil(40 * DAY_MS);
    expect(log.byKey("a")).toBeUndefined();
  });

  it("is woken less and less often while nothing comes of it: after an hour at first, and once a day in the end", () => {
    vi.spyOn(console, "error").mockReturnValue();
    const { end, wakes, wakeUntil, setThrowing } = expiring({ maxAgeMs: HOUR_MS });
    setThrowing(true);
    end("a", 0);
    wakeUntil(365 * DAY_MS);
    const waits = wakes.map((time, index) => Math.round(time - (wakes[index - 1] ?? 0)));
    expect(waits.slice(0, 24)).toEqual(waits.slice(0, 24).map(() => HOUR_MS));
    expect(waits).toEqual(waits.toSorted((one, other) => one - other));
    expect(waits.at(-1)).toBe(DAY_MS);
    // A hundred until the run is 24 days old.
    expect(wakes.length).toBeLessThan(100 + 365 - 24 + 5);
  });

  it("is asked by the age of the oldest run or of the id that was deleted first, also where a clock that was set back says less", () => {
    vi.spyOn(console, "error").mockReturnValue();
    const { log, end, expiry, setThrowing } = expiring({ maxRuns: 1, maxAgeMs: 365 * DAY_MS, tombstoneMs: 365 * DAY_MS });
    end("a", 10 * DAY_MS);
    end("b", 12 * DAY_MS);
    expect(log.oldest()).toEqual({ endedAt: 12 * DAY_MS, goneAt: 12 * DAY_MS });
    setThrowing(true);
    expect(expiry.sweep(18 * DAY_MS)).toBe(18 * DAY_MS + 6 * HOUR_MS);
    expect(expiry.sweep(11 * DAY_MS)).toBe(11 * DAY_MS + HOUR_MS);
  });

  it("counts its runs all the same, and is woken no more once none is left", () => {
    vi.spyOn(console, "error").mockReturnValue();
    const { log, end, wakes, wakeUntil, setThrowing } = expiring({ ...BY_COUNT, maxRuns: 2, maxAgeMs: DAY_MS });
    setThrowing(true);
    for (const key of ["a", "b", "c"]) end(key, 0);
    expect(wakes).toEqual([]);
    setThrowing(false);
    end("d", 10);
    expect(["a", "b", "c", "d"].map((key) => log.byKey(key)?.run.goneAt)).toEqual([10, 10, null, null]);
    wakeUntil(60 * DAY_MS);
    expect(log.oldest()).toEqual({ endedAt: null, goneAt: null });
    setThrowing(true);
    const before = wakes.length;
    wakeUntil(600 * DAY_MS);
    expect(wakes).toHaveLength(before);
  });
});

it("an agent whose alarm was lost asks for another as its next run ends", () => {
  const { log, end, wakeUntil, loseAlarm } = expiring({});
  end("a", 0);
  loseAlarm();
  end("b", 8 * DAY_MS);
  wakeUntil(16 * DAY_MS);
  expect([log.byKey("a"), log.byKey("b")].map((known) => known?.run.goneAt)).toEqual([15 * DAY_MS, 15 * DAY_MS]);
});

it("an agent that keeps nothing and forgets at once is woken once a second at most", () => {
  const { end, wakes, wakeUntil } = expiring({ maxRuns: 0, tombstoneMs: 0 });
  for (let run = 0; run < 30; run++) end(`k${run}`, run * 100);
  wakeUntil(10_000);
  expect(wakes.length).toBeGreaterThan(0);
  expect(wakes.length).toBeLessThanOrEqual(4);
});

it.each<[string, Partial<Retention>, number, number]>([
  ["forgotten", BY_COUNT, 24, 30 * DAY_MS],
  ["deleted and forgotten", {}, 24, 7 * DAY_MS],
])(
  "an agent whose runs end each hour is woken for those that are %s, and no more often than its retention says",
  (_what, given, most, per) => {
    const { log, end, wakes } = expiring(given);
    const hours = 24 * 60;
    for (let hour = 0; hour < hours; hour++) end(`k${hour}`, hour * HOUR_MS);
    const late = wakes.filter((time) => time > hours * HOUR_MS - per);
    expect(late.length).toBeGreaterThan(most / 2);
    expect(late.length).toBeLessThanOrEqual(most + 1);
    // What is forgotten late is so by a 24th of its time, and by what the last wake-up was late.
    const { tombstoneMs } = { ...DEFAULT_RETENTION, ...given };
    const { goneAt } = log.oldest();
    expect((hours - 1) * HOUR_MS - goneAt!).toBeLessThanOrEqual(tombstoneMs * (1 + 1 / 24) + HOUR_MS);
  },
);

describe("a retention", () => {
  it("has its default for what its author leaves out, and may keep all or nothing", () => {
    expect(checkedRetention({ maxRuns: 3 })).toEqual({ ...DEFAULT_RETENTION, maxRuns: 3 });
    for (const all of [{ maxRuns: Number.POSITIVE_INFINITY }, { maxAgeMs: Number.POSITIVE_INFINITY }, { maxAgeMs: 0, tombstoneMs: 0 }])
      expect(checkedRetention(all)).toMatchObject(all);
  });

  it.each([
    ["maxAgeMs", Number.NaN],
    ["maxAgeMs", "7 days"],
    ["maxBytes", -1],
    ["tombstoneMs", undefined],
    ["maxRuns", 2.5],
  ])("whose %s is %j is misconfigured, by that name", (name, value) => {
    expect(() => checkedRetention({ [name]: value })).toThrow(`The retention's ${name} must be a`);
  });

  it("that seems to be in seconds is asked about on the console, and holds", () => {
    const warn = vi.spyOn(console, "warn").mockReturnValue();
    for (const ms of [DAY_MS, 90_000, 1_500, 3_600_000, 0, Number.POSITIVE_INFINITY]) checkedRetention({ maxAgeMs: ms, tombstoneMs: ms });
    expect(warn.mock.calls).toEqual([]);
    expect(checkedRetention({ maxAgeMs: 604_800, tombstoneMs: 2_592_000 })).toMatchObject({ maxAgeMs: 604_800, tombstoneMs: 2_592_000 });
    expect(warn.mock.calls).toEqual([
      ["The retention's maxAgeMs is 604800 ms, which is 604.8 s. Did you mean 604800000?"],
      ["The retention's tombstoneMs is 2592000 ms, which is 2592 s. Did you mean 2592000000?"],
    ]);
    warn.mockRestore();
  });
});
