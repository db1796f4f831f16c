import type { ReadRun } from "@agent-transports/lab/application";
import { machineNow } from "@agent-transports/lab/readers";
import type { LocalLab } from "../lab/lab.ts";
import { contextOf } from "../lab/run-input.ts";
import { defineScenario } from "./parts/define-scenario.ts";
import { steadyReply } from "./parts/follow.ts";
import { integrityOf, visit, type Visit } from "./parts/in-place.ts";
import { networkArms, type NetworkArm } from "./parts/network-arms.ts";
import type { Groups, Measurement, Scenario } from "./parts/scenario.ts";
import { withoutPlace } from "./parts/without-place.ts";

const TOKENS_PER_SECOND = 50;
/** Before the network goes away. */
const LEAD_S = 1.5;
/** The model speaks on for so long after it is back. */
const REST_S = 3;
const ROUND_TRIP_MS = 60;
const BLOCK_LIMIT_MS = 180_000;
/** Nearly all of a block is waiting. */
const AT_ONCE = 4;
/** A silence is noticed after two heartbeats. Our clients' default is 5 s. */
const SHORT_HEARTBEAT_MS = 2_000;

/** @returns when the network was back, of the machine's clock in ms */
type MakeOutage = (visit: Visit) => Promise<number>;

interface Outage {
  readonly id: string;
  readonly label: string;
  readonly lengthS: number;
  readonly make: MakeOutage;
  /** Before the answer begins. */
  readonly prepare?: (visit: Visit) => Promise<void>;
  /** Default: the clients' own. */
  readonly heartbeatMs?: number;
  readonly groups: Groups;
}

function tunnel(lengthS: number, groups: Groups): Outage {
  return {
    id: `tunnel-${lengthS}`,
    label: `a tunnel of ${lengthS} s`,
    lengthS,
    make: async ({ network }) => (await network.blackout(lengthS * 1000)).toMs,
    groups,
  };
}

const untold: readonly Outage[] = [
  tunnel(2, { quick: 0, standard: 3, full: 20 }),
  tunnel(10, { quick: 0, standard: 3, full: 20 }),
  tunnel(40, { quick: 0, standard: 3, full: 10 }),
  {
    id: "address",
    label: "another address, as from Wi-Fi to mobile",
    lengthS: 0,
    async make({ network }) {
      network.changeAddress();
      return machineNow();
    },
    groups: { quick: 0, standard: 3, full: 20 },
  },
];

const outages: readonly Outage[] = [
  ...untold,
  ...untold.map((one) => ({
    ...one,
    id: `${one.id}-heartbeat-2`,
    label: `${one.label}, and heartbeats of ${SHORT_HEARTBEAT_MS / 1000} s`,
    heartbeatMs: SHORT_HEARTBEAT_MS,
  })),
  {
    id: "address-told",
    label: "another address, and the page is told, as Chrome does on Android",
    lengthS: 0,
    prepare: ({ tellNetwork }) => tellNetwork("wifi"),
    async make({ network, tellNetwork }) {
      network.changeAddress();
      const changedAt = machineNow();
      await tellNetwork("cellular4g");
      return changedAt;
    },
    groups: { quick: 0, standard: 3, full: 20 },
  },
];

export const outage: Scenario = defineScenario({
  name: "outage",
  title: "A network that goes away",
  question: "How long until text comes again after a tunnel, or after the address has changed?",
  claims: [],
  method:
    `Chromium reads an answer of ${TOKENS_PER_SECOND} tokens/s, ${ROUND_TRIP_MS} ms away, through a network of two kernels. In a tunnel all packets are lost, and nothing tells the browser or the edge. ` +
    "After a change of address, TCP's old connections are dead in silence; the browser's system reports the change, as a phone's does. Chrome on Android also tells the page that it is on another kind of network, which one setting does by DevTools. Our clients have their defaults, but for settings that ask for heartbeats of 2 s in place of 5 s. The time is from when packets get through again to the end of the longest time without a new event. The moments of the network are of the machine's clock, and set beside the page's by brackets.",
  instrument: "network",
  arms: networkArms,
  metrics: [
    {
      id: "recovery",
      label: "network back to next event",
      unit: "ms",
      better: "lower",
      kind: "wait",
      quantiles: [0.5, 0.9],
      description:
        "Of each block: from when packets get through again, or from the change of address, to the end of the longest time without a new event in the page.",
    },
    {
      id: "gap",
      label: "time without a new event",
      unit: "ms",
      better: "lower",
      kind: "wait",
      quantiles: [0.5],
      description: "Of each block: the longest, the outage included.",
    },
    {
      id: "reconnects",
      label: "connections opened anew",
      unit: "count",
      better: "lower",
      kind: "requests",
      quantiles: [0.5],
      description: "Of each block, by the client. 0 where the connection survived.",
    },
  ],
  settings: outages.map(({ id, label, groups, ...value }) => ({
    id,
    label,
    factors: { outage: id, client: "Chromium" },
    groups,
    value,
    missing: withoutPlace,
    blocksAtOnce: AT_ONCE,
  })),
  notRemote: "The network is on this machine, between a browser and the embedded Worker.",
  blockLimitMs: BLOCK_LIMIT_MS,
  measure: recover,
});

async function recover(
  lab: LocalLab,
  arm: NetworkArm,
  { lengthS, make, prepare, heartbeatMs }: Pick<Outage, "lengthS" | "make" | "prepare" | "heartbeatMs">,
): Promise<Measurement> {
  const path = { delayMs: ROUND_TRIP_MS / 2 };
  const tokens = TOKENS_PER_SECOND * (LEAD_S + lengthS + REST_S);
  const conditions = {
    link: { down: path, up: path },
    connections: "page" as const,
    fallsBack: true,
    ...(heartbeatMs !== undefined && { heartbeatMs }),
    atOnce: AT_ONCE,
    limitMs: BLOCK_LIMIT_MS - 5_000,
  };
  const { result, values } = await visit(lab, arm, conditions, async (one) => {
    const clock = await one.clock();
    await prepare?.(one);
    const { id, prompt } = one.script(steadyReply(lab, tokens, TOKENS_PER_SECOND));
    const reading = one.perform({ do: "read at once", inputs: [contextOf(prompt)] });
    // A page that fails says why, and nobody waits for what it does not send.
    await Promise.race([one.untilSent(id, LEAD_S * TOKENS_PER_SECOND), reading]);
    const goneAt = machineNow();
    const backAt = await make(one);
    const { runs } = await reading;
    return { runs, goneAt: clock.toPage(goneAt), backAt: clock.toPage(backAt), clockWidthMs: clock.widthMs };
  });
  const { runs, goneAt, backAt, clockWidthMs } = result;
  const [run] = runs;
  if (run === undefined) throw new Error("No run was read.");
  const gap = longestGapAfter(goneAt, run);
  if (gap.to < backAt) throw new Error("An event came while the network was away.");
  return {
    samples: { recovery: [gap.to - backAt], gap: [gap.to - gap.from], reconnects: [run.reconnects] },
    values: { ...values, clockWidthMs },
    integrity: integrityOf(runs, tokens),
  };
}

/** From when to when no event came, of the page's clock in ms: the longest time that was not over at this moment. */
function longestGapAfter(moment: number, { at }: ReadRun): { readonly from: number; readonly to: number } {
  let longest = { from: moment, to: moment };
  for (const [index, from] of at.entries()) {
    const to = at[index + 1] ?? from;
    if (to > moment && to - from > longest.to - longest.from) longest = { from, to };
  }
  return longest;
}
