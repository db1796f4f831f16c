import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nothing, type BilledUsage } from "./billed-usage.ts";
import type { MeasuredArm } from "./measured-arm.ts";
import { pricesSchema, publishedPrices, type Price } from "./prices.ts";
import { costOf, costOfSession, costTerms, modelCost, usageOfSession, type Session } from "./session-cost.ts";
import { chat, sessionsLike, variationsOf } from "./sessions.ts";

const usage = (some: Partial<BilledUsage>): BilledUsage => ({ ...nothing, ...some });

describe("what a usage costs", () => {
  // Each from the published price, by hand.
  it.each([
    ["rowsWritten", { rowsWritten: 205 }, 0.000205],
    ["rowsDeleted", { rowsDeleted: 25 }, 0.000025],
    // 20 s × 0.128 GB = 2.56 GB-s, at $12.50 a million.
    ["awake", { awakeMs: 20_000 }, 0.000032],
    // A month: 2,592,000 s × 0.128 GB = 331,776 GB-s.
    ["idle", { idleMs: 30 * 86_400_000 }, 4.1472],
    // One through the Worker, $0.30 a million, to the object, $0.15, and an alarm, $0.15.
    ["requests", { workerRequests: 1, objectRequests: 1, alarms: 1 }, 0.000_000_6],
    // 20 are one request.
    ["messages", { messages: 20 }, 0.000_000_15],
    ["rowsRead", { rowsRead: 1_000 }, 0.000_001],
    ["cpu", { workerCpuMs: 7 }, 0.000_000_14],
    // 10 kB for 7 days: 10^-5 GB × 7 ÷ 30 months × $0.20.
    ["storage", { byteDays: 70_000 }, 0.000_000_466_667],
  ] as const)("%s", (term, some, usd) => {
    const cost = costOf(usage(some), publishedPrices);
    expect(cost.terms[term]).toBeCloseTo(usd, 12);
    expect(cost.total).toBeCloseTo(usd, 12);
  });

  it("is the page's own example: 100 objects with 5,000 connections and a message a minute, awake for 8 hours a day", () => {
    const cost = costOf(usage({ objectRequests: 150_000, messages: 72_000_000, awakeMs: 86_400_000_000 }), publishedPrices);
    expect(cost.terms.requests + cost.terms.messages).toBeCloseTo((3_750_000 * 0.15) / 1e6, 9);
    expect(cost.terms.awake).toBeCloseTo((11_059_200 * 12.5) / 1e6, 9);
  });

  it("is the sum of its terms, and twice as much for twice the usage", () => {
    const any = fc.record(Object.fromEntries(Object.keys(nothing).map((name) => [name, fc.double({ min: 0, max: 1e9, noNaN: true })])));
    fc.assert(
      fc.property(any, (some) => {
        const [one, two] = [usage(some), usage(Object.fromEntries(Object.entries(some).map(([name, value]) => [name, 2 * value])))];
        const cost = costOf(one, publishedPrices);
        expect(cost.total).toBeCloseTo(
          costTerms.reduce((sum, term) => sum + cost.terms[term], 0),
          9,
        );
        expect(costOf(two, publishedPrices).total).toBeCloseTo(2 * cost.total, 6);
      }),
    );
  });
});

/** 10 rows of its own and a row a token at each rate; at 50 tokens/s also a request, and 20 s for 1,000 tokens. */
const arm: MeasuredArm = {
  id: "arm",
  label: "an arm",
  answers: [20, 50].flatMap((tokensPerSecond) =>
    [100, 1_000].map((tokens) => ({
      tokens,
      tokensPerSecond,
      usage: usage({ rowsWritten: 10 + tokens, objectRequests: 1, awakeMs: (tokens * 1_000) / tokensPerSecond, byteDays: tokens }),
    })),
  ),
  opening: usage({ rowsWritten: 40 }),
  sleeps: true,
  afterPause: usage({ rowsRead: 7 }),
  input: usage({ messages: 1, rowsWritten: 3 }),
};

const session = (some: Partial<Session>): Session => ({ ...chat, answers: 1, tokens: 100, firstTokenMs: 0, ...some });

describe("what a session takes", () => {
  it("is its opening once, and each answer with the model's wait", () => {
    const taken = usageOfSession(arm, session({ answers: 3, firstTokenMs: 500, thinkMs: 5_000 }));
    expect(taken).toMatchObject({ rowsWritten: 40 + 3 * 110, objectRequests: 3, awakeMs: 3 * 2_500, idleMs: 0, rowsRead: 0 });
  });

  it("has what an answer takes between two that were measured, and beyond them, on their line", () => {
    expect(usageOfSession(arm, session({ tokens: 550 })).rowsWritten).toBeCloseTo(40 + 560, 9);
    expect(usageOfSession(arm, session({ tokens: 2_000 })).rowsWritten).toBeCloseTo(40 + 2_010, 9);
    // Between rates it is the time that counts: a token each 1/32 s.
    expect(usageOfSession(arm, session({ tokens: 1_000, tokensPerSecond: 32 })).awakeMs).toBeCloseTo(31_250, 6);
  });

  it("pays for a pause only where the object cannot sleep; where it can, each later answer wakes it", () => {
    const paused = session({ answers: 5, thinkMs: 60_000, openMs: 1_000 });
    expect(usageOfSession(arm, paused)).toMatchObject({ idleMs: 0, rowsRead: 4 * 7 });
    expect(usageOfSession({ ...arm, sleeps: false }, paused)).toMatchObject({ idleMs: 4 * 60_000 + 1_000, rowsRead: 0 });
    // Too short to sleep: nothing wakes, and nothing is billed.
    expect(usageOfSession(arm, { ...paused, thinkMs: 5_000 })).toMatchObject({ idleMs: 0, rowsRead: 0 });
  });

  it("has inputs for as long as it is generated", () => {
    const taken = usageOfSession(arm, session({ answers: 2, tokens: 500, inputsPerSecond: 20 }));
    expect(taken.messages).toBeCloseTo(2 * 10 * 20, 9);
    expect(taken.rowsWritten).toBeCloseTo(40 + 2 * 510 + 3 * 400, 9);
    expect(() => usageOfSession({ ...arm, input: null }, session({ inputsPerSecond: 20 }))).toThrow(
      "an arm takes no inputs into a live answer.",
    );
  });

  it("keeps what it stored for as long as it is kept", () => {
    expect(usageOfSession(arm, session({ answers: 2, keptDays: 7 })).byteDays).toBe(2 * 100 * 7);
  });

  it("is not guessed where it goes faster or slower than anything that was measured", () => {
    for (const tokensPerSecond of [10, 51]) {
      expect(() => costOfSession(arm, session({ tokensPerSecond }), publishedPrices)).toThrow(/measured from 20 to 50 tokens\/s/);
    }
  });

  it("of an idle tab costs what a held stream is feared for: $4.61 for 100 of 8 hours", () => {
    const tab = session({ openMs: 8 * 3_600_000 });
    const held = costOfSession({ ...arm, sleeps: false }, tab, publishedPrices).total - costOfSession(arm, tab, publishedPrices).total;
    expect(100 * held).toBeCloseTo(4.608, 9);
  });
});

describe("the model", () => {
  it("is paid for what it reads and for what it writes", () => {
    const [gpt4o] = publishedPrices.models;
    // 1,000 × $2.50 and 1,000 × $10.00, each a million.
    expect(modelCost(gpt4o!, { answers: 1, tokens: 1_000 }, 1_000)).toBeCloseTo(0.0125, 12);
  });
});

describe("the published prices", () => {
  it("are a file that --prices takes", () => {
    expect(pricesSchema.parse(JSON.parse(JSON.stringify(publishedPrices)))).toEqual(publishedPrices);
  });

  it("name Cloudflare's page for each price of Cloudflare's", () => {
    const isPrice = (value: unknown): value is Price => typeof value === "object" && value !== null && "per" in value;
    const prices = Object.values(publishedPrices).filter(isPrice);
    expect(prices).toHaveLength(7);
    for (const { source } of prices) expect(source).toMatch(/^https:\/\/developers\.cloudflare\.com\/[a-z-]+\/platform\/pricing\/$/);
  });
});

describe("the sessions", () => {
  it("begin with the one that was asked for, which each variation has too", () => {
    expect(sessionsLike(chat)[0]?.session).toEqual(chat);
    for (const variations of variationsOf(chat)) expect(variations.map((one) => one.session)).toContainEqual(chat);
  });

  it("have a minute of voice at any rate", () => {
    const voice = sessionsLike({ ...chat, tokensPerSecond: 20 }).find(({ id }) => id === "voice")!.session;
    expect(voice.tokens / voice.tokensPerSecond).toBe(60);
  });
});
