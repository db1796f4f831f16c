import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  agreedPeriodMs,
  begin,
  LostError,
  step,
  type Link,
  type LinkEffect,
  type LinkEvent,
  type LinkSettings,
  type PageEvent,
} from "./link.ts";

const settings: LinkSettings = { retry: {}, connectTimeoutMs: 10_000, heartbeatMs: 15_000 };
const lost = (atLeastMs = 0): LinkEvent => ({ type: "lost", error: new LostError("lost", { atLeastMs }) });
const opened: LinkEvent = { type: "opened", periodMs: 15_000 };
const tick: LinkEvent = { type: "tick" };
const heard = (at: number): Extract<LinkEvent, { readonly type: "heard" }> => ({ type: "heard", at });
const told = (type: PageEvent): LinkEvent => ({ type });

/** Steps through events, each at its time. */
function after(events: readonly (readonly [at: number, event: LinkEvent])[], given: LinkSettings = settings): [Link, LinkEffect[]] {
  let [link, ...effects] = begin(0, given);
  for (const [at, event] of events) {
    const [next, ...more] = step(link, event, at, 0.5, given);
    link = next;
    effects = [...effects, ...more];
  }
  return [link, effects];
}
const kinds = (effects: readonly LinkEffect[]): string[] => effects.map(({ type }) => type);

describe("a link", () => {
  it("keeps its invariants under any sequence of events", () => {
    const event = fc.oneof(
      fc.constantFrom<LinkEvent>(opened, { type: "progress" }, { type: "retry", ms: 700 }, { type: "period", ms: 5_000 }, tick, {
        type: "over",
      }),
      fc.constantFrom(0, 20_000).map((ms): LinkEvent => ({ type: "sending", ms })),
      fc.constantFrom(told("online"), told("offline"), told("hidden"), told("woken"), told("moved")),
      fc.integer({ min: 0, max: 5_000 }).map(lost),
      fc.integer({ min: 0, max: 1 }).map((): LinkEvent => ({ type: "heard", at: 0 })),
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 40_000 }), event, fc.double({ min: 0, max: 0.999, noNaN: true })), { maxLength: 40 }),
        fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
        (events, maxTries) => {
          const given: LinkSettings = { ...settings, retry: maxTries === undefined ? {} : { maxTries } };
          let now = 0;
          /** As the server asked with `retry:`. */
          let notBefore = 0;
          let [link] = begin(0, given);
          for (const [ms, event, random] of events) {
            now += ms;
            const before = link;
            const [next, ...effects] = step(link, event.type === "heard" ? { ...event, at: now } : event, now, random, given);
            link = next;
            const trying = before.phase === "open" || before.phase === "connecting";
            const allowed: Readonly<Record<LinkEffect["type"], boolean>> = {
              connect: !trying,
              disconnect: trying,
              waiting: trying,
              fail: link.phase === "over",
            };
            expect(effects.filter(({ type }) => before.phase === "over" || !allowed[type])).toEqual([]);
            expect(effects.some(({ type }) => type === "connect") && now < notBefore).toBe(false);
            if (trying && link.phase !== "open" && link.phase !== "connecting") notBefore = now + before.retryMs;
            // Nothing waits for ever, but what was put away, and what is over.
            expect(link.dueAt === Infinity).toBe(link.phase === "asleep" || link.phase === "over");
            expect(link.phase === "connecting" && before.phase !== "connecting").toBe(effects.some(({ type }) => type === "connect"));
            // The last one ends it.
            expect(link.failures).toBeLessThanOrEqual((maxTries ?? Infinity) - (link.phase === "over" ? 0 : 1));
            expect(before.phase !== "over" || link.phase === "over").toBe(true);
          }
        },
      ),
      { numRuns: 10_000 },
    );
  });

  it("tries at once after a loss, and waits longer after each try that did not work", () => {
    const [, effects] = after([
      [0, opened],
      [1, { type: "progress" }],
      [2, lost()],
      [50, tick],
      [51, lost()],
      [500, tick],
      [501, lost()],
    ]);
    expect(effects.map((effect) => (effect.type === "waiting" ? effect.delayMs : effect.type))).toEqual([
      "connect",
      25,
      "connect",
      250,
      "connect",
      500,
    ]);
  });

  describe("of a process that stood still", () => {
    const connecting: readonly (readonly [number, LinkEvent])[] = [];
    const open: readonly (readonly [number, LinkEvent])[] = [[0, opened]];

    it.each([
      ["an answer", connecting, 10_000, opened],
      ["what is heard", open, 30_000, heard(45_500)],
    ] as const)("reads what came meanwhile before it judges: %s", (_what, before, dueAt, came) => {
      const [late, none] = after([...before, [dueAt + 15_000, tick]]);
      expect([late.dueAt, kinds(none)]).toEqual([dueAt + 16_000, ["connect"]]);
      const [read, effects] = after([...before, [dueAt + 15_000, tick], [dueAt + 15_500, came], [dueAt + 16_000, tick]]);
      expect([read.phase, kinds(effects)]).toEqual(["open", ["connect"]]);
    });

    it.each([
      ["no answer", connecting, 10_000],
      ["silence", open, 30_000],
    ] as const)("judges where there is %s, once it has read, however late that is", (_what, before, dueAt) => {
      for (const lateMs of [0, 60_000]) {
        const [, effects] = after([...before, [dueAt + 15_000, tick], [dueAt + 16_000 + lateMs, tick]]);
        expect(kinds(effects)).toEqual(["connect", "disconnect", "waiting"]);
      }
    });

    it("has the time for it in full, whatever else happens meanwhile", () => {
      const [link] = after([...open, [45_000, tick], [45_100, { type: "retry", ms: 700 }], [45_200, { type: "heard", at: 0 }]]);
      expect(link.dueAt).toBe(46_000);
    });
  });

  it("resets the count of failures once a connection has worked, and gives up after maxTries in a row", () => {
    const given: LinkSettings = { ...settings, retry: { maxTries: 3 } };
    const failing: readonly (readonly [number, LinkEvent])[] = [
      [1, lost()],
      [2_000, tick],
      [2_001, lost()],
      [5_000, tick],
    ];
    expect(kinds(after([...failing, [5_001, lost()]], given)[1])).toContain("fail");
    const [link, effects] = after([...failing, [5_001, opened], [5_002, { type: "progress" }], [5_003, lost()]], given);
    expect(kinds(effects)).not.toContain("fail");
    expect(link).toMatchObject({ phase: "waiting", attempt: 1, failures: 0 });
    // So is a heartbeat, a period after it opened.
    expect(after([...failing, [5_001, opened], [20_001, heard(20_001)], [21_000, lost()]], given)[0]).toMatchObject({
      attempt: 1,
      failures: 0,
    });
  });

  describe("is not proven", () => {
    const ends: readonly (readonly [what: string, events: readonly (readonly [number, LinkEvent])[]])[] = [
      [
        "by headers or a handshake, and then silence",
        [
          [0, opened],
          [30_000, tick],
        ],
      ],
      [
        "by a connection that was cut after a long silence",
        [
          [0, opened],
          [29_000, lost()],
        ],
      ],
      [
        "by a heartbeat at once, and then a cut",
        [
          [0, opened],
          [100, heard(100)],
          [200, lost()],
        ],
      ],
      [
        "by a heartbeat at once, and then silence",
        [
          [0, opened],
          [100, heard(100)],
          [30_100, tick],
        ],
      ],
      [
        "by being opened twice, as a WebSocket is by its handshake and by hello",
        [
          [0, opened],
          [50, opened],
          [30_050, tick],
        ],
      ],
      [
        "by a pong while a request has no answer",
        [
          [0, opened],
          [16_000, { ...heard(16_000), proofAt: 0 }],
          [31_000, { ...heard(31_000), proofAt: 0 }],
          [61_000, tick],
        ],
      ],
      [
        "by what was sent again",
        [
          [0, opened],
          [10, heard(10)],
          [11, heard(11)],
          [12, lost()],
        ],
      ],
    ];
    it.each(ends)("%s", (_, one) => {
      const given: LinkSettings = { ...settings, retry: { maxTries: 3 } };
      let at = 0;
      let [link] = begin(0, given);
      const waits: number[] = [];
      for (let tries = 0; tries < 3; tries += 1) {
        expect(link.phase).toBe("connecting");
        let effects: LinkEffect[] = [];
        for (const [ms, event] of one) {
          const shifted =
            event.type === "heard"
              ? { ...event, at: at + event.at, ...(event.proofAt !== undefined && { proofAt: at + event.proofAt }) }
              : event;
          // Each silence makes the next one longer.
          const now = event.type === "tick" ? Math.max(at + ms, link.dueAt) : at + ms;
          [link, ...effects] = step(link, shifted, now, 0.5, given);
        }
        at = link.dueAt;
        for (const effect of effects) if (effect.type === "waiting") waits.push(link.attempt);
        if (link.phase === "waiting") [link] = step(link, tick, at, 0.5, given);
      }
      expect(waits).toEqual([1, 2]);
      expect(link.phase).toBe("over");
    });
  });

  it("has worked once something was heard a full heartbeat period after it opened, with the period that the server agreed to", () => {
    const short: LinkEvent = { type: "opened", periodMs: 1_000 };
    const failed: readonly (readonly [number, LinkEvent])[] = [
      [1, lost()],
      [50, tick],
    ];
    for (const [at, attempt] of [
      [1_049, 2],
      [1_050, 1],
    ] as const)
      expect(after([...failed, [50, short], [at, heard(at)], [1_100, lost()]])[0]).toMatchObject({ attempt });
  });

  it("limits a server's delays, so that they neither spin the link nor stop it for ever", () => {
    fc.assert(
      fc.property(fc.oneof(fc.double(), fc.constantFrom(NaN, Infinity, -Infinity, 0, -1, 1e-9, 3e9, 2 ** 31)), (number) => {
        for (const askedMs of [15_000, 1_000, 60_000]) {
          const periodMs = agreedPeriodMs(number, askedMs);
          expect(periodMs).toBeGreaterThanOrEqual(1_000);
          expect(periodMs).toBeLessThanOrEqual(60_000);
        }
        // An application that asks for less, as tests do, is agreed with.
        expect(agreedPeriodMs(40, 40)).toBe(40);
        expect(agreedPeriodMs(1, 40)).toBe(40);
        for (const waiting of [
          after([[0, lost(number)]]),
          after([
            [0, { type: "retry", ms: number }],
            [0, lost()],
          ]),
        ]) {
          const [link] = waiting;
          expect(link.dueAt).toBeGreaterThanOrEqual(0);
          expect(link.dueAt).toBeLessThanOrEqual(86_400_000 + 500);
          const [hurried] = step(link, told("online"), 1, 0.5, settings);
          expect(hurried.dueAt).toBeLessThanOrEqual(86_400_000 + 500);
        }
      }),
    );
  });

  it("gives up when no connection has worked within its time limit", () => {
    const given: LinkSettings = { ...settings, retry: { maxElapsedMs: 5_000 } };
    const [link, effects] = after(
      [
        [1, lost()],
        [2_000, tick],
        [4_990, lost()],
      ],
      given,
    );
    expect(link.phase).toBe("over");
    expect(effects.at(-1)).toMatchObject({ type: "fail", error: { code: "retries_exhausted" } });
    expect(
      kinds(
        after(
          [
            [1, lost()],
            [2_000, tick],
            [2_001, opened],
            [2_002, { type: "progress" }],
            [4_990, lost()],
          ],
          given,
        )[1],
      ),
    ).not.toContain("fail");
  });

  it("waits at least as long as `retry:` and `Retry-After` ask, even when the page becomes visible or the network is back", () => {
    expect(
      after([
        [0, opened],
        [1, { type: "retry", ms: 3_000 }],
        [10, lost()],
      ])[0].dueAt,
    ).toBeGreaterThanOrEqual(3_010);
    const busy = after([
      [0, lost(20_000)],
      [100, told("woken")],
    ])[0];
    expect(busy).toMatchObject({ phase: "waiting" });
    expect(busy.dueAt).toBeGreaterThanOrEqual(20_000);
    expect(
      after([
        [0, lost(20_000)],
        [50, told("offline")],
        [100, told("online")],
      ])[0].dueAt,
    ).toBeGreaterThanOrEqual(20_000);
    // Whatever ends the connection on which the server asked for it.
    const asked: readonly (readonly [number, LinkEvent])[] = [
      [0, opened],
      [1, { type: "retry", ms: 60_000 }],
    ];
    const page = (least: number, ...events: Parameters<typeof after>[0]): void => {
      const [link] = after([...asked, ...events]);
      expect(link).toMatchObject({ phase: "waiting", attempt: 1 });
      // A second look makes it no sooner.
      for (const { dueAt } of [link, step(link, { type: "woken" }, 16_000, 0, settings)[0]]) expect(dueAt).toBeGreaterThanOrEqual(least);
    };
    page(60_020, [10, told("offline")], [20, told("online")]);
    page(60_010, [10, told("hidden")], [20, told("woken")]);
    page(75_020, [15_020, told("woken")]);
  });

  it("pauses its tries while offline, and tries as soon as the network is back", () => {
    const away: readonly (readonly [number, LinkEvent])[] = [
      [0, opened],
      [10, told("offline")],
      [20, lost()],
    ];
    expect(after(away)[0].dueAt).toBeGreaterThanOrEqual(30_000);
    expect(after([...away, [500, told("online")]])[0].dueAt).toBeLessThanOrEqual(550);
  });

  it("reaches its number of tries, and its time, however often a page is looked at", () => {
    for (const retry of [{ maxTries: 3 }, { maxElapsedMs: 5_000 }]) {
      const given: LinkSettings = { ...settings, retry };
      const flapping = [0, 1, 2, 3].flatMap((n): [number, LinkEvent][] => [
        [n * 2_000, lost()],
        [n * 2_000 + 100, told("woken")],
        [n * 2_000 + 500, tick],
      ]);
      expect(kinds(after(flapping, given)[1])).toContain("fail");
    }
    // As often, while each try is still under way: its host swallows what comes.
    for (const retry of [{ maxTries: 3 }, { maxElapsedMs: 15_000 }]) {
      const given: LinkSettings = { ...settings, heartbeatMs: 5_000, retry };
      const flapping = [0, 1, 2, 3].flatMap((n): [number, LinkEvent][] => [
        [n * 7_000 + 6_000, told("woken")],
        [n * 7_000 + 6_900, tick],
      ]);
      expect(kinds(after(flapping, given)[1]).slice(-2)).toEqual(["disconnect", "fail"]);
    }
    // A connection that has worked is a new beginning, and so is a page that comes back for the time.
    const given: LinkSettings = { ...settings, retry: { maxTries: 2, maxElapsedMs: 5_000 } };
    const [link] = after(
      [
        [0, lost()],
        [100, tick],
        [200, opened],
        [300, { type: "progress" }],
        [400, told("hidden")],
        [3_600_000, told("woken")],
        [3_600_050, tick],
        [3_600_100, lost()],
      ],
      given,
    );
    expect(link).toMatchObject({ phase: "waiting", failures: 1 });
  });

  it("does not trust a connection from before the network was lost", () => {
    const [link, effects] = after([
      [0, opened],
      [10, told("offline")],
      [20, told("online")],
    ]);
    expect(kinds(effects)).toEqual(["connect", "disconnect", "waiting"]);
    expect(link.dueAt).toBeLessThanOrEqual(70);
    // Where there was none that went away there is nothing to distrust.
    expect(
      kinds(
        after([
          [0, opened],
          [20, told("online")],
        ])[1],
      ),
    ).toEqual(["connect"]);
  });

  it("does not trust a connection, or a try, of the network before", () => {
    for (const opening of [[], [[0, opened] as const]]) {
      const [link, effects] = after([...opening, [20, told("moved")]]);
      expect(kinds(effects)).toEqual(["connect", "disconnect", "waiting"]);
      expect(link.dueAt).toBeLessThanOrEqual(70);
    }
    // A try that waits is made at once, and not before its server allows it.
    const waits = [[0, lost()] as const, [10_000, told("moved")] as const];
    expect(after(waits)[0].dueAt).toBeLessThanOrEqual(10_050);
    expect(after([[0, lost(20_000)], waits[1]!])[0].dueAt).toBeGreaterThanOrEqual(20_000);
    // A page that was put away has no connection, whatever its network is.
    const [asleep, effects] = after([
      [0, opened],
      [10, told("hidden")],
      [20, told("moved")],
    ]);
    expect(asleep).toMatchObject({ phase: "asleep", dueAt: Infinity });
    expect(kinds(effects)).toEqual(["connect", "disconnect", "waiting"]);
  });

  it("disconnects at pagehide, and reconnects at once when the page is restored", () => {
    const [asleep, effects] = after([
      [0, opened],
      [10, told("hidden")],
    ]);
    expect(kinds(effects)).toEqual(["connect", "disconnect", "waiting"]);
    expect(asleep).toMatchObject({ phase: "asleep", dueAt: Infinity });
    expect(
      after([
        [0, opened],
        [10, told("hidden")],
        [3_600_000, told("online")],
      ])[0].phase,
    ).toBe("asleep");
    const [woken] = after([
      [0, opened],
      [10, told("hidden")],
      [3_600_000, told("woken")],
    ]);
    expect(woken.dueAt).toBeLessThanOrEqual(3_600_050);
  });

  describe.each(["online", "woken"] as const)("on %s", (type) => {
    const kindsAt = (...events: Parameters<typeof after>[0]): string[] => kinds(after(events)[1]);

    it("gives the next connection twice the time after a silence, until something new comes", () => {
      const silent = (patience: number): Link => {
        const [link] = after([[0, opened]]);
        const [lost] = step({ ...link, patience, dueAt: 30_000 }, tick, 30_000, 0, settings);
        const [trying] = step(lost, tick, lost.dueAt, 0, settings);
        return step(trying, opened, lost.dueAt, 0, settings)[0];
      };
      expect([1, 2, 4, 8].map((patience) => silent(patience).patience)).toEqual([2, 4, 8, 8]);
      const link = silent(1);
      expect(link.dueAt - link.heardAt).toBe(60_000);
      expect(step(link, { type: "progress" }, link.heardAt, 0, settings)[0].patience).toBe(1);
      // A connection that ends otherwise says nothing of the line.
      expect(step(after([[0, opened]])[0], lost(), 10, 0, settings)[0].patience).toBe(1);
    });

    it("goes by another period from when it is told on, and only while it is open", () => {
      const slower: LinkEvent = { type: "period", ms: 20_000 };
      const [link] = after([
        [0, opened],
        [10_000, slower],
      ]);
      expect(link).toMatchObject({ phase: "open", periodMs: 20_000, heardAt: 10_000, dueAt: 50_000 });
      expect(step(link, told("woken"), 29_000, 0, settings)[0].phase).toBe("open");
      expect(step(link, told("woken"), 31_000, 0, settings)[0].phase).toBe("waiting");
      const [back] = step(link, { type: "period", ms: 5_000 }, 29_000, 0, settings);
      expect(back).toMatchObject({ periodMs: 5_000, dueAt: 39_000 });
      expect(after([[10, slower]])[0]).toMatchObject({ phase: "connecting", periodMs: 15_000, dueAt: 10_000 });
    });

    it("gives up a connection that was silent for a heartbeat period, and keeps one that was not", () => {
      expect(kindsAt([0, opened], [15_500, told(type)])).toEqual(["connect", "disconnect", "waiting"]);
      expect(kindsAt([0, opened], [14_500, told(type)])).toEqual(["connect"]);
      expect(kindsAt([0, opened], [10_000, heard(10_000)], [24_500, told(type)])).toEqual(["connect"]);
    });

    it("gives up a connection or a try from before the network was lost", () => {
      expect(kindsAt([0, opened], [10, told("offline")], [20, told(type)])).toEqual(["connect", "disconnect", "waiting"]);
      expect(kindsAt([10, told("offline")], [20, told(type)])).toEqual(["connect", "disconnect", "waiting"]);
    });

    it("makes a waiting try at once", () => {
      const [link] = after([
        [0, lost()],
        [50, tick],
        [60, lost()],
        [70, told(type)],
      ]);
      expect(link.dueAt).toBeLessThanOrEqual(120);
    });
  });
});
