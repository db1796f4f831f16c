/** A blackout that is made is where it says, and nowhere else. */
import { describe, expect, it } from "vitest";
import { needs } from "../../src/needs.ts";
import type { BlackoutKind, NetworkCounters, Window } from "../../src/network/index.ts";
import * as tools from "../../src/tools.ts";
import { datagrams, networks, settled, type Datagrams } from "./measure.ts";

const open = networks();
const COUNT = 500;
const BYTES = 200;
/** What a packet may wait until the mover has read it, on a busy machine. */
const READ_MS = 120;

/** Datagrams every millisecond, and in the midst of them a blackout of 200 ms. */
async function through(packets: BlackoutKind): Promise<{ flow: Datagrams; window: Window; down: NetworkCounters; lost: number[] }> {
  const network = await open({ down: { delayMs: 5, queueBytes: 1_000_000 } });
  const flow = await datagrams(network, "far");
  const sending = flow.send(COUNT, BYTES, 1);
  await expect.poll(() => flow.arrivals.length).toBeGreaterThan(100);
  const window = await network.blackout(200, { packets, direction: "down" });
  await sending;
  const down = await settled(network, "down", COUNT);
  await expect.poll(() => flow.arrivals.length).toBe(down.delivered);
  flow.close();
  const there = new Set(flow.arrivals.map(({ number }) => number));
  return { flow, window, down, lost: flow.sentAt.flatMap((_, number) => (there.has(number) ? [] : [number])) };
}

describe("a blackout", needs(tools.network), () => {
  it("drops one stretch of packets, those that come in it", async () => {
    const { flow, window, down, lost } = await through("dropped");
    expect(lost.length).toBe(down.dropped.blackout);
    expect(lost.length).toBeGreaterThan(10);
    expect(lost).toEqual(Array.from({ length: lost.length }, (_, index) => (lost[0] ?? 0) + index));
    expect(flow.sentAt[lost[0] ?? 0]).toBeGreaterThan(window.fromMs - READ_MS);
    expect(flow.sentAt[lost.at(-1) ?? 0]).toBeLessThan(window.toMs);
  });

  it("holds what comes in it until it is over, and loses none", async () => {
    const { flow, window, down, lost } = await through("held");
    expect(lost).toEqual([]);
    const held = flow.arrivals.filter(({ sentAt }) => sentAt >= window.fromMs && sentAt < window.toMs);
    expect(held.length).toBeGreaterThan(10);
    expect(held.filter(({ cameAt }) => cameAt < window.toMs)).toEqual([]);
    // The mover may read the last of them when the blackout is over.
    const surely = held.filter(({ sentAt }) => sentAt < window.toMs - READ_MS);
    expect(down.queueHighWaterBytes).toBeGreaterThanOrEqual(surely.length * BYTES);
    expect(flow.arrivals.map(({ number }) => number)).toEqual(flow.sentAt.map((_, number) => number));
  });
});
