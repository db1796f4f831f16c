import fc from "fast-check";
import { expect, it } from "vitest";
import type { Transit } from "../link/index.ts";
import { InFlightQueue } from "./in-flight.ts";

const transit = (deliverAt: number): { -readonly [Key in keyof Transit]: Transit[Key] } => ({
  bytes: 1,
  offeredAt: 0,
  departsAt: 0,
  deliverAt,
  dropped: undefined,
});
const nothing = Buffer.alloc(0);

function emptied(queue: InFlightQueue): Transit[] {
  const all: Transit[] = [];
  for (let one = queue.pop(); one !== undefined; one = queue.pop()) all.push(one.transit);
  return all;
}

it("gives packets back by when they are due, and in their own order where that is at once", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 20 })), (times) => {
      const queue = new InFlightQueue();
      const pushed = times.map((at) => transit(at));
      for (const one of pushed) queue.push(one, nothing);
      expect(queue.first?.transit.deliverAt).toBe(times.length === 0 ? undefined : Math.min(...times));
      // Sorting keeps the order of equals, too.
      expect(emptied(queue)).toEqual(pushed.toSorted((a, b) => a.deliverAt - b.deliverAt));
    }),
  );
});

it("orders anew what a blackout has moved, and gives up what it has dropped", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 20 }), fc.boolean())), (moves) => {
      const queue = new InFlightQueue();
      const pushed = moves.map(([at]) => transit(at));
      for (const one of pushed) queue.push(one, nothing);
      for (const [index, [, later, drop]] of moves.entries()) {
        const one = pushed[index];
        if (one === undefined) continue;
        one.deliverAt = later;
        if (drop) one.dropped = "blackout";
      }
      expect(queue.reorder().map(({ transit }) => transit)).toEqual(pushed.filter(({ dropped }) => dropped !== undefined));
      const kept = pushed.filter(({ dropped }) => dropped === undefined);
      expect(emptied(queue)).toEqual(kept.toSorted((a, b) => a.deliverAt - b.deliverAt));
    }),
  );
});
