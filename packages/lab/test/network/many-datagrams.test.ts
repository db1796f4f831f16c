/** Nothing is lost that no link asked for, at a rate that measurements come near. With DATAGRAMS=1000000, a million. */
import { expect, inject, it } from "vitest";
import { needs } from "../../src/needs.ts";
import * as tools from "../../src/tools.ts";
import { datagrams, goFirst, networks, settled } from "./measure.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** How many are sent. */
    readonly datagrams: number;
  }
}

const open = networks();
const PER_SECOND = 5_000;

it("carries each datagram once and in order, at 5,000 a second", needs(tools.network), async () => {
  const goBack = goFirst();
  const count = inject("datagrams");
  const network = await open({ up: { delayMs: 40, jitter: { upToMs: 20, inOrder: true } } });
  const flow = await datagrams(network, "near");
  await flow.send(count, 200, 1_000 / PER_SECOND);
  const up = await settled(network, "up", count);
  expect([up.delivered, up.unasked, up.dropped]).toEqual([count, 0, { loss: 0, queue: 0, blackout: 0 }]);
  expect([network.near.device().sent, network.far.device().received]).toEqual([count, count]);
  await expect.poll(() => flow.arrivals.length).toBe(count);
  expect(flow.arrivals.findIndex(({ number }, index) => number !== index)).toBe(-1);
  flow.close();
  goBack();
});
