import { nats, type NatOptions } from "@agent-transports/lab/network";
import { toMachineTime } from "@agent-transports/lab/readers";
import type { LocalLab } from "../lab/lab.ts";
import { contextOf } from "../lab/run-input.ts";
import { defineScenario } from "./parts/define-scenario.ts";
import { steadyReply, tokensOf } from "./parts/follow.ts";
import { integrityOf, visit } from "./parts/in-place.ts";
import { networkArms, type NetworkArm } from "./parts/network-arms.ts";
import type { Groups, Measurement, Scenario } from "./parts/scenario.ts";
import { withoutPlace } from "./parts/without-place.ts";

const TOKENS_PER_SECOND = 50;
/** So long the model speaks before it thinks, and after. */
const SPEAKS_S = 1;
const ROUND_TRIP_MS = 60;
const BLOCK_LIMIT_MS = 180_000;
/** Nearly all of a block is waiting. */
const AT_ONCE = 4;

export interface Silence {
  readonly id: string;
  readonly label: string;
  readonly nat: NatOptions;
  readonly silenceMs: number;
  /** Default: the clients' own, which is 5 s. */
  readonly heartbeatMs?: number;
  readonly groups: Groups;
}

/** Less than this heartbeat. It stands for a NAT of 5 min and heartbeats of 7.5 min, for which no block can wait. */
const SHORT: NatOptions = { udpMs: 10_000, tcpMs: 10_000 };
const LONG_HEARTBEAT_MS = 15_000;
const rarely: Groups = { quick: 0, standard: 0, full: 10 };

const silences: readonly Silence[] = [
  {
    id: "forgetful",
    label: "UDP is forgotten after 30 s and TCP after 5 min, and the model thinks for 40 s",
    nat: nats.forgetful,
    silenceMs: 40_000,
    groups: rarely,
  },
  {
    id: "longer",
    label: "both are forgotten after 20 s, which is longer than the heartbeat, and the model thinks for 40 s",
    nat: { udpMs: 20_000, tcpMs: 20_000 },
    silenceMs: 40_000,
    groups: rarely,
  },
  {
    id: "shorter",
    label: "both are forgotten after 10 s, heartbeats come each 15 s, and the model thinks for 20 s",
    nat: SHORT,
    heartbeatMs: LONG_HEARTBEAT_MS,
    silenceMs: 20_000,
    groups: { quick: 0, standard: 3, full: 10 },
  },
  {
    id: "shorter-reset",
    label: "the same, and TCP is answered with a reset",
    nat: { ...SHORT, unmappedTcp: "reset" },
    heartbeatMs: LONG_HEARTBEAT_MS,
    silenceMs: 20_000,
    groups: rarely,
  },
  {
    id: "shorter-same-port",
    label: "the same in silence, and UDP goes on from the port that it had",
    nat: { ...SHORT, keepsPort: true },
    heartbeatMs: LONG_HEARTBEAT_MS,
    silenceMs: 20_000,
    groups: rarely,
  },
];

export function natOn(cases: readonly Silence[]): Scenario {
  return defineScenario({
    name: "nat",
    title: "A NAT that forgets",
    question: "The model thinks, nothing is sent, and a NAT on the way forgets the connection: how late is the next word?",
    claims: [],
    method:
      `Chromium reads an answer of ${TOKENS_PER_SECOND} tokens/s, ${ROUND_TRIP_MS} ms away, through a network of two kernels with a NAT before the browser. In the midst of the answer the model thinks. ` +
      "What the NAT has forgotten, it drops in silence in both directions, or answers TCP from the browser with a reset; UDP from the browser goes on from another port. " +
      "Our clients have their default, a heartbeat each 5 s, where a setting names no other. The time is from the model's saying its next word to the page's having it. The model's moment is of the machine's clock, and set beside the page's by brackets.",
    instrument: "network",
    arms: networkArms,
    metrics: [
      {
        id: "late",
        label: "the first word after the silence",
        unit: "ms",
        better: "lower",
        kind: "wait",
        quantiles: [0.5, 0.9],
        description: "Of each block: from the model's saying it to the page's having it.",
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
    settings: cases.map(({ id, label, groups, ...value }) => ({
      id,
      label,
      factors: { nat: id, silenceMs: value.silenceMs, client: "Chromium" },
      groups,
      value,
      missing: withoutPlace,
      blocksAtOnce: AT_ONCE,
    })),
    notRemote: "The network is on this machine, between a browser and the embedded Worker.",
    blockLimitMs: BLOCK_LIMIT_MS,
    measure: keepSilent,
  });
}

export const nat = natOn(silences);

type Value = Pick<Silence, "nat" | "silenceMs" | "heartbeatMs">;

async function keepSilent(lab: LocalLab, arm: NetworkArm, { silenceMs, ...value }: Value): Promise<Measurement> {
  const path = { delayMs: ROUND_TRIP_MS / 2 };
  const before = TOKENS_PER_SECOND * SPEAKS_S;
  const reply = steadyReply(lab, 2 * before, TOKENS_PER_SECOND);
  const dueMs = reply.dueMs.map((ms, token) => ms + (token < before ? 0 : silenceMs));
  const conditions = {
    ...value,
    link: { down: path, up: path },
    connections: "page" as const,
    fallsBack: true,
    atOnce: AT_ONCE,
    limitMs: BLOCK_LIMIT_MS - 5_000,
  };
  const { result, values } = await visit(lab, arm, conditions, async (one) => {
    const clock = await one.clock();
    const { id, prompt } = one.script({ ...reply, dueMs });
    const reading = one.perform({ do: "read at once", inputs: [contextOf(prompt)] });
    // A page that fails says why, and nobody waits for what it does not send.
    await Promise.race([one.untilSent(id, before), reading]);
    const { runs } = await reading;
    const saidAt = one.sent(id)?.sentAt[before] ?? Number.NaN;
    return { runs, saidAt: clock.toPage(toMachineTime(saidAt)), clockWidthMs: clock.widthMs };
  });
  const { runs, saidAt, clockWidthMs } = result;
  const [run] = runs;
  const first = run?.events.findIndex((event) => tokensOf(event).some((token) => token >= before)) ?? -1;
  const cameAt = run?.at[first];
  if (run === undefined || cameAt === undefined) throw new Error("No word came after the silence.");
  return {
    samples: { late: [cameAt - saidAt], reconnects: [run.reconnects] },
    values: { ...values, clockWidthMs },
    integrity: integrityOf(runs, reply.tokens.length),
  };
}
