import type { Action, Done, ReadRun } from "@agent-transports/lab/application";
import type { NetworkKind, OpenConnections } from "@agent-transports/lab/browser";
import { addUp, IntegrityChecker } from "@agent-transports/lab/integrity";
import { profiles, type CountersOfBoth, type Link, type NatOptions, type Network } from "@agent-transports/lab/network";
import type { Reply, ScriptedProvider, SentReply } from "@agent-transports/lab/provider";
import { machineNow, toMachineTime } from "@agent-transports/lab/readers";
import { keptByLab, type LocalLab, type Script } from "../../lab/lab.ts";
import type { Visitor } from "../../lab/place.ts";
import { openPlaces } from "../../lab/places.ts";
import type { Integrity } from "../../results/schema.ts";
import { quantile } from "../../stats/index.ts";
import { controlTcp, type TcpOptions } from "./control-tcp.ts";
import { latenessOf, until } from "./follow.ts";
import type { NetworkArm } from "./network-arms.ts";

/** Places are opened as blocks ask for them, and closed with the lab. */
const placesOf = keptByLab(async () => openPlaces());

export interface Visit {
  readonly network: Network;
  /** @returns the message that asks for it, and the reply's id */
  readonly script: (reply: Reply) => Script;
  readonly sent: (id: string) => SentReply | undefined;
  /** What the application does on this block's link. */
  readonly perform: (action: Action) => Promise<Done>;
  /**
   * Waits until so many of an answer's tokens have been sent. The page may go over another version later, but not before.
   *
   * @throws Error where they are not, or the page has made a connection where it is to use the one that it has
   */
  readonly untilSent: (id: string, tokens: number) => Promise<void>;
  /** Kills the Worker behind the edge, and starts another on the same storage. @returns when it was killed, and when the other listened, of `machineNow` */
  readonly restartWorker: () => Promise<{ readonly killedAt: number; readonly backAt: number }>;
  /** Tells the page on which kind of network it is, as Chrome on Android does. */
  readonly tellNetwork: (kind: NetworkKind) => Promise<void>;
  /** The application's clock beside the machine's. */
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
async function clockOf(visitor: Visitor): Promise<PageClock> {
  let best = { widthMs: Infinity, offsetMs: Number.NaN };
  for (let reading = 0; reading < CLOCK_READINGS; reading++) {
    const before = machineNow();
    const there = await visitor.now();
    const after = machineNow();
    if (after - before < best.widthMs) best = { widthMs: after - before, offsetMs: there - (before + after) / 2 };
  }
  return { toPage: (at) => at + best.offsetMs, widthMs: best.widthMs };
}

/** How a block sees the network. */
export interface Conditions extends TcpOptions {
  readonly link: Link;
  readonly connections: OpenConnections;
  /** Default: none. It sees all connections of the block's page. */
  readonly nat?: NatOptions;
  /** A WebSocket whose HTTP/2 connection is lost may go over HTTP/1.1 then, as before a deployed Worker. Default: its port speaks HTTP/2 only. */
  readonly fallsBack?: boolean;
  /** Of the page's client. Default: its own. */
  readonly heartbeatMs?: number;
  /** So many blocks of the scenario run at once. */
  readonly atOnce: number;
  /** A block that takes longer has failed, and its place is closed. */
  readonly limitMs: number;
}

/**
 * A page in Chromium, or a program in Node, on a link, with an agent that is awake, for one block. It is loaded, and connects, before the link loses
 * anything: a block is about what comes after that.
 *
 * @returns what `measure` gave, with what the network and the provider counted meanwhile
 */
export async function visit<Result>(
  lab: LocalLab,
  arm: NetworkArm,
  { link, nat, connections, fallsBack = false, heartbeatMs, atOnce, limitMs, ...tcp }: Conditions,
  measure: (visit: Visit) => Promise<Result>,
): Promise<{ readonly result: Result; readonly values: Readonly<Record<string, number>> }> {
  const places = await placesOf(lab);
  return places.use({ atOnce, limitMs }, async ({ network, provider, open, script, wake, restartWorker, warmUp }) => {
    const agent = `network-${lab.id()}`;
    await wake(agent);
    // A connection that learnt of another distance would take a while to unlearn it.
    await network.setLink({ down: { delayMs: link.down.delayMs }, up: { delayMs: link.up.delayMs } });
    await network.setNat(nat ?? null);
    const control = controlTcp(network, tcp);
    const visitor = await open(fallsBack && arm.transport === "ws" && arm.http === "h2" ? { ...arm, port: "h2-or-h1" } : arm);
    const application = { transport: arm.transport, agent, connections, ...(heartbeatMs !== undefined && { heartbeatMs }) };
    const perform = (action: Action): Promise<Done> => visitor.perform(application, action);
    await perform({ do: "connect" });
    await network.setLink(handicapped(lab, arm, link), Math.floor(lab.random() * 2 ** 31));
    // The pages of all blocks that run at once are open before the first is measured, and stay until the last is: to open and to close one is work.
    await lab.meeting.meet();
    const before = await network.counters();
    const asked: string[] = [];
    let isCold = false;
    const result = await measure({
      network,
      perform,
      clock: () => clockOf(visitor),
      tellNetwork: (kind) => visitor.tellNetwork(kind),
      sent: (id) => provider.sent(id),
      async restartWorker() {
        isCold = true;
        const killedAt = toMachineTime(await restartWorker());
        return { killedAt, backAt: machineNow() };
      },
      async untilSent(id, tokens) {
        await untilSent(provider, id, tokens);
        const made = (await network.counters()).up.sent.tcp.connections - before.up.sent.tcp.connections;
        if (arm.http === "h2" && connections === "page" && made > 0)
          throw new Error(`The page was to use the HTTP/2 connection that it has, and made ${made} more.`);
      },
      script(reply) {
        const one = script(reply);
        asked.push(one.id);
        return one;
      },
    });
    const after = await network.counters();
    await lab.meeting.meet();
    // One of an answer, beside the one that made the page's connection: with each new connection, the page forgets what went over those before.
    const requests = arm.transport === "sse" ? (connections === "page" ? 2 : 1) : 0;
    const spoken = await visitor.protocols(requests);
    const expected = PROTOCOL[arm.http];
    if (spoken !== null && (spoken.some((one) => one !== expected) || spoken.length < requests))
      throw new Error(`The page was to speak ${expected}, and spoke ${JSON.stringify(spoken)}.`);
    const controlled = control.inForce(arm.http !== "h3");
    const lateness = asked.flatMap((id) => latenessOf(provider.sent(id)));
    for (const id of asked) provider.removeReply(id);
    await visitor.close();
    await network.setNat(null);
    control.reset();
    if (isCold) {
      await network.setLink(profiles.loopback);
      await warmUp();
    }
    return {
      result,
      values: {
        ...countsBetween(before, after),
        ...controlled,
        ...(lateness.length > 0 && { providerLatenessP99Ms: quantile(lateness, 0.99) }),
      },
    };
  });
}

const SENT_LIMIT_MS = 30_000;

async function untilSent(provider: Pick<ScriptedProvider, "sent">, id: string, tokens: number): Promise<void> {
  const giveUpAt = performance.now() + SENT_LIMIT_MS;
  while ((provider.sent(id)?.sentAt.length ?? 0) < tokens) {
    const outcome = provider.sent(id)?.outcome ?? "not asked for";
    if (performance.now() > giveUpAt) throw new Error(`The model's answer was ${outcome} after ${SENT_LIMIT_MS / 1000} s.`);
    await until(performance.now() + 5);
  }
}

function handicapped({ handicap }: LocalLab, { id }: NetworkArm, link: Link): Link {
  if (handicap?.arm !== id) return link;
  return { ...link, down: { ...link.down, delayMs: link.down.delayMs + handicap.ms } };
}

/** As Chromium's `nextHopProtocol` names them. */
const PROTOCOL = { h1: "http/1.1", h2: "h2", h3: "h3" } as const;

/** @throws Error where a packet was lost that the link did not lose: the block says nothing of the link then */
function countsBetween(before: CountersOfBoth, after: CountersOfBoth): Record<string, number> {
  const counts: Record<string, number> = { remapped: after.remapped - before.remapped };
  for (const direction of ["down", "up"] as const) {
    const [from, to] = [before[direction], after[direction]];
    const unasked = to.unasked - from.unasked;
    if (unasked > 0) throw new Error(`The network lost ${unasked} packets ${direction} that its link did not lose.`);
    counts[`${direction}Packets`] = to.offered - from.offered;
    counts[`${direction}Bytes`] = to.offeredBytes - from.offeredBytes;
    counts[`${direction}Lost`] = to.dropped.loss - from.dropped.loss;
    counts[`${direction}QueueFull`] = to.dropped.queue - from.dropped.queue;
    counts[`${direction}Blackout`] = to.dropped.blackout - from.dropped.blackout;
    counts[`${direction}Forgotten`] = to.atNat.forgotten - from.atNat.forgotten;
    counts[`${direction}TcpRetransmitted`] = to.sent.tcp.retransmitted - from.sent.tcp.retransmitted;
    counts[`${direction}TcpConnections`] = to.sent.tcp.connections - from.sent.tcp.connections;
    counts[`${direction}QuicHandshakePackets`] = to.sent.udp.quicLongHeader - from.sent.udp.quicLongHeader;
    counts[`${direction}LaterThan1Ms`] = to.lateness.overOneMs - from.lateness.overOneMs;
  }
  return counts;
}

/**
 * @param tokens of each run, by the provider's script; `undefined` where a run did not come to its end, on purpose
 * @param ends as which runs may end
 */
export function integrityOf(
  runs: readonly ReadRun[],
  tokens: number | undefined,
  firstSeq = 1,
  ends: readonly string[] = ["finished", "cancelled"],
): Integrity {
  return addUp(
    runs.map(({ events, end }) => {
      if (!ends.includes(end)) throw new Error(`A run ended as ${end}.`);
      const checker = new IntegrityChecker(firstSeq);
      for (const event of events) checker.see(event);
      return checker.result(tokens);
    }),
  );
}
