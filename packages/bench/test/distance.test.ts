/** A network's round trips, through a real Agent: none of them can be faster than its round trips are. */
import { builtInTraffic } from "@agent-transports/lab/traffic";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { LocalLab } from "../src/lab/lab.ts";
import { openLocalLab } from "../src/lab/local.ts";
import { distance } from "../src/scenarios/distance.ts";
import { seededRandom } from "../src/stats/index.ts";

let lab: LocalLab;
beforeAll(async () => {
  lab = await openLocalLab({ traffic: builtInTraffic(), random: seededRandom(1), port: 0, handicap: null, arms: [] });
}, 30_000);
afterAll(() => lab.close());

/** The least that each takes: two for the handshakes of a new connection, one for the request, and one more for a socket's upgrade where its first frame waits for it. */
const least: Readonly<Record<string, { readonly sse: number; readonly ws: number; readonly samples: number }>> = {
  start: { sse: 3, ws: 4, samples: 4 },
  next: { sse: 1, ws: 1, samples: 4 },
  resume: { sse: 3, ws: 3, samples: 4 },
  "first-input": { sse: 3, ws: 1, samples: 4 },
  inputs: { sse: 1, ws: 1, samples: 10 },
  "fast-inputs": { sse: 1, ws: 1, samples: 200 },
};

describe.each(Object.entries(least))("at 100 ms, %s", (action, { samples: count, ...trips }) => {
  it.each(["sse", "ws"] as const)("takes the expected round trips over %s, and loses nothing", async (arm) => {
    const setting = distance.settings.find(({ id }) => id === `${action}-100`)!;
    const { samples, integrity } = await setting.measure(lab, arm);
    expect(integrity).toMatchObject({ lost: 0, repeated: 0, reordered: 0 });
    expect(samples["roundTrips"]).toHaveLength(count);
    const fewest = Math.min(...samples["roundTrips"]!);
    // A timer may fire a fraction of a millisecond early.
    expect(fewest).toBeGreaterThan(trips[arm] - 0.02);
    // The fastest of them takes no further one.
    expect(fewest).toBeLessThan(trips[arm] + 0.9);
    expect(samples["time"]).toEqual(samples["roundTrips"]!.map((one) => expect.closeTo(one * 100, 6)));
  });
});

it.each(["sse", "ws"] as const)("at 100 ms, the last of ten inputs waits no longer than the first ones over %s", async (arm) => {
  const setting = distance.settings.find(({ id }) => id === "inputs-100")!;
  const { samples } = await setting.measure(lab, arm);
  // Each in a request of its own, one behind the other, the last would take nine.
  expect(samples["roundTrips"]!.at(-1)).toBeLessThan(5);
});

it.each(["sse", "ws"] as const)("at 100 ms, 100 inputs/s make no queue that grows over %s", async (arm) => {
  const setting = distance.settings.find(({ id }) => id === "fast-inputs-100")!;
  const { samples } = await setting.measure(lab, arm);
  const trips = samples["roundTrips"]!;
  const tenth = trips.length / 10;
  // At a rate that is not carried, each tenth would add what it could not send.
  expect(mean(trips.slice(-tenth))).toBeLessThan(mean(trips.slice(0, tenth)) + 0.25);
  // An input that waits goes with the next request: two round trips, and what the two ends take.
  expect(Math.max(...trips)).toBeLessThan(arm === "sse" ? 3 : 2);
});

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
