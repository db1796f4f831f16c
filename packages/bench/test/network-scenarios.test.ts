/** Scenarios between two kernels, with Chromium on one side and edges before a real Worker on the other: single blocks through the runner. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { needs } from "@agent-transports/lab/needs";
import { recordedLink } from "@agent-transports/lab/network";
import { bbr, caddy, chromium, haproxy, network, openssl } from "@agent-transports/lab/tools";
import { builtInTraffic } from "@agent-transports/lab/traffic";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { LocalLab } from "../src/lab/lab.ts";
import { openLocalLab } from "../src/lab/local.ts";
import type { Block } from "../src/results/schema.ts";
import { runBlock } from "../src/run/runner.ts";
import { badLink } from "../src/scenarios/bad-link.ts";
import { distance } from "../src/scenarios/distance.ts";
import { distanceNode } from "../src/scenarios/distance-node.ts";
import { map } from "../src/scenarios/map.ts";
import { natOn, type Silence } from "../src/scenarios/nat.ts";
import { outage } from "../src/scenarios/outage.ts";
import type { Scenario } from "../src/scenarios/parts/scenario.ts";
import { stallsOn } from "../src/scenarios/stalls.ts";
import { tabs } from "../src/scenarios/tabs.ts";
import { toolLoopFar } from "../src/scenarios/tool-loop-far.ts";
import { workerRestart } from "../src/scenarios/worker-restart.ts";
import { seededRandom } from "../src/stats/index.ts";
import { patientBlock } from "./patient-block.ts";
import { untilUndisturbed } from "./until-undisturbed.ts";

const stalls = stallsOn();

/** The shortest heartbeat, and a NAT that forgets sooner. */
const silence: Silence = {
  id: "scaled",
  label: "scaled",
  nat: { udpMs: 700, tcpMs: 700, unmappedTcp: "reset" },
  silenceMs: 1_000,
  heartbeatMs: 1_000,
  groups: { quick: 0, standard: 0, full: 5 },
};

/** Blocks that a limit for the quickest is looked for in: a busy machine holds some up, and not each. */
const BLOCKS = 5;

/** Where a handshake takes long, as on a busy machine, Chromium makes a second connection beside it. */
const CONNECTIONS = /^The page was to make (\d+) connections, and made (\d+)\.$/;

function madeAnother(error: string | undefined): boolean {
  const [, due, made] = CONNECTIONS.exec(error ?? "") ?? [];
  return Number(made) > Number(due);
}

describe("on a network", { timeout: 300_000, ...needs(network, chromium, caddy, haproxy, openssl) }, () => {
  let lab: LocalLab;
  beforeAll(async () => {
    lab = await openLocalLab({ traffic: builtInTraffic(), random: seededRandom(1), port: 0, handicap: null, arms: [] });
  });
  afterAll(() => lab.close());

  /** One block in which nothing failed, and every event came once and in order. */
  async function wholeBlock(scenario: Scenario, id: string, arm: string): Promise<Block> {
    const setting = scenario.settings.find((one) => one.id === id)!;
    const block = await untilUndisturbed(
      () => patientBlock(lab, scenario, { setting, arm, pair: 0, position: 0 }),
      ({ error }) => !madeAnother(error),
    );
    expect(block.error).toBeUndefined();
    expect(block.integrity).toMatchObject({ lost: 0, repeated: 0, reordered: 0, received: block.integrity?.expected });
    expect(block.integrity?.expected).toBeGreaterThan(0);
    return block;
  }

  /** The samples of one block, and of further ones for as long as none of them is below the limit. */
  async function samplesOf(scenario: Scenario, id: string, arm: string, metric: string, limit: number): Promise<number[]> {
    const all: number[] = [];
    for (let blocks = 0; blocks < BLOCKS && !(Math.min(...all) < limit); blocks++) {
      all.push(...(await wholeBlock(scenario, id, arm)).samples[metric]!);
    }
    return all;
  }

  /**
   * The least that each takes, in round trips. A new connection takes two for the handshakes of TCP and TLS, and a socket one more for its upgrade where its
   * first frame waits for it. HTTP/3's handshake takes one, and a request that changes nothing may go with it (0-RTT).
   */
  const least: readonly (readonly [action: string, samples: number, trips: Readonly<Record<string, number>>])[] = [
    ["start", 4, { sse: 3, ws: 4 }],
    ["warm-start", 4, { ws: 4, "ws-h2": 2, "sse-h3": 1 }],
    ["ready", 4, { sse: 1, ws: 1, "ws-h2": 1, "sse-h3": 1 }],
    ["resume", 4, { "sse-h3": 1 }],
    ["first-input", 4, { sse: 1, "sse-h1": 3 }],
  ];

  describe.each(least)("at 100 ms, %s", (action, samples, trips) => {
    it.each(Object.entries(trips))("takes the round trips that %s must take", async (arm, fewest) => {
      // The quickest takes no further one, but where an edge may ask for proof of the client's address.
      const most = fewest * 100 + (arm === "sse-h3" ? 390 : 90);
      const times = await samplesOf(distance, `${action}-100`, arm, "time", most);
      // Of one block or of several.
      expect(times.length % samples).toBe(0);
      // A clock may be a fraction of a millisecond coarse.
      expect(Math.min(...times)).toBeGreaterThan(fewest * 100 - 2);
      expect(Math.min(...times)).toBeLessThan(most);
    });
  });

  it("at 100 ms, each next answer takes one round trip over SSE, and has its place", async () => {
    const { samples } = await wholeBlock(distance, "next-100", "sse");
    expect(["next1", "next2", "next3", "next4"].flatMap((id) => samples[id]!)).toEqual(samples["time"]);
    const first = samples["time"]!;
    expect(Math.min(...first)).toBeGreaterThan(98);
    const times = Math.min(...first) < 190 ? first : await samplesOf(distance, "next-100", "sse", "time", 190);
    expect(Math.min(...times)).toBeLessThan(190);
  });

  it("at 100 ms, 100 inputs/s make no queue that grows over SSE", async () => {
    const { samples } = await wholeBlock(distance, "fast-inputs-100", "sse");
    const times = samples["time"]!;
    const tenth = times.length / 10;
    // One at a time, an input a round trip, each tenth would add 1.8 s.
    expect(mean(times.slice(-tenth))).toBeLessThan(mean(times.slice(0, tenth)) + 4_000);
  });

  it.each([
    ["sse", 3],
    ["ws", 1],
    ["sse-h2", 1],
  ] as const)("at 100 ms, a first input from Node takes the round trips that %s must take", async (arm, fewest) => {
    const times = await samplesOf(distanceNode, "first-input-100", arm, "time", fewest * 100 + 90);
    expect(Math.min(...times)).toBeGreaterThan(fewest * 100 - 2);
    expect(Math.min(...times)).toBeLessThan(fewest * 100 + 90);
  });

  it("a long answer comes whole over each version of HTTP", async () => {
    const counts: unknown[] = [];
    for (const arm of ["sse-h1", "ws-h2", "sse-h3"]) counts.push((await wholeBlock(distance, "long-100", arm)).samples["time"]?.length);
    expect(counts).toEqual([1, 1, 1]);
  });

  it("a block counts what its link lost, and what TCP sent again, and QUIC has its own way", async () => {
    const clean = async (): Promise<Block["values"]> => {
      const { values } = await wholeBlock(stalls, "clean-1", "sse");
      expect([values["downLost"], values["upLost"]]).toEqual([0, 0]);
      return values;
    };
    // Where the machine stands still, TCP takes it for a loss.
    const { downTcpRetransmitted } = await untilUndisturbed(clean, (values) => values["downTcpRetransmitted"] === 0);
    expect(downTcpRetransmitted).toBe(0);
    const { values: tcp, samples } = await wholeBlock(stalls, "loss-6", "sse");
    expect(tcp["downLost"]).toBeGreaterThan(0);
    expect(tcp["downTcpRetransmitted"]).toBeGreaterThan(0);
    expect(samples["lag"]).toHaveLength(6 * 300);
    const { values: quic } = await wholeBlock(stalls, "loss-6", "sse-h3");
    expect(quic["downLost"]).toBeGreaterThan(0);
    expect(quic["downTcpRetransmitted"]).toBe(0);
  });

  describe("a block's TCP", needs(bbr), () => {
    it("is controlled on both sides by what its setting says, by the kernel's word, and the next block's on the same place by its own", async () => {
      const controls: unknown[] = [];
      for (const id of ["loss-bbr-1", "loss-1"]) {
        const { values } = await wholeBlock(stalls, id, "sse");
        controls.push(Object.fromEntries(Object.entries(values).filter(([name]) => /^(near|far)Tcp/.test(name))));
      }
      expect(controls).toEqual([
        { nearTcpBbr: 1, farTcpBbr: 1 },
        { nearTcpCubic: 1, farTcpCubic: 1 },
      ]);
    });

    it("is controlled so on each connection of HTTP/1.1, and HTTP/3 has no TCP", async () => {
      const { values: many } = await wholeBlock(stalls, "loss-bbr-6", "sse-h1");
      expect(Math.min(many["nearTcpBbr"]!, many["farTcpBbr"]!)).toBeGreaterThanOrEqual(6);
      expect(Object.keys(many).filter((name) => /^(near|far)Tcp/.test(name))).toHaveLength(2);
      const { values: none } = await wholeBlock(stalls, "loss-bbr-6", "sse-h3");
      expect(Object.keys(none).filter((name) => /^(near|far)Tcp/.test(name))).toEqual([]);
      expect(none["initialWindow"]).toBe(10);
    });
  });

  it("a cell of the map has a lag of each token, counted from when the model sent it", async () => {
    const { samples, values } = await wholeBlock(map, "60-5-6", "sse");
    expect(samples["lag"]).toHaveLength(6 * 150);
    expect(samples["lag"]!.filter((ms) => ms === 0).length).toBeGreaterThanOrEqual(6);
    expect(Math.min(...samples["lag"]!)).toBe(0);
    expect(values["downLost"]! + values["upLost"]!).toBeGreaterThan(0);
    // What was lost is sent again a round trip later at the soonest.
    expect(values["lagP99Ms"]).toBeGreaterThan(30);
    expect(Object.keys(values)).toEqual(expect.arrayContaining(["stalls100", "stalls250", "modelLateP99Ms"]));
  });

  it("an answer goes on after a tunnel, with nothing lost", async () => {
    const { samples, values } = await wholeBlock(outage, "tunnel-2", "ws");
    expect(values["downBlackout"]! + values["upBlackout"]!).toBeGreaterThan(0);
    expect(samples["gap"]![0]).toBeGreaterThan(1_900);
    expect(samples["recovery"]![0]).toBeGreaterThan(0);
  });

  it("the first word after a silence is in time behind a NAT that remembers the connection", async () => {
    // Nothing else closes it: it is silent for less than its heartbeat.
    const patient = { ...silence, heartbeatMs: 3_000, nat: { udpMs: 5_000, tcpMs: 5_000 } };
    const { samples, values } = await wholeBlock(natOn([patient]), "scaled", "sse");
    expect([samples["reconnects"], values["downForgotten"], values["upForgotten"]]).toEqual([[0], 0, 0]);
    expect(samples["late"]![0]).toBeGreaterThan(29);
  });

  it("a client that is told by a reset opens another connection, and goes on with nothing lost", async () => {
    const forgetful = natOn([{ ...silence, silenceMs: 2_000 }]);
    const { samples, values } = await wholeBlock(forgetful, "scaled", "ws");
    expect(samples["reconnects"]![0]).toBeGreaterThan(0);
    expect(values["upForgotten"]).toBeGreaterThan(0);
    const late = samples["late"]![0]! < 1_500 ? samples["late"]! : await samplesOf(forgetful, "scaled", "ws", "late", 1_500);
    expect(Math.min(...late)).toBeLessThan(1_500);
  });

  it("a reader behind an edge is told that the Worker was killed, and the next block has a Worker that serves", async () => {
    const { samples, values } = await wholeBlock(workerRestart, "loss", "ws");
    expect(samples["noticed"]![0]).toBeGreaterThan(29);
    expect(samples["told"]![0]).toBeGreaterThan(samples["noticed"]![0]!);
    expect(samples["tries"]![0]).toBeGreaterThan(0);
    expect(values["workerAwayMs"]).toBeGreaterThan(0);
    await wholeBlock(distance, "next-100", "sse");
  });

  it("a chain of tool calls runs in the page, a round trip and more for each turn, and sends each result once", async () => {
    const { samples } = await wholeBlock(toolLoopFar, "new-60", "sse");
    expect(samples["turn"]).toHaveLength(20);
    expect(Math.min(...samples["turn"]!)).toBeGreaterThan(58);
    expect(samples["chain"]![0]).toBeGreaterThanOrEqual(20 * 58);
    // 19 results of 4 KB, in packets.
    expect(samples["bytesUp"]![0]).toBeGreaterThan(19 * 4_096);
    expect(samples["bytesUp"]![0]).toBeLessThan(19 * 4_096 * 1.6);
  });

  it("waits on a link that loses packets are timed twice as often, and come whole", async () => {
    const { samples, values } = await wholeBlock(badLink, "warm-start-loss", "ws");
    expect(samples["time"]).toHaveLength(8);
    // A new socket, and its first frame.
    expect(Math.min(...samples["time"]!)).toBeGreaterThan(4 * 60 - 2);
    expect(values["downLost"]! + values["upLost"]!).toBeGreaterThan(0);
    expect(values["reconnects"]).toBeGreaterThanOrEqual(0);
    const { samples: chain } = await wholeBlock(badLink, "chain-loss", "sse");
    expect(chain["chain"]![0]).toBeGreaterThan(20 * 58);
  });

  it("a seventh tab waits for one of six answers over SSE and HTTP/1.1", async () => {
    // The six have 40 tokens at 10 a second, and 2 s of them are over; more on a busy machine. Else it takes a round trip.
    const least = 500;
    const { samples, integrity } = await untilUndisturbed(
      () => wholeBlock(tabs, "seventh-20", "sse-h1"),
      (block) => Math.min(...block.samples["time"]!) > least,
    );
    expect(samples["time"]).toHaveLength(2);
    expect(Math.min(...samples["time"]!)).toBeGreaterThan(least);
    expect(integrity?.received).toBeGreaterThanOrEqual(3 * (6 * 40 + 1));
  });

  it("a seventh tab waits for no socket of the others, which Chromium opens one after another", async () => {
    // Six handshakes of three round trips are 1.8 s, and a connection of its own is open when it is asked.
    const times = await samplesOf(tabs, "seventh-100", "ws", "time", 190);
    expect(Math.min(...times)).toBeGreaterThan(98);
    expect(Math.min(...times)).toBeLessThan(190);
  });

  it("two blocks at once have a network each, and one that fails leaves the others whole", async () => {
    const failing = { ...stalls, blockLimitMs: 1_000 };
    const setting = stalls.settings.find(({ id }) => id === "clean-1")!;
    const failed = runBlock(
      lab,
      failing,
      { setting: { ...setting, measure: () => Promise.reject(new Error("planted")) }, arm: "sse", pair: 0, position: 0 },
      new AbortController().signal,
    );
    const blocks = await Promise.all([wholeBlock(stalls, "clean-1", "sse"), wholeBlock(stalls, "clean-1", "sse-h2-caddy"), failed]);
    expect(blocks[2].error).toBe("planted");
    expect(blocks.slice(0, 2).map(({ values }) => values["downLost"])).toEqual([0, 0]);
    await wholeBlock(stalls, "clean-1", "ws-h2");
  });

  it("an answer is read whole on a recorded link with silences, and the silences are seen", async () => {
    const folder = await mkdtemp(join(tmpdir(), "link-"));
    try {
      // An opportunity each ms for two seconds, and then none for 1.2 s.
      const lines = `${Array.from({ length: 2_000 }, (_, ms) => ms).join("\n")}\n3200\n`;
      const files = ["drive.down", "drive.up"].map((name) => join(folder, name));
      for (const file of files) await writeFile(file, lines);
      const { samples } = await wholeBlock(stallsOn(await recordedLink(files.join(",")), 300), "recorded-1", "sse");
      // An answer of 6 s meets one silence at least, and of a minute a sixth would be more than 10 s.
      expect(samples["gap"]!.filter((gap) => gap > 1_000).length).toBeGreaterThanOrEqual(1);
      expect(samples["stalled1000"]![0]).toBeGreaterThan(10_000);
      // And with a wide window of TCP, which the next block on the same place has no more.
      const short = stallsOn(await recordedLink(files.join(",")), 100);
      const windows = [await wholeBlock(short, "recorded-wide-1", "ws"), await wholeBlock(short, "recorded-1", "ws")];
      expect(windows.map(({ values }) => values?.["initialWindow"])).toEqual([300, 10]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it.each(["sse", "ws-h2"])("an answer over HTTP/2 goes on after its reader's address has changed: %s", async (arm) => {
    const { samples } = await wholeBlock(outage, "address", arm);
    expect(samples["reconnects"]).toEqual([1]);
  });
});

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
