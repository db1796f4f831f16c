import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { begin, LostError, step, type Link, type LinkEffect, type LinkEvent, type LinkSettings } from "./index.ts";

const settings: LinkSettings = { retry: {}, connectTimeoutMs: 10_000, heartbeatMs: 15_000 };
const lost = (atLeastMs = 0): LinkEvent => ({ type: "lost", error: new LostError("lost", { atLeastMs }) });
const opened: LinkEvent = { type: "opened", periodMs: 15_000 };
const tick: LinkEvent = { type: "tick" };
const told = (type: "online" | "offline" | "hidden" | "woken"): LinkEvent => ({ type });

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
  it("keeps its rules under any sequence of events", () => {
    const event = fc.oneof(
      fc.constantFrom<LinkEvent>(opened, { type: "progress" }, { type: "retry", ms: 700 }, tick, { type: "over" }),
      fc.constantFrom(told("online"), told("offline"), told("hidden"), told("woken")),
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
            // Nothing waits for ever, but what was put away, and what is over.
            expect(link.dueAt === Infinity).toBe(link.phase === "asleep" || link.phase === "over");
            expect(link.phase === "connecting" && before.phase !== "connecting").toBe(effects.some(({ type }) => type === "connect"));
            expect(link.failures).toBeLessThan(maxTries ?? Infinity);
            expect(before.phase !== "over" || link.phase === "over").toBe(true);
          }
        },
      ),
      { numRuns: 10_000 },
    );
  });

  it("tries at once after a loss, and longer after each that proved nothing", () => {
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

  it("counts again from one once a connection has proven itself, and gives up after as many failures in a row as it may", () => {
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
    // Open for a heartbeat's period is proof too.
    expect(after([...failing, [5_001, opened], [20_001, lost()]], given)[0]).toMatchObject({ attempt: 1, failures: 0 });
  });

  it("gives up when no connection has proven itself for as long as it may take", () => {
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

  it("waits no less than `retry:` and `Retry-After` ask, also when the page is looked at or the network is back", () => {
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
  });

  it("holds its tries back without a network, and makes one as soon as it is back", () => {
    const away: readonly (readonly [number, LinkEvent])[] = [
      [0, opened],
      [10, told("offline")],
      [20, lost()],
    ];
    expect(after(away)[0].dueAt).toBeGreaterThanOrEqual(30_000);
    expect(after([...away, [500, told("online")]])[0].dueAt).toBeLessThanOrEqual(550);
  });

  it("does not trust a connection that outlived the network", () => {
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

  it("lets go when the page is put away, and comes back with it at once", () => {
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

  it("resumes at once when a frozen page wakes up that missed a heartbeat, and not when it missed none", () => {
    expect(
      kinds(
        after([
          [0, opened],
          [15_500, told("woken")],
        ])[1],
      ),
    ).toEqual(["connect", "disconnect", "waiting"]);
    expect(
      kinds(
        after([
          [0, opened],
          [14_500, told("woken")],
        ])[1],
      ),
    ).toEqual(["connect"]);
  });
});
