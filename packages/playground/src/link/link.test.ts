import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Link, type Fault } from "./link.ts";
import type { Wire } from "./wire.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }));
afterEach(() => void vi.useRealTimers());

interface Opened {
  readonly wire: Wire;
  readonly told: string[];
  /** Sends something down that is told when it arrives. */
  readonly down: (what: string, bytes?: number) => void;
}

function open(link: Link, port = link.port()): Opened {
  const told: string[] = [];
  const wire = port.open(() => told.push("broken"));
  if (wire === undefined) throw new Error("The link is offline.");
  return { wire, told, down: (what, bytes = 1) => wire.carry("down", bytes, () => told.push(what)) };
}

describe("a link", () => {
  it("passes everything at once, and counts the bytes of each client apart", () => {
    const link = new Link();
    const [port, other] = [link.port(), link.port()];
    const { told, down, wire } = open(link, port);
    down("a", 3);
    wire.carry("up", 5, () => told.push("up"));
    open(link, port).down("b", 2);
    open(link, other).down("c", 100);
    expect(told).toEqual(["a", "up"]);
    expect([port.bytes, other.bytes]).toEqual([
      { up: 5, down: 5 },
      { up: 0, down: 100 },
    ]);
  });

  it("breaks each connection when it is cut, once, and lets the next one open", () => {
    const link = new Link();
    const first = open(link);
    link.cut();
    first.down("late");
    link.cut();
    expect(first.told).toEqual(["broken"]);
    const second = open(link);
    second.down("a");
    expect(second.told).toEqual(["a"]);
  });

  it("lets none open while it is offline", () => {
    const link = new Link();
    const { told } = open(link);
    link.offline();
    expect(told).toEqual(["broken"]);
    expect(link.port().open(() => undefined)).toBeUndefined();
    link.online();
    expect(link.port().open(() => undefined)).toBeDefined();
  });

  it("says nothing any more on a connection that is half-open, not even that it broke", async () => {
    const link = new Link();
    const { wire, told, down } = open(link);
    link.slowDown({ roundTripMs: 100, bytesPerSecond: 1_000 });
    down("on its way");
    link.halfOpen();
    down("a");
    link.cut();
    await vi.advanceTimersByTimeAsync(60_000);
    expect({ told, silent: wire.silent }).toEqual({ told: [], silent: false });
    const next = open(link);
    next.down("b");
    await vi.advanceTimersByTimeAsync(60_000);
    expect(next.told).toEqual(["b"]);
  });

  it("holds everything in a tunnel, and brings it afterwards in order, also on a connection made meanwhile", async () => {
    const link = new Link();
    const first = open(link);
    link.tunnel(10_000);
    const second = open(link);
    for (const what of ["a", "b"]) first.down(what);
    second.down("c");
    await vi.advanceTimersByTimeAsync(9_999);
    expect([first.told, second.told]).toEqual([[], []]);
    await vi.advanceTimersByTimeAsync(1);
    expect([first.told, second.told]).toEqual([["a", "b"], ["c"]]);
  });

  it("brings things later and slower when it is slow, and its connections share the rate", async () => {
    const link = new Link();
    link.slowDown({ roundTripMs: 300, bytesPerSecond: 1_000 });
    const first = open(link);
    const second = open(link);
    first.down("a", 1_000);
    second.down("b", 1_000);
    await vi.advanceTimersByTimeAsync(1_149);
    expect(first.told).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect([first.told, second.told]).toEqual([["a"], []]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(second.told).toEqual(["b"]);
  });

  it.each([
    ["cut", (link: Link): void => link.cut()],
    ["half-open", (link: Link): void => link.halfOpen()],
    ["closed by its client", (_link: Link, wire: Wire): void => wire.close()],
  ])("is not held up by what waited on a connection that is %s", async (_how, end) => {
    const link = new Link();
    link.slowDown({ roundTripMs: 300, bytesPerSecond: 1_000 });
    const first = open(link);
    first.down("a minute's backlog", 60_000);
    end(link, first.wire);
    const second = open(link);
    second.down("a", 100);
    await vi.advanceTimersByTimeAsync(250);
    expect(second.told).toEqual(["a"]);
  });

  it("keeps the order where it is slow no longer", async () => {
    const link = new Link();
    const { told, down } = open(link);
    link.slowDown({ roundTripMs: 300, bytesPerSecond: 1_000 });
    down("a");
    link.slowDown(undefined);
    down("b");
    expect(told).toEqual([]);
    await vi.advanceTimersByTimeAsync(200);
    expect(told).toEqual(["a", "b"]);
  });

  it("tells each fault", async () => {
    const link = new Link();
    const faults: Fault[] = [];
    link.onFault((fault) => faults.push(fault));
    link.cut();
    link.halfOpen();
    link.offline();
    link.tunnel(1_000); // Offline, there is nothing to hold.
    link.online();
    link.tunnel(1_000);
    await vi.advanceTimersByTimeAsync(1_000);
    link.slowDown({ roundTripMs: 1, bytesPerSecond: 1 });
    link.slowDown(undefined);
    expect(faults).toEqual(["cut", "half-open", "offline", "online", "tunnel", "tunnel ended", "slow", "fast"]);
  });
});
