import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { main } from "../src/cli/main.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "load-merge-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Asked {
  readonly lost?: number;
  readonly p95?: number;
  /** As their file names it. */
  readonly scenario?: string;
  readonly transports?: readonly string[];
}

/** A report as `artillery run --output` leaves it: the engine begins every counter of both transports with 0. */
async function report(name: string, { lost = 0, p95 = 80, scenario = "steady", transports = ["sse", "ws"] }: Asked = {}): Promise<string> {
  const counts = { runs_started: 10, runs_finished: 10, runs_failed: 0, events_received: 90, events_lost: lost };
  const counters = ["sse", "ws"].flatMap((transport) =>
    Object.entries(counts).map(([key, count]) => [`agent_transports.${transport}.${key}`, transports.includes(transport) ? count : 0]),
  );
  const summary = { min: 1, max: 100, count: 10, mean: 20, p50: 10, p95, p99: 99 };
  const aggregate = {
    counters: { ...Object.fromEntries(counters), "vusers.created": 20, [`vusers.created_by_name.${scenario}`]: 20 },
    summaries: Object.fromEntries(transports.map((transport) => [`agent_transports.${transport}.first_event_ms`, summary])),
  };
  const file = join(folder, `${name}.json`);
  await writeFile(file, JSON.stringify({ aggregate, intermediate: [] }));
  return file;
}

/** What `load merge` ended with and said. */
async function merge(...argv: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  const [log, error] = [vi.spyOn(console, "log"), vi.spyOn(console, "error")].map((spy) => spy.mockImplementation(() => undefined));
  try {
    const code = await main(["load", "merge", ...argv]);
    return { code, out: log!.mock.calls.join("\n"), err: error!.mock.calls.join("\n") };
  } finally {
    vi.restoreAllMocks();
  }
}

describe("load merge", () => {
  it("adds up reports, prints a row for each transport, and judges them together", async () => {
    const [good, better, lossy] = await Promise.all([report("good", { p95: 90 }), report("better"), report("lossy", { lost: 3 })]);
    const { code, out, err } = await merge(good, better);
    expect([code, err]).toEqual([0, "Judged by the thresholds of steady."]);
    expect(out).toMatch(/\nsse +20 +20 +180 +0 +0 +0 +10\.0 +80\.0…90\.0\n ws /);
    // The bound that is worse counts.
    expect(await merge(good, better, "--p95-first-event", "85")).toMatchObject({
      code: 1,
      err: expect.stringMatching(/sse: p95 of first_event_ms is 90 ms; at most 85 ms\./),
    });
    expect(await merge(good, lossy)).toMatchObject({ code: 1, err: expect.stringMatching(/events_lost is 6, and must be 0/) });
  });

  it("judges by the thresholds of the scenario that the reports are of", async () => {
    const late = await Promise.all(["late-1", "late-2"].map((name) => report(name, { p95: 5_000, scenario: "knee" })));
    expect(await merge(...late)).toMatchObject({ code: 0, out: expect.stringMatching(/\nThe knee of several reports is not known/) });
    const away = await Promise.all(["away-1", "away-2"].map((name) => report(name, { p95: 5_000, scenario: "mass-disconnect" })));
    expect(await merge(...away)).toMatchObject({
      code: 1,
      err: "Judged by the thresholds of mass-disconnect.\nsse: there is no recovery_ms.\nws: there is no recovery_ms.",
    });
  });

  it("judges by those of --scenario, and asks for it where the reports name none of load's or several", async () => {
    const [own, steady] = await Promise.all([report("own", { scenario: "chat", p95: 5_000 }), report("steady")]);
    await expect(merge(own, own)).rejects.toThrow(
      /^The reports are of chat\. Say by whose thresholds they are judged: --scenario steady\./,
    );
    await expect(merge(own, steady)).rejects.toThrow(/^The reports are of chat and steady\. /);
    expect((await merge(own, steady, "--scenario", "knee")).code).toBe(0);
    expect((await merge(own, steady, "--scenario", "steady")).code).toBe(1);
  });

  it("judges the transports that the reports have figures of, and those of --transport", async () => {
    const alone = await Promise.all(["ws-1", "ws-2"].map((name) => report(name, { transports: ["ws"] })));
    const { code, out } = await merge(...alone);
    expect([code, out]).toEqual([0, expect.not.stringContaining("sse")]);
    expect(await merge(...alone, "--transport", "sse=0.5")).toMatchObject({
      code: 1,
      err: expect.stringMatching(/sse: runs_finished is 0\./),
    });
  });
});
