import { describe, expect, it } from "vitest";
import { PausableReader } from "./pausable-reader.ts";

const event = (index: number) => ({ type: "data-filling", data: { index, text: "" } });

describe("a reader that stops", () => {
  it("pauses at its stopping event, and continues once it is resumed", async () => {
    const reader = new PausableReader(2);
    reader.see({ type: "start" });
    reader.see(event(0));
    expect(reader.paused).toBe(false);
    reader.see(event(1));
    expect(reader.paused).toBe(true);
    await reader.stopped;
    // What the client had in hand when it stopped.
    reader.see(event(2));
    reader.resume();
    await reader.resumed;
    reader.see(event(3));
    expect(reader.paused).toBe(false);
    reader.complete(4);
  });

  it("reports when a given number of events has arrived", async () => {
    const reader = new PausableReader(Number.POSITIVE_INFINITY);
    const reached = reader.reached(2);
    reader.see(event(0));
    reader.see(event(1));
    await reached;
    await reader.reached(1);
    expect(reader.seen).toBe(2);
  });

  it("finds missing and repeated events, and events of another log", () => {
    const reader = new PausableReader(10);
    reader.see(event(0));
    expect(() => reader.see(event(0))).toThrow("Event 0 came, but 1 was expected.");
    expect(() => reader.see(event(2))).toThrow("Event 2 came, but 1 was expected.");
    expect(() => reader.complete(2)).toThrow("1 of 2 events came.");
    reader.identify("epoch.1");
    expect(() => reader.identify("epoch.1")).toThrow("The event with the id epoch.1 came, but 2 was expected.");
    expect(() => reader.identify("epoch.3")).toThrow("but 2 was expected");
    expect(() => reader.identify("other.2")).toThrow("but 2 was expected");
    reader.identify("epoch.2");
    expect(reader.lastSeq).toBe(2);
  });
});
