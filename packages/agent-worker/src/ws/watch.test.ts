import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { SocketWatch } from "./watch.ts";

const DAY_MS = 86_400_000;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

interface Watched {
  readonly watch: SocketWatch;
  readonly closed: string[];
  generating: boolean;
  pingedAt: number;
}

function watched(options: { readonly heartbeatMs?: number; readonly expiresInMs?: number }): Watched {
  const seen = { closed: [] as string[], generating: true, pingedAt: 0 };
  const watch = new SocketWatch({
    heartbeatMs: options.heartbeatMs,
    expiresAt: options.expiresInMs === undefined ? undefined : Date.now() + options.expiresInMs,
    lastPingAt: () => seen.pingedAt,
    generating: () => seen.generating,
    onSilent: () => seen.closed.push("silent"),
    onExpired: () => seen.closed.push("expired"),
  });
  return Object.assign(seen, { watch });
}

describe("a socket that follows a run", () => {
  it("is closed after two periods of silence, and when its credentials end", async () => {
    const silent = watched({ heartbeatMs: 1_000 });
    const expired = watched({ expiresInMs: DAY_MS * 3 });
    await vi.advanceTimersByTimeAsync(2_000);
    expect(silent.closed).toEqual(["silent"]);
    await vi.advanceTimersByTimeAsync(DAY_MS * 3);
    expect(expired.closed).toEqual(["expired"]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("is closed two periods after the time for which it announced a large frame, or after that frame", async () => {
    const [gone, sent] = [watched({ heartbeatMs: 1_000 }), watched({ heartbeatMs: 1_000 })];
    for (const { watch } of [gone, sent]) watch.busy(10_000);
    await vi.advanceTimersByTimeAsync(5_000);
    sent.watch.heard();
    await vi.advanceTimersByTimeAsync(1_999);
    expect(sent.closed).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(sent.closed).toEqual(["silent"]);
    await vi.advanceTimersByTimeAsync(4_999);
    expect(gone.closed).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(gone.closed).toEqual(["silent"]);
  });

  it("is not closed by a look that comes late, before what came meanwhile is read; one that stays silent is", async () => {
    const [pinging, silent] = [watched({ heartbeatMs: 1_000 }), watched({ heartbeatMs: 1_000 })];
    // The isolate is busy: the clock goes on, and no timer fires.
    vi.setSystemTime(Date.now() + 10_000);
    await vi.advanceTimersByTimeAsync(2_000);
    expect([pinging.closed, silent.closed]).toEqual([[], []]);
    pinging.watch.heard();
    await vi.advanceTimersByTimeAsync(1_000);
    expect([pinging.closed, silent.closed]).toEqual([[], ["silent"]]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(pinging.closed).toEqual(["silent"]);
  });

  it.each([
    ["an hour", 3_600_000],
    ["a second", 1_000],
  ])("is closed within four periods of silence, and not while it pings, where the clock was set back by %s", async (_what, backMs) => {
    const [silent, pinging] = [watched({ heartbeatMs: 1_000 }), watched({ heartbeatMs: 1_000 })];
    pinging.pingedAt = Date.now();
    silent.watch.busy(500);
    await vi.advanceTimersByTimeAsync(500);
    silent.pingedAt = Date.now();
    pinging.pingedAt = Date.now();
    vi.setSystemTime(Date.now() - backMs);
    for (let n = 0; n < 8; n++) {
      await vi.advanceTimersByTimeAsync(500);
      pinging.pingedAt = Date.now();
    }
    expect([silent.closed, pinging.closed]).toEqual([["silent"], []]);
    await vi.advanceTimersByTimeAsync(4_000);
    expect(pinging.closed).toEqual(["silent"]);
  });

  it("has no timer for its credentials once the run has ended", () => {
    const socket = watched({ expiresInMs: DAY_MS });
    expect(vi.getTimerCount()).toBe(1);
    socket.generating = false;
    socket.watch.reconsider();
    expect(vi.getTimerCount()).toBe(0);
  });

  it("is looked at once more when the run has ended: closed where it is silent, left alone where it pings", async () => {
    const [silent, pinging] = [watched({ heartbeatMs: 1_000 }), watched({ heartbeatMs: 1_000, expiresInMs: DAY_MS })];
    for (const socket of [silent, pinging]) {
      socket.generating = false;
      socket.watch.reconsider();
    }
    await vi.advanceTimersByTimeAsync(1_500);
    pinging.pingedAt = Date.now();
    await vi.advanceTimersByTimeAsync(500);
    expect([silent.closed, pinging.closed]).toEqual([["silent"], []]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("is watched again when another run begins", async () => {
    const socket = watched({ expiresInMs: DAY_MS });
    socket.generating = false;
    socket.watch.reconsider();
    socket.generating = true;
    socket.watch.reconsider();
    await vi.advanceTimersByTimeAsync(DAY_MS);
    expect(socket.closed).toEqual(["expired"]);
  });
});
