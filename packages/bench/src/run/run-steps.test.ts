import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { makeResults } from "../../test/fixtures/results.ts";
import type { Block, Results } from "../results/schema.ts";
import { loadResults } from "../results/store.ts";
import { uplink as measured } from "../scenarios/uplink.ts";
import { pilotBounds } from "./groups-from-pilot.ts";
import { stepsOf } from "./resumable.ts";
import { runSteps, type Step } from "./run-steps.ts";
import { emptyResult } from "./runner.ts";
import type { PlannedBlock } from "./schedule.ts";

let out: string;
beforeAll(async () => {
  out = await mkdtemp(join(tmpdir(), "bench-measure-"));
  vi.spyOn(process.stderr, "write").mockReturnValue(true);
});
afterAll(async () => {
  vi.restoreAllMocks();
  await rm(out, { recursive: true, force: true });
});

/** With more groups than the pilot, for it to choose from. */
const uplink = { ...measured, settings: measured.settings.map((one) => ({ ...one, groups: { ...one.groups, standard: 15 } })) };
const metric = uplink.metrics[0]!.id;
const bounds = pilotBounds(uplink, "standard");

/** What a group's ratio is follows from its number, so that the pilot's choice does too. */
function blockOf({ setting, arm, pair, position }: PlannedBlock): Block {
  const value = arm === "ws" ? Math.exp(pair % 2 === 0 ? 0.03 : -0.03) : 1;
  return {
    condition: setting.id,
    arm,
    pair,
    position,
    startedAtMs: 0,
    durationMs: 1,
    samples: { [metric]: [value, value] },
    values: {},
    integrity: null,
    contamination: { eventLoopDelayP99Ms: 0, stealShare: 0, marks: [] },
  };
}

function freshRun(): Results {
  const { options, ...rest } = makeResults({ groups: 1 });
  return {
    ...rest,
    status: "running",
    options: { ...options, depth: "standard", seed: 5, scenarios: [uplink.name] },
    scenarios: [emptyResult(uplink, null, "standard")],
  };
}

/** @param blocks after which it is cut off, those that warm up among them */
async function runUntil(results: Results, steps: readonly Step[], blocks: number, dir = out): Promise<void> {
  const cut = new AbortController();
  let measured = 0;
  await runSteps({ results, steps, out: dir }, cut.signal, (_step, planned) => {
    measured += 1;
    if (measured > blocks) cut.abort();
    cut.signal.throwIfAborted();
    return Promise.resolve(blockOf(planned));
  });
}

const resultOf = ({ scenarios }: Results): Results["scenarios"][number] => scenarios[0]!;
const keysOf = (results: Results): string[] =>
  resultOf(results)
    .blocks.map(({ condition, arm, pair, position }) => [condition, arm, pair, position].join(" "))
    .toSorted();

describe("a run with a pilot", () => {
  const whole = freshRun();
  let wholeDir: string;
  beforeAll(async () => {
    wholeDir = join(out, "whole");
    await mkdir(wholeDir);
    await runUntil(whole, stepsOf(whole, [uplink], false).steps, Infinity, wholeDir);
  });

  it("measures as many groups of each setting as the pilot chose, and keeps the warm-up separate", async () => {
    const { pilot, blocks, warmUp } = resultOf(whole);
    expect(pilot?.groups).toBe(bounds.least);
    expect(pilot?.chosen).toBeGreaterThan(bounds.least);
    expect(pilot?.chosen).toBeLessThan(bounds.most);
    for (const { id } of uplink.settings) {
      const pairs = new Set(blocks.filter(({ condition }) => condition === id).map(({ pair }) => pair));
      expect([...pairs].toSorted((a, b) => a - b)).toEqual(Array.from({ length: pilot?.chosen ?? 0 }, (_, pair) => pair));
    }
    expect(new Set(keysOf(whole)).size).toBe(blocks.length);
    expect(warmUp?.map(({ arm }) => arm).toSorted()).toEqual(uplink.arms.map(({ id }) => id).toSorted());
    expect(await loadResults(join(wholeDir, "results.json"))).toEqual(whole);
  });

  const perGroup = 4 + uplink.arms.length - 2;
  const pilotBlocks = bounds.least * uplink.settings.length * perGroup + uplink.arms.length;
  it.each([7, pilotBlocks - 1, pilotBlocks, pilotBlocks + 1, pilotBlocks + 2 * perGroup + 3])(
    "that was interrupted after %d blocks ends with the same blocks, each exactly once, and the same choice",
    async (blocks) => {
      const results = freshRun();
      await runUntil(results, stepsOf(results, [uplink], false).steps, blocks);
      expect(keysOf(results).length).toBe(blocks - uplink.arms.length);
      expect(await loadResults(join(out, "results.json"))).toEqual(results);
      await runUntil(results, stepsOf(results, [uplink], false).steps, Infinity);
      expect(keysOf(results)).toEqual(keysOf(whole));
      expect(resultOf(results).pilot).toEqual(resultOf(whole).pilot);
    },
  );
});
