/** Scenarios in Chromium, end to end: single blocks through the runner, with the checks that a report would rest on. */
import { needs } from "@agent-transports/lab/needs";
import { chromium, nginx, openssl } from "@agent-transports/lab/tools";
import { builtInTraffic } from "@agent-transports/lab/traffic";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { LocalLab } from "../src/lab/lab.ts";
import { openLocalLab } from "../src/lab/local.ts";
import type { Block } from "../src/results/schema.ts";
import { multiplex } from "../src/scenarios/multiplex.ts";
import { EVENT_SOURCE, WEB_SOCKET } from "../src/results/names.ts";
import { reconnectBrowser } from "../src/scenarios/reconnect-browser.ts";
import type { Scenario } from "../src/scenarios/parts/scenario.ts";
import { seededRandom } from "../src/stats/index.ts";
import { patientBlock } from "./patient-block.ts";
import { untilUndisturbed } from "./until-undisturbed.ts";

let lab: LocalLab;
beforeAll(async () => {
  lab = await openLocalLab({
    traffic: builtInTraffic(),
    random: seededRandom(1),
    arms: reconnectBrowser.arms.map(({ id }) => id),
    port: 0,
    handicap: null,
  });
});
afterAll(() => lab.close());

/** An answer lasts for 0.8 s. Where the machine stands still meanwhile, its connection is not broken. */
const OVER_BEFORE = "The answer was over before its connection was broken.";

function block(scenario: Scenario, id: string, arm: string): Promise<Block> {
  const setting = scenario.settings.find((one) => one.id === id)!;
  return untilUndisturbed(
    () => patientBlock(lab, scenario, { setting, arm, pair: 0, position: 0 }),
    ({ error }) => error !== OVER_BEFORE,
  );
}

/** One block in which nothing failed, and every event came once and in order. */
async function wholeBlock(...of: Parameters<typeof block>): Promise<Block> {
  const measured = await block(...of);
  expect(measured.error).toBeUndefined();
  expect(measured.integrity).toMatchObject({ lost: 0, repeated: 0, reordered: 0, received: measured.integrity?.expected });
  expect(measured.integrity?.expected).toBeGreaterThan(0);
  return measured;
}

describe("in Chromium", { timeout: 300_000, ...needs(chromium) }, () => {
  describe("multiplex", () => {
    it("over HTTP/2 twenty event streams share what HTTP/1.1 has for six, and none waits", needs(nginx, openssl), async () => {
      for (const condition of ["http2", "http2-20"])
        for (const arm of ["sse", "ws"]) {
          const { samples } = await untilUndisturbed(
            () => wholeBlock(multiplex, condition, arm),
            // One that the machine holds up until another is over waits too.
            ({ samples: { waited = [] } }) => waited[0] === 0,
          );
          // One; but Chromium waits for its handshake for 300 ms at most, which a busy machine may take, and then makes others.
          expect(samples["connections"]![0], `${condition} ${arm}`).toBeLessThanOrEqual(6);
          expect(samples["waited"], `${condition} ${arm}`).toEqual([0]);
        }
    });
  });

  describe("reconnect-browser", () => {
    /** What a block of the browser's own gave: what it lost is a figure, and no event of ours. */
    async function ownBlock(condition: string, arm: string): Promise<Block> {
      const measured = await block(reconnectBrowser, condition, arm);
      expect(measured.error).toBeUndefined();
      expect(measured.integrity).toBeNull();
      return measured;
    }

    it.each(["sse", "ws"])("our clients over %s continue after each fault, well before EventSource tries again", async (arm) => {
      for (const condition of ["reset", "clean"]) {
        const { samples } = await wholeBlock(reconnectBrowser, condition, arm);
        const { gap = [], back = [], lost } = samples;
        expect(back.length).toBeGreaterThan(0);
        expect(new Set(back)).toEqual(new Set([1]));
        expect(lost).toEqual([0]);
        // A model's next word is 10 ms away; a wait of EventSource's kind, 3 s.
        expect(Math.min(...gap)).toBeGreaterThan(5);
        expect(Math.max(...gap)).toBeLessThan(2_900);
      }
    });

    it.each(["reset", "clean"])("EventSource reconnects after its 3 s, and loses nothing: %s", async (condition) => {
      const { samples } = await ownBlock(condition, EVENT_SOURCE);
      expect(samples["back"]).toEqual([1]);
      expect(samples["lost"]).toEqual([0]);
      expect(samples["gap"]?.[0]).toBeGreaterThan(2_900);
    });

    it("a plain WebSocket does not reconnect and loses the rest, and one with a few lines more reconnects", async () => {
      const { samples } = await untilUndisturbed(
        () => ownBlock("reset", WEB_SOCKET),
        ({ samples: { lost = [] } }) => lost[0]! > 10,
      );
      expect(samples["back"]).toEqual([0]);
      expect(samples["gap"]).toEqual([]);
      // The model speaks for 800 ms, and is broken off at about 200, later on a busy machine.
      expect(samples["lost"]?.[0]).toBeGreaterThan(10);
      const byHand = await ownBlock("reset", "native-websocket-by-hand");
      expect(new Set(byHand.samples["back"])).toEqual(new Set([1]));
      expect(byHand.samples["lost"]).toEqual([0]);
    });

    it("EventSource never leaves a silent connection, and our clients do after two heartbeats", async () => {
      const { samples } = await ownBlock("half-open", EVENT_SOURCE);
      expect(samples["back"]).toEqual([0]);
      for (const arm of ["sse", "ws"]) {
        const { samples: ours } = await wholeBlock(reconnectBrowser, "half-open", arm);
        expect(ours["back"]).toEqual([1]);
        expect(ours["gap"]?.[0]).toBeGreaterThan(1_500);
      }
    });
  });
});
