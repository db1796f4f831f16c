import { describe, expect, it } from "vitest";
import { Tap } from "./tap.ts";

const event = (index: number) => ({ type: "data-filling", data: { index, text: "" } });

describe("a reader's tap", () => {
  it("is shut by the event after which the reader stops, and stays open once it was opened", async () => {
    const tap = new Tap(2);
    tap.see({ type: "start" });
    tap.see(event(0));
    expect(tap.shut).toBe(false);
    tap.see(event(1));
    expect(tap.shut).toBe(true);
    await tap.stopped;
    // What the client had in hand when it stopped.
    tap.see(event(2));
    tap.open();
    await tap.opened;
    tap.see(event(3));
    expect(tap.shut).toBe(false);
    tap.complete(4);
  });

  it("says when so many have come", async () => {
    const tap = new Tap(Number.POSITIVE_INFINITY);
    const reached = tap.reached(2);
    tap.see(event(0));
    tap.see(event(1));
    await reached;
    await tap.reached(1);
    expect(tap.seen).toBe(2);
  });

  it("finds what is missing, what comes twice and what is of another log", () => {
    const tap = new Tap(10);
    tap.see(event(0));
    expect(() => tap.see(event(0))).toThrow("Event 0 came where 1 was due.");
    expect(() => tap.see(event(2))).toThrow("Event 2 came where 1 was due.");
    expect(() => tap.complete(2)).toThrow("1 of 2 events came.");
    tap.identify("epoch.1");
    expect(() => tap.identify("epoch.1")).toThrow("The event with the id epoch.1 came where 2 was due.");
    expect(() => tap.identify("epoch.3")).toThrow("where 2 was due");
    expect(() => tap.identify("other.2")).toThrow("where 2 was due");
    tap.identify("epoch.2");
    expect(tap.lastSeq).toBe(2);
  });
});
