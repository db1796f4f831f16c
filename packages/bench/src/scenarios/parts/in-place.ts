import type { Action, Done, ReadRun } from "@agent-transports/lab/application";
import type { OpenConnections } from "@agent-transports/lab/browser";
import { addUp, IntegrityChecker } from "@agent-transports/lab/integrity";
import type { Link, NetworkCounters } from "@agent-transports/lab/network";
import { machineNow } from "@agent-transports/lab/readers";
import type { Page } from "playwright-core";
import { keptByLab, type LocalLab } from "../../lab/lab.ts";
import type { Place } from "../../lab/place.ts";
import { openPlaces } from "../../lab/places.ts";
import type { Integrity } from "../../results/schema.ts";
import type { NetworkArm } from "./network-arms.ts";

/** Places are opened as blocks ask for them, and closed with the lab. */
const placesOf = keptByLab(async () => openPlaces());

export interface Visit {
  readonly place: Place;
  readonly agent: string;
  /** What the page's application does on this block's link. */
  readonly perform: (action: Action) => Promise<Done>;
  /** The page's clock beside the machine's. */
  readonly clock: () => Promise<PageClock>;
}

export interface PageClock {
  /** @param at of `machineNow`, in ms @returns the same moment of the page's `performance.now()` */
  readonly toPage: (at: number) => number;
  /** It is wrong by half of this at most, in ms. */
  readonly widthMs: number;
}

const CLOCK_READINGS = 20;

/** Of some readings the one whose two stamps lie closest together. */
async function clockOf(page: Page): Promise<PageClock> {
  let best = { widthMs: Infinity, offsetMs: Number.NaN };
  for (let reading = 0; reading < CLOCK_READINGS; reading++) {
    const before = machineNow();
    const there = await page.evaluate(() => performance.now());
    const after = machineNow();
    if (after - before < best.widthMs) best = { widthMs: after - before, offsetMs: there - (before + after) / 2 };
  }
  return { toPage: (at) => at + best.offsetMs, widthMs: best.widthMs };
}

/** What the network counted in a block, by direction, and the connections that requests of the page made. */
export type NetworkValues = Readonly<Record<string, number>> & { readonly newConnections: number };

/** How a block sees the network. */
export interface Conditions {
  readonly link: Link;
  readonly connections: OpenConnections;
}

/**
 * A page in Chromium, on a link, with an agent that is awake, for one block. The page is loaded before the link loses anything: a block is about what
 * comes after that.
 *
 * @returns what `measure` gave, with what the network counted meanwhile
 */
export async function visit<Result>(
  lab: LocalLab,
  arm: NetworkArm,
  { link, connections }: Conditions,
  measure: (visit: Visit) => Promise<Result>,
): Promise<{ readonly result: Result; readonly network: NetworkValues }> {
  const places = await placesOf(lab);
  return places.use(async (place) => {
    const agent = `network-${lab.id()}`;
    const { network } = place;
    await place.wake(agent);
    // A connection that learnt of another distance would take a while to unlearn it.
    await network.setLink({ down: { delayMs: link.down.delayMs }, up: { delayMs: link.up.delayMs } });
    const page = await place.open(arm);
    try {
      await network.setLink(link, Math.floor(lab.random() * 2 ** 31));
      const before = await network.counters();
      const application = { transport: arm.transport, agent, connections };
      const result = await measure({
        place,
        agent,
        clock: () => clockOf(page),
        perform: (action) => page.evaluate(([given, one]) => window.follow.perform(given, one), [application, action] as const),
      });
      const after = await network.counters();
      // A request that failed spoke none.
      const spoken = (await page.evaluate(() => window.follow.protocols())).filter((one) => one !== "");
      const expected = PROTOCOL[arm.http];
      if (spoken.some((one) => one !== expected) || (arm.transport === "sse" && spoken.length === 0))
        throw new Error(`The page was to speak ${expected}, and spoke ${JSON.stringify(spoken)}.`);
      const made = await page.evaluate(() => window.follow.newConnections());
      return { result, network: { ...countsBetween(before, after), newConnections: made } };
    } finally {
      await page.context().close();
    }
  });
}

/** As Chromium's `nextHopProtocol` names them. */
const PROTOCOL = { h1: "http/1.1", h2: "h2", h3: "h3" } as const;

type Counters = Readonly<Record<"down" | "up", NetworkCounters>>;

/** @throws Error where a packet was lost that the link did not lose: the block says nothing of the link then */
function countsBetween(before: Counters, after: Counters): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const direction of ["down", "up"] as const) {
    const [from, to] = [before[direction], after[direction]];
    const unasked = to.unasked - from.unasked;
    if (unasked > 0) throw new Error(`The network lost ${unasked} packets ${direction} that its link did not lose.`);
    counts[`${direction}Packets`] = to.offered - from.offered;
    counts[`${direction}Bytes`] = to.offeredBytes - from.offeredBytes;
    counts[`${direction}Lost`] = to.dropped.loss - from.dropped.loss;
    counts[`${direction}QueueFull`] = to.dropped.queue - from.dropped.queue;
    counts[`${direction}Blackout`] = to.dropped.blackout - from.dropped.blackout;
    counts[`${direction}TcpRetransmitted`] = to.sent.tcp.retransmitted - from.sent.tcp.retransmitted;
    counts[`${direction}LaterThan1Ms`] = to.lateness.overOneMs - from.lateness.overOneMs;
  }
  return counts;
}

/** @param tokens of each run, by the provider's script; `undefined` where a run was cancelled on purpose */
export function integrityOf(runs: readonly ReadRun[], tokens: number | undefined, firstSeq = 1): Integrity {
  return addUp(
    runs.map(({ events, end }) => {
      if (end !== "finished" && end !== "cancelled") throw new Error(`A run ended as ${end}.`);
      const checker = new IntegrityChecker(firstSeq);
      for (const event of events) checker.see(event);
      return checker.result(tokens);
    }),
  );
}
