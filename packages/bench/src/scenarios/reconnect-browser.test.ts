import type { Moment } from "@agent-transports/lab/browser";
import { expect, it } from "vitest";
import { gapsOf } from "./reconnect-browser.ts";

const opened = (at: number): Moment => ({ at });
const event = (at: number, seq: number): Moment => ({ at, event: { id: `e.${seq}`, data: { type: "text-delta", id: "0", delta: "a" } } });

it("a gap lasts from the last event before a new connection to the first new event on it", () => {
  expect(gapsOf([opened(0), event(5, 1), event(15, 2), opened(90), event(100, 3), event(101, 4), opened(150), event(151, 5)])).toEqual([
    85, 50,
  ]);
});

it("a repeated event does not end a gap", () => {
  expect(gapsOf([opened(0), event(5, 1), event(15, 2), opened(90), event(91, 2), event(100, 3)])).toEqual([85]);
});

it("no gap comes before the first event or without an event, and several connections make one gap", () => {
  expect(gapsOf([opened(0), opened(10), event(20, 1)])).toEqual([]);
  expect(gapsOf([opened(0), event(5, 1), opened(10), opened(20), event(30, 2)])).toEqual([25]);
  expect(gapsOf([opened(0), event(5, 1), opened(10)])).toEqual([]);
});
