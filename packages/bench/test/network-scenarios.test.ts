/** Scenarios between two kernels, with Chromium on one side and edges before a real Worker on the other: single blocks through the runner. */
import { needs } from "@agent-transports/lab/needs";
import { caddy, chromium, haproxy, network, openssl } from "@agent-transports/lab/tools";
import { builtInTraffic } from "@agent-transports/lab/traffic";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { LocalLab } from "../src/lab/lab.ts";
import { openLocalLab } from "../src/lab/local.ts";
import type { Block } from "../src/results/schema.ts";
import { runBlock } from "../src/run/runner.ts";
import { distance } from "../src/scenarios/distance.ts";
import { outage } from "../src/scenarios/outage.ts";
import type { Scenario } from "../src/scenarios/parts/scenario.ts";
import { stalls } from "../src/scenarios/stalls.ts";
import { seededRandom } from "../src/stats/index.ts";

describe("on a network", { timeout: 60_000, ...needs(network, chromium, caddy, haproxy, openssl) }, () => {
  let lab: LocalLab;
  beforeAll(async () => {
    lab = await openLocalLab({ traffic: builtInTraffic(), random: seededRandom(1), port: 0, handicap: null, arms: [] });
  });
  afterAll(() => lab.close());

  /** One block in which nothing failed, and every event came once and in order. */
  async function wholeBlock(scenario: Scenario, id: string, arm: string): Promise<Block> {
    const setting = scenario.settings.find((one) => one.id === id)!;
    const block = await runBlock(lab, scenario, { setting, arm, pair: 0, position: 0 }, new AbortController().signal);
    expect(block.error).toBeUndefined();
    expect(block.integrity).toMatchObject({ lost: 0, repeated: 0, reordered: 0, received: block.integrity?.expected });
    expect(block.integrity?.expected).toBeGreaterThan(0);
    return block;
  }

  /**
   * The least that each takes, in round trips. A new connection takes two for the handshakes of TCP and TLS, and a socket one more for its upgrade where its
   * first frame waits for it. HTTP/3's handshake takes one, and a request that changes nothing may go with it (0-RTT).
   */
  const least: readonly (readonly [action: string, samples: number, trips: Readonly<Record<string, number>>])[] = [
    ["start", 4, { sse: 3, ws: 4, "sse-h3": 2 }],
    ["warm-start", 4, { sse: 1, ws: 4, "ws-h2": 2, "sse-h3": 1 }],
    ["next", 4, { sse: 1 }],
    ["resume", 4, { ws: 3, "sse-h3": 1 }],
    ["first-input", 4, { sse: 1, "sse-h1": 3 }],
    ["inputs", 10, { sse: 1, ws: 1 }],
  ];

  describe.each(least)("at 100 ms, %s", (action, samples, trips) => {
    it.each(Object.entries(trips))("takes the round trips that %s must take", async (arm, fewest) => {
      const { samples: of } = await wholeBlock(distance, `${action}-100`, arm);
      const times = of["roundTrips"]!;
      expect(times).toHaveLength(samples);
      // A clock may be a fraction of a millisecond coarse.
      expect(Math.min(...times)).toBeGreaterThan(fewest - 0.02);
      // The fastest of them takes no further one, but where an edge may ask for proof of the client's address.
      expect(Math.min(...times)).toBeLessThan(fewest + (arm === "sse-h3" ? 3.9 : 0.9));
      expect(of["time"]).toEqual(times.map((one) => expect.closeTo(one * 100, 6)));
    });
  });

  it.each(["sse", "ws"])("at 100 ms, 100 inputs/s make no queue that grows over %s", async (arm) => {
    const { samples } = await wholeBlock(distance, "fast-inputs-100", arm);
    const trips = samples["roundTrips"]!;
    const tenth = trips.length / 10;
    // At a rate that is not carried, each tenth would add what it could not send.
    expect(mean(trips.slice(-tenth))).toBeLessThan(mean(trips.slice(0, tenth)) + 0.5);
  });

  it("a long answer comes whole over each version of HTTP", async () => {
    const blocks = [await wholeBlock(distance, "long-100", "ws"), await wholeBlock(distance, "long-100", "sse-h3")];
    expect(blocks.map(({ samples }) => samples["time"]?.length)).toEqual([1, 1]);
  });

  it("a block counts what its link lost, and what TCP sent again, and QUIC has its own way", async () => {
    const { values: clean } = await wholeBlock(stalls, "clean-1", "sse");
    expect([clean["downLost"], clean["upLost"], clean["downTcpRetransmitted"]]).toEqual([0, 0, 0]);
    const { values: tcp, samples } = await wholeBlock(stalls, "loss-6", "sse");
    expect(tcp["downLost"]).toBeGreaterThan(0);
    expect(tcp["downTcpRetransmitted"]).toBeGreaterThan(0);
    expect(samples["lag"]).toHaveLength(6 * 300);
    const { values: quic } = await wholeBlock(stalls, "loss-6", "sse-h3");
    expect(quic["downLost"]).toBeGreaterThan(0);
    expect(quic["downTcpRetransmitted"]).toBe(0);
  });

  it.each(["ws", "sse-h3"])("an answer over %s goes on after a tunnel, with nothing lost", async (arm) => {
    const { samples, values } = await wholeBlock(outage, "tunnel-2", arm);
    expect(values["downBlackout"]! + values["upBlackout"]!).toBeGreaterThan(0);
    expect(samples["gap"]![0]).toBeGreaterThan(1_900);
    expect(samples["recovery"]![0]).toBeGreaterThan(0);
  });

  it("an answer over HTTP/2 goes on after its reader's address has changed", async () => {
    const { samples } = await wholeBlock(outage, "address", "sse");
    expect(samples["reconnects"]).toEqual([1]);
  });
});

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
