import { cutAt, eventStream, manyBytesRun, scriptedFetch, withBom, type LineEnds } from "@agent-transports/conformance";
import type { RunEvent } from "@agent-transports/client-core";
import fc from "fast-check";
import { expect, it } from "vitest";
import { createSseClient } from "./client.ts";

const lineEnds = fc.array(fc.constantFrom<ReturnType<LineEnds>>("\n", "\r", "\r\n"), { minLength: 1, maxLength: 17 }).map(
  (made): LineEnds =>
    (line) =>
      made[line % made.length]!,
);

/** A position in a stream whose length is not known yet, as a share of it: whole numbers, because a random `double` is nearly always next to zero. */
const share = fc.nat(10_000).map((n) => n / 10_000);

it("reads the same events from a stream, however its lines end and wherever it is split or lost", async () => {
  const expected: RunEvent[] = manyBytesRun.chunks.map((data, index) => ({ id: `${manyBytesRun.epoch}.${index + 1}`, data }));
  const lostAfter = new Set<number>();
  await fc.assert(
    fc.asyncProperty(lineEnds, fc.array(share, { maxLength: 12 }), fc.boolean(), share, async (ends, cuts, bom, lostAt) => {
      const { bytes, completeAt } = eventStream(ends);
      const end = Math.min(bytes.length, Math.floor(lostAt * 1.5 * bytes.length));
      const had = completeAt.filter((complete) => complete <= end).length;
      const pieces = (stream: typeof bytes): (typeof bytes)[] => {
        const whole = bom ? withBom(stream) : stream;
        return cutAt(
          whole,
          cuts.map((share) => Math.floor(share * whole.length)).sort((a, b) => a - b),
        );
      };
      const scripted = scriptedFetch([{ pieces: pieces(bytes.slice(0, end)) }, { pieces: pieces(eventStream(ends, had + 1).bytes) }]);
      using client = createSseClient({ url: "http://agent.example", fetch: scripted.fetch, retry: { baseMs: 1, capMs: 1 } });
      const events: RunEvent[] = [];
      for await (const event of client.resume("r")) events.push(event);
      expect(events).toEqual(expected);
      lostAfter.add(had);
      const cursors = [null, ...expected.map(({ id }) => id)];
      // Asked once where the run was whole, and then from the last event that was.
      expect(scripted.cursors).toEqual(had === expected.length ? [null] : [null, cursors[had]]);
    }),
    { numRuns: 300 },
  );
  expect(lostAfter.size).toBe(expected.length + 1);
});
