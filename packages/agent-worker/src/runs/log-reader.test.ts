import { afterEach, expect, it, vi } from "vitest";
import { waiting } from "../../test/recovery/conversations.ts";
import { agent, HALF, textIn } from "../../test/recovery/lives.ts";
import { TestSql } from "../../test/sql-storage.ts";
import { LogReader } from "./log-reader.ts";

afterEach(() => void vi.useRealTimers());

const HOUR_MS = 3_600_000;

/** A reader of a run that says nothing more. */
async function reading(): Promise<{ readonly reader: LogReader; readonly end: () => Promise<unknown> }> {
  const last = waiting(...HALF);
  const one = agent(new TestSql(), last);
  const run = one.start();
  await last.said;
  await vi.waitFor(() => expect(textIn(one.chunks(run))).not.toBe(""));
  vi.useFakeTimers();
  const reader = new LogReader(one.runs, run, 0, "sse");
  while (reader.next() !== undefined);
  return {
    reader,
    end: () => {
      reader.close();
      one.runs.cancel(run.id);
      return one.ended();
    },
  };
}

it.each([
  ["an hour", HOUR_MS],
  ["half a period", 2_500],
  ["no time", 0],
])("says within two periods that a run is idle, where the clock was set back by %s meanwhile", async (_what, backMs) => {
  const { reader, end } = await reading();
  const outcomes: string[] = [];
  const wait = async (): Promise<void> => void outcomes.push(await reader.wait(5_000));
  for (let period = 0; period < 3; period++) {
    void wait();
    await vi.advanceTimersByTimeAsync(2_000);
    vi.setSystemTime(Date.now() - backMs);
    await vi.advanceTimersByTimeAsync(7_999);
    expect(outcomes).toHaveLength(period + 1);
  }
  expect(new Set(outcomes)).toEqual(new Set(["idle"]));
  await end();
});

it("is probed again after a second, where the clock was set back meanwhile", async () => {
  const { reader, end } = await reading();
  vi.setSystemTime(Date.now() - HOUR_MS);
  const idle = reader.wait(5_000);
  reader.probe();
  expect(await idle).toBe("idle");
  await end();
});
