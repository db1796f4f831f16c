import { expect, it } from "vitest";
import { TRANSPORTS } from "../src/plan/scenario.ts";
import { leftBehind } from "../src/soak/left-behind.ts";
import type { Counts } from "../src/soak/sample.ts";
import type { Sample } from "../src/soak/sample.ts";
import { soak } from "../src/soak/soak.ts";

/** Of the connections that are reset, workerd keeps one in some seventy (README, "What it found"). Here are some twenty. */
const KEPT_BY_WORKERD = 2;

it("a short soak leaves nothing behind, and no answer is wrong", async () => {
  const samples: Sample[] = [];
  const { totals, failure } = await soak(
    { seed: 2, budgetMs: 2_000, atOnce: 1, transports: TRANSPORTS, kinds: ["reset"] },
    { samples, settings: { warmUpMs: 0, keptMs: 1_500, sampleEveryMs: 1_000, stableMs: 1_000, restMs: 25_000 } },
  );
  expect(failure).toBeUndefined();
  expect(totals.found).toEqual([]);
  // How many there is time for is the machine's to say.
  expect(totals.runs).toBeGreaterThan(0);
  const flow = samples.filter(({ phase }) => phase === "flow");
  expect(flow.some(({ counts }) => (counts.rows["transport_events"] ?? 0) > 0 && (counts.listeners["page"] ?? 0) > 0)).toBe(true);
  expect([samples[0]?.phase, samples.at(-1)?.phase]).toEqual(["rest", "end"]);
  // Its memory is not judged: nothing was warm. Of workerd's own, only as many sockets may be left as resets leave, and nothing else.
  const [start, end] = [samples.find(({ phase }) => phase === "start"), samples.findLast(({ phase }) => phase === "end")];
  const more = (kind: keyof Counts): number => (end?.counts[kind]["workerd"] ?? 0) - (start?.counts[kind]["workerd"] ?? 0);
  const [sockets, descriptors] = [more("sockets"), more("descriptors")];
  expect([sockets, descriptors].every((count) => count >= 0 && count <= KEPT_BY_WORKERD)).toBe(true);
  // Each descriptor that is left is such a socket.
  expect(descriptors).toBe(sockets);
  const judged = leftBehind(samples).filter(({ kind, of }) => !kind.startsWith("memory-") && of !== "workerd");
  expect(judged).toEqual([]);
});
