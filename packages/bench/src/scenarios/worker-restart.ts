import type { ReadRun } from "@agent-transports/lab/application";
import type { LocalLab } from "../lab/lab.ts";
import { contextOf } from "../lab/run-input.ts";
import type { Link } from "@agent-transports/lab/network";
import { defineScenario } from "./parts/define-scenario.ts";
import { steadyReply } from "./parts/follow.ts";
import { integrityOf, visit } from "./parts/in-place.ts";
import { networkArms, type NetworkArm } from "./parts/network-arms.ts";
import type { Groups, Measurement, Scenario } from "./parts/scenario.ts";
import { withoutPlace } from "./parts/without-place.ts";

const TOKENS_PER_SECOND = 50;
/** Before the Worker is killed. */
const LEAD_S = 1.5;
/** So long the model would speak on: longer than it takes until the Worker is back. */
const REST_S = 60;
const ROUND_TRIP_MS = 60;
const LOSS = { kind: "independent", share: 0.02 } as const;
const BLOCK_LIMIT_MS = 120_000;

const path = { delayMs: ROUND_TRIP_MS / 2 };

const links: readonly { readonly id: string; readonly label: string; readonly link: Link; readonly groups: Groups }[] = [
  { id: "clean", label: "no loss", link: { down: path, up: path }, groups: { quick: 0, standard: 0, full: 15 } },
  {
    id: "loss",
    label: "2 % loss",
    link: { down: { ...path, loss: LOSS }, up: { ...path, loss: LOSS } },
    groups: { quick: 0, standard: 3, full: 15 },
  },
];

export const workerRestart: Scenario = defineScenario({
  name: "worker-restart",
  title: "The Worker killed behind an edge",
  question: "The Worker dies and comes back while the network is bad: how soon is a reader told what became of the answer?",
  claims: [],
  method:
    `Chromium reads an answer of ${TOKENS_PER_SECOND} tokens/s, ${ROUND_TRIP_MS} ms away, through a network of two kernels, from an edge with TLS 1.3. The Worker behind the edge is killed, and started again on the same port and storage. ` +
    "The edge stays: clients lose a stream or a socket, and their tries meet its error 503 (HAProxy) or 502 (Caddy) until the Worker listens. The Worker has RECOVERY=off, so that no model's time is in it: the answer's next event says that it was interrupted. The moments of the Worker are of the machine's clock, and set beside the page's by brackets.",
  instrument: "network",
  arms: networkArms,
  metrics: [
    {
      id: "told",
      label: "kill until the reader is told",
      unit: "ms",
      better: "lower",
      kind: "wait",
      quantiles: [0.5, 0.9],
      description:
        "Of each block: from the kill to the event in the page that says what became of the answer. How long the Worker was away is in it, and in the block's values.",
    },
    {
      id: "noticed",
      label: "kill to noticed",
      unit: "ms",
      better: "lower",
      kind: "wait",
      quantiles: [0.5, 0.9],
      description: "Of each block: from the kill to the client's state leaving open.",
    },
    {
      id: "tries",
      label: "tries until it is open again",
      unit: "count",
      better: "lower",
      kind: "requests",
      quantiles: [0.5],
      description: "Of each block, by the client.",
    },
  ],
  settings: links.map(({ id, label, link, groups }) => ({
    id,
    label: `${ROUND_TRIP_MS} ms away, ${label}`,
    factors: { link: id, client: "Chromium" },
    groups,
    value: link,
    missing: withoutPlace,
  })),
  notRemote: "The Worker that is killed is the embedded one.",
  blockLimitMs: BLOCK_LIMIT_MS,
  measure: killAndRead,
});

async function killAndRead(lab: LocalLab, arm: NetworkArm, link: Link): Promise<Measurement> {
  const conditions = { link, connections: "page" as const, atOnce: 1, limitMs: BLOCK_LIMIT_MS - 5_000 };
  const { result, values } = await visit(lab, arm, conditions, async (one) => {
    const clock = await one.clock();
    const { id, prompt } = one.script(steadyReply(lab, TOKENS_PER_SECOND * (LEAD_S + REST_S), TOKENS_PER_SECOND));
    const reading = one.perform({ do: "read at once", inputs: [contextOf(prompt)] });
    await Promise.race([one.untilSent(id, TOKENS_PER_SECOND * LEAD_S), reading]);
    const { killedAt, backAt } = await one.restartWorker();
    const { runs } = await reading;
    return { runs, killedAt: clock.toPage(killedAt), backAt: clock.toPage(backAt), clockWidthMs: clock.widthMs };
  });
  const { runs, killedAt, backAt, clockWidthMs } = result;
  const [run] = runs;
  if (run === undefined) throw new Error("No run was read.");
  return {
    samples: {
      told: [(run.at.at(-1) ?? Number.NaN) - killedAt],
      noticed: [leftOpenAt(run, killedAt) - killedAt],
      tries: [triesAfter(run, killedAt)],
    },
    values: { ...values, workerAwayMs: backAt - killedAt, clockWidthMs },
    // What the model had written when the Worker died, only the log knows.
    integrity: integrityOf(runs, undefined, 1, ["interrupted"]),
  };
}

/** @throws Error where the client has not noticed */
function leftOpenAt({ states }: ReadRun, killedAt: number): number {
  const left = states.find(({ to, at }) => at >= killedAt && to !== "open");
  if (left === undefined || left.to === "ended") throw new Error("The client has not noticed that the Worker was killed.");
  return left.at;
}

function triesAfter({ states }: ReadRun, killedAt: number): number {
  return states.filter(({ to, at }) => at >= killedAt && to === "connecting").length;
}
