import { cutAt, eventStream, manyBytesRun, scriptedFetch, withBom, type LineEnds } from "@agent-transports/conformance";
import type { RunEvent } from "@agent-transports/protocol";
import fc from "fast-check";
import { expect, it } from "vitest";
import { createSseClient } from "./client.ts";

const lineEnds = fc
  .array(fc.constantFrom<ReturnType<LineEnds>>("\n", "\r", "\r\n"), { minLength: 1, maxLength: 17 })
  .map((made): LineEnds => (line) => made[line % made.length]!);

/** Positions as shares of a length that is not known yet. */
const shares = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 });

function positions(given: readonly number[], length: number): number[] {
  return given.map((share) => Math.floor(share * length)).sort((a, b) => a - b);
}

it("makes the same events of a stream, however its lines end, wherever it is cut, and whenever it is lost", async () => {
  const expected: RunEvent[] = manyBytesRun.chunks.map((data, index) => ({ id: `${manyBytesRun.epoch}.${index + 1}`, data }));
  let lost = 0;
  await fc.assert(
    fc.asyncProperty(lineEnds, shares, fc.boolean(), fc.double({ min: 0, max: 1.5, noNaN: true }), async (ends, cuts, bom, lostAt) => {
      const { bytes, completeAt } = eventStream(ends);
      const end = Math.min(bytes.length, Math.floor(lostAt * bytes.length));
      const had = completeAt.filter((complete) => complete <= end).length;
      const pieces = (stream: typeof bytes): typeof bytes[] => {
        const whole = bom ? withBom(stream) : stream;
        return cutAt(whole, positions(cuts, whole.length));
      };
      const scripted = scriptedFetch([{ pieces: pieces(bytes.slice(0, end)) }, { pieces: pieces(eventStream(ends, had + 1).bytes) }]);
      using client = createSseClient({ url: "http://agent.example", fetch: scripted.fetch, retry: { baseMs: 1, capMs: 1 } });
      const events: RunEvent[] = [];
      for await (const event of client.resume("r")) events.push(event);
      expect(events).toEqual(expected);
      if (had === expected.length) expect(scripted.cursors).toEqual([null]);
      else {
        lost += 1;
        expect(scripted.cursors).toEqual([null, had === 0 ? null : expected[had - 1]!.id]);
      }
    }),
    { numRuns: 300 },
  );
  expect(lost).toBeGreaterThan(50);
});
