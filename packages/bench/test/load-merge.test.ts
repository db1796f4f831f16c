import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from "vitest";
import { main } from "../src/cli/main.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "load-merge-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A report as `artillery run --output` leaves it. */
async function report(name: string, lost: number, p95: number): Promise<string> {
  const counters = { runs_started: 10, runs_finished: 10, runs_failed: 0, events_received: 90, events_lost: lost };
  const summary = { min: 1, max: 100, count: 10, mean: 20, p50: 10, p95, p99: 99 };
  const both = <Value>(values: Readonly<Record<string, Value>>): Record<string, Value> =>
    Object.fromEntries(
      ["sse", "ws"].flatMap((transport) => Object.entries(values).map(([key, value]) => [`agent_transports.${transport}.${key}`, value])),
    );
  const file = join(folder, `${name}.json`);
  await writeFile(
    file,
    JSON.stringify({ aggregate: { counters: both(counters), summaries: both({ first_event_ms: summary }) }, intermediate: [] }),
  );
  return file;
}

it("load merge adds up reports, prints a row for each transport, and judges them together", async () => {
  const [log, error] = [vi.spyOn(console, "log"), vi.spyOn(console, "error")].map((spy) => spy.mockImplementation(() => undefined));
  onTestFinished(() => void vi.restoreAllMocks());
  const [good, better, lossy] = await Promise.all([report("good", 0, 90), report("better", 0, 80), report("lossy", 3, 80)]);
  expect(await main(["load", "merge", good, better])).toBe(0);
  expect(log?.mock.calls.join("\n")).toMatch(/\nsse +20 +20 +180 +0 +0 +0 +10\.0 +80\.0…90\.0\n ws /);
  // The bound that is worse counts.
  expect(await main(["load", "merge", good, better, "--p95-first-event", "85"])).toBe(1);
  expect(error?.mock.calls.join("\n")).toMatch(/sse: p95 of first_event_ms is 90 ms; at most 85 ms\./);
  expect(await main(["load", "merge", good, lossy])).toBe(1);
  expect(error?.mock.calls.join("\n")).toMatch(/events_lost is 6, and must be 0/);
});
