import { startProxy } from "@agent-transports/lab/proxy";
import type { LocalLab } from "../lab/lab.ts";
import { contextOf } from "../lab/run-input.ts";
import type { Mark } from "../results/schema.ts";
import { SSE_ARM, WS_ARM, type OurArm } from "./parts/arms.ts";
import { defineScenario } from "./parts/define-scenario.ts";
import { followToEnd, steadyReply, tokensOf, until } from "./parts/follow.ts";
import type { Measurement, Scenario } from "./parts/scenario.ts";

const HEARTBEAT_MS = 1_000;
const FAULT_AFTER_MS = 200;
/** The model thinks for longer than it takes to notice, at most two periods after the last heartbeat. */
const SILENCE_MS = 3_500;

export const halfOpen: Scenario = defineScenario({
  name: "half-open",
  title: "Detection of a dead peer",
  question: "The network swallows everything and closes nothing, as where a phone changes cells: how soon does the client notice?",
  claims: [3, 9],
  method:
    "While the model thinks, the fault proxy begins to discard what comes, both ways, and closes nothing, until the client gives the connection up; then the network is whole again. Heartbeats are due each second, by comment over SSE, by ping and pong over WebSocket, and the fault " +
    "comes anywhere between two. Noticing counts in periods, from the fault, so that it holds for any period. The proxy's kernel still acknowledges, so TCP itself never notices.",
  arms: [SSE_ARM, WS_ARM],
  metrics: [
    {
      id: "notice",
      label: "heartbeat periods until it is noticed",
      unit: "count",
      better: "lower",
      kind: "heartbeats",
      quantiles: [0.5],
      description: "From the fault's stamp in the proxy to the client's state leaving open, over the heartbeat's period.",
    },
    {
      id: "open",
      label: "noticed to open again",
      unit: "ms",
      better: "lower",
      kind: "wait",
      quantiles: [0.5],
      description: "From the client's noticing, when the network is whole again, to its state open.",
    },
  ],
  settings: [
    {
      id: "both",
      label: "both ways swallowed, heartbeat each second",
      factors: { heartbeatMs: HEARTBEAT_MS },
      groups: { quick: 0, standard: 20, full: 60 },
      value: { heartbeatMs: HEARTBEAT_MS },
      blocksAtOnce: 20,
    },
  ],
  notRemote: "The network's fault is made by the proxy beside the embedded Worker.",
  measure: measureNotice,
});

async function measureNotice(lab: LocalLab, arm: OurArm, { heartbeatMs }: { readonly heartbeatMs: number }): Promise<Measurement> {
  const agent = `half-open-${lab.id()}`;
  await lab.wake(agent);
  // Of its own: other blocks run at the same time.
  const proxy = await startProxy(lab.host.url);
  try {
    using client = lab.client(arm, { name: agent, url: proxy.url, heartbeatMs });
    const reply = steadyReply(lab, 2, 1000 / SILENCE_MS);
    const blockAt = performance.now();
    const run = client.start(contextOf(lab.script(reply).prompt));
    const marks: Mark[] = [];
    const mark = (kind: Mark["kind"], at: number): void => void marks.push({ tMs: at - blockAt, lane: arm.id, kind });
    let faultAt: number | undefined;
    let noticedAt: number | undefined;
    const reopened: number[] = [];
    run.onStateChange(({ to }) => {
      const at = performance.now();
      if (to !== "failed") mark(to === "ended" ? "end" : to, at);
      if (noticedAt !== undefined && to === "open") reopened.push(at - noticedAt);
      if (faultAt === undefined || noticedAt !== undefined || to === "open") return;
      noticedAt = at;
      proxy.heal();
    });
    const reading = followToEnd(lab, run, reply.tokens.length, (event, at) => {
      if (tokensOf(event).length > 0) mark("event", at);
    });
    reading.catch(() => undefined); // Awaited below; a failure must not go unhandled until then.
    await run.started;
    await until(performance.now() + FAULT_AFTER_MS + lab.random() * heartbeatMs);
    proxy.drop("up");
    faultAt = proxy.drop("down").at;
    mark("fault", faultAt);
    const integrity = await reading;
    if (noticedAt === undefined) throw new Error("The fault was never noticed.");
    return { samples: { notice: [(noticedAt - faultAt) / heartbeatMs], open: reopened }, integrity, timeline: marks };
  } finally {
    await proxy.close();
  }
}
