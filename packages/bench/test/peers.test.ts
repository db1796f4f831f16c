/** Peers in the blocks of a run: through the runner with real parts, and through the command line. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { builtInTraffic } from "@agent-transports/lab/traffic";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { LocalLab } from "../src/lab/lab.ts";
import { openLocalLab } from "../src/lab/local.ts";
import { measuredPeers, peerOf } from "../src/peer-blocks/measured-peers.ts";
import { reconnectPeers } from "../src/peer-blocks/reconnect-peers.ts";
import { withPeers } from "../src/peer-blocks/with-peers.ts";
import { planScenario } from "../src/run/plan-scenario.ts";
import type { Block, Results } from "../src/results/schema.ts";
import { reset, type Fault } from "../src/scenarios/parts/faults.ts";
import { scenarios } from "../src/scenarios/index.ts";
import { seededRandom } from "../src/stats/index.ts";
import { loadResults } from "../src/results/store.ts";
import { cli, start } from "./cli.ts";
import { patientBlock } from "./patient-block.ts";

const PEERS = measuredPeers.map(({ id }) => id);

describe("one block of each peer", { timeout: 300_000 }, () => {
  let lab: LocalLab;
  beforeAll(async () => {
    lab = await openLocalLab({ traffic: builtInTraffic(), random: seededRandom(1), port: 0, handicap: null, arms: [] });
  });
  afterAll(() => lab.close());

  async function oneBlock(name: string, condition: string, arm: string): Promise<Block> {
    const scenario = withPeers(scenarios.find((one) => one.name === name)!);
    const planned = { setting: scenario.settings.find(({ id }) => id === condition)!, arm, pair: 0, position: 4 };
    const block = await patientBlock(lab, scenario, planned);
    expect(block.error).toBeUndefined();
    return block;
  }

  it.each(PEERS)("%s: every word of an undisturbed run arrives, is timed, and is shown once", async (peer) => {
    for (const [name, condition, metrics] of [
      ["first-token", "warm", ["firstToken"]],
      ["token-latency", "eight", ["latency", "gap"]],
      ["throughput", "8", ["workerdCpu", "clientCpu", "rate", "bytesDown"]],
    ] as const) {
      const { samples, integrity } = await oneBlock(name, condition, peer);
      expect(integrity).toMatchObject({ lost: 0, repeated: 0, reordered: 0 });
      expect(integrity?.received).toBe(integrity?.expected);
      const figures = metrics.map((metric) => samples[metric] ?? []);
      expect(figures.every((all) => all.length > 0)).toBe(true);
      expect(figures.flat().every((value) => Number.isFinite(value) && value >= 0)).toBe(true);
    }
  });

  it.each(PEERS)("%s: it reconnects after a reset at its own default delay, and shows replayed events once", async (peer) => {
    const { samples, values, integrity } = await oneBlock("reconnect", "reset", peer);
    expect(values).toMatchObject({ faults: 1, unanswered: 0 });
    expect(samples["recovery"]?.[0]).toBeGreaterThan(2_900);
    expect(samples["replayed"]?.[0]).toBeGreaterThan(100);
    expect(integrity).toEqual({ expected: 400, received: 400, lost: 0, repeated: 0, reordered: 0 });
  });

  it("events that never arrive after a half-open connection count as the peer's loss, not as a failed block", async () => {
    // Not asked in a run, because nobody comes back from it.
    const halfOpen: Fault = { ...reset, id: "half-open", make: ({ proxy }) => Promise.resolve({ at: proxy.halfOpen().at }) };
    const { samples, values, integrity } = await reconnectPeers.measure(lab, peerOf("partysocket"), halfOpen);
    expect(values).toMatchObject({ faults: 1, unanswered: 1 });
    expect(samples["recovery"]).toBeUndefined();
    expect(integrity?.lost).toBe(400 - (integrity?.received ?? 0));
    // The model speaks for 4 s, and is broken off at about 0.25, later on a busy machine.
    expect(integrity?.lost).toBeGreaterThan(100);
  });
});

describe("--peers", () => {
  let out: string;
  beforeAll(async () => {
    out = await mkdtemp(join(tmpdir(), "bench-peers-"));
  });
  afterAll(() => rm(out, { recursive: true, force: true }));

  it("is refused at a deployment, with the reason in one line", async () => {
    const { code, stdout, stderr } = await cli("run", "first-token", "--peers", "--url", "https://agent.example");
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(/^bench: --peers and --url do not go together: [^\n]*embedded[^\n]*\n$/);
  });

  it("measures peers in the pair groups of a run, and resume continues with them", async () => {
    const file = join(out, "results.json");
    const blocksOf = (results: Results | undefined): Block[] => results?.scenarios.flatMap(({ blocks }) => blocks) ?? [];
    const cutAfter = async (blocks: number, ...args: readonly string[]): Promise<Results> => {
      const bench = start(...args);
      await expect
        .poll(async () => blocksOf(await loadResults(file).catch(() => undefined)).length, { timeout: 150_000, interval: 50 })
        .toBeGreaterThanOrEqual(blocks);
      bench.interrupt();
      expect((await bench.ended).code).toBe(130);
      return loadResults(file);
    };
    const begun = await cutAfter(10, "run", "first-token", "--peers", "--seed", "5", "--out", out);
    expect(begun.options.peers).toBe(true);
    const resumed = await cutAfter(20, "resume", file);
    const firstToken = withPeers(scenarios.find(({ name }) => name === "first-token")!);
    const planned = planScenario(firstToken, { depth: "quick", seed: 5, isRemote: false });
    const blocks = blocksOf(resumed);
    expect(blocks.map(({ arm, pair, position }) => ({ arm, pair, position }))).toEqual(
      planned.slice(0, blocks.length).map(({ arm, pair, position }) => ({ arm, pair, position })),
    );
    expect(new Set(blocks.map(({ arm }) => arm))).toEqual(new Set(["sse", "ws", "floor", ...PEERS]));
    expect(blocks.filter(({ error }) => error !== undefined)).toEqual([]);
  }, 360_000);
});
