import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Run, TransportClient } from "@agent-transports/client-core";
import { createClient } from "@agent-transports/lab/clients";
import { IntegrityChecker } from "@agent-transports/lab/integrity";
import { startProxy, type FaultProxy } from "@agent-transports/lab/proxy";
import type { LocalLab } from "../lab/lab.ts";
import { contextOf } from "../lab/run-input.ts";
import { reconnectPeers } from "../peer-blocks/reconnect-peers.ts";
import { startRestartable, type Restartable } from "../lab/restartable-worker.ts";
import type { Mark } from "../results/schema.ts";
import { SSE_ARM, WS_ARM, type OurArm } from "./parts/arms.ts";
import { defineScenario } from "./parts/define-scenario.ts";
import { faults, type Fault, type FaultMoment, type FaultTarget } from "./parts/faults.ts";
import { steadyReply, tokensOf, until } from "./parts/follow.ts";
import { withoutProc } from "./parts/linux.ts";
import { recoveryFrom, resumptionAfter, type Recovery } from "./parts/recovery.ts";
import type { Measurement, Scenario } from "./parts/scenario.ts";

const TOKENS_PER_SECOND = 100;
const POLL_MS = 2;

export const reconnect: Scenario = defineScenario({
  name: "reconnect",
  title: "Reconnection after a fault",
  question: "A connection breaks in the middle of an answer: how soon does the answer go on, and is anything lost or doubled?",
  claims: [2, 9],
  method:
    "One run streams 100 tokens a second, and its connection is broken: by RST or by FIN towards the client, three times; by a proxy that stops reading for a while; that refuses the next three tries; by killing the Worker and starting it again on the same storage. " +
    "Timed is from the fault to the next new event in the application: noticing, connecting, resuming, and waiting for what comes. Every event is then checked by its id and by its text. The Worker has RECOVERY=off, so a run whose agent was killed does not go on: its next event says so, and what was written before is checked.",
  arms: [SSE_ARM, WS_ARM],
  metrics: [
    {
      id: "recovery",
      label: "fault to next new event",
      unit: "ms",
      better: "lower",
      kind: "wait",
      quantiles: [0.5, 0.9],
      description:
        "From the fault's stamp to the next event that the application did not have, on the connection that was opened after it, or behind the stall.",
    },
    {
      id: "open",
      label: "fault to open again",
      unit: "ms",
      better: "lower",
      kind: "wait",
      quantiles: [0.5],
      description: "From the fault's stamp to the client's state open.",
    },
    {
      id: "notice",
      label: "fault to noticed",
      unit: "ms",
      better: "lower",
      kind: "wait",
      quantiles: [0.5],
      description: "From the fault's stamp to the end of the client's state open.",
    },
    {
      id: "replayed",
      label: "tokens replayed",
      unit: "count",
      better: "lower",
      kind: "rowsRead",
      quantiles: [0.5],
      description: "Tokens that the model had said before the way was open again, and that came after it: what the log gave back.",
    },
  ],
  settings: faults.map((fault) => ({
    id: fault.id,
    label: fault.label,
    factors: { fault: fault.id },
    groups: fault.groups,
    value: fault,
    missing: () => (fault.kills === true ? withoutProc("workerd's process is found by") : null),
  })),
  notRemote: "The connection is broken by the proxy beside the embedded Worker.",
  measure: (lab, arm, fault) => (fault.kills === true ? restartBlock(lab, arm, fault) : proxyBlock(lab, arm, fault)),
  peers: reconnectPeers,
});

async function proxyBlock(lab: LocalLab, arm: OurArm, fault: Fault): Promise<Measurement> {
  const agent = `reconnect-${lab.id()}`;
  await lab.wake(agent);
  await lab.forgetConnections(arm.id);
  using client = lab.client(arm, { name: agent });
  return await breakAndFollow(lab, arm.id, fault, client, { proxy: lab.proxy(arm.id), restart: notThis });
}

function notThis(): never {
  throw new Error("The lab's own Worker cannot be restarted.");
}

/** With a Worker of its own, on a storage that outlives it. */
async function restartBlock(lab: LocalLab, arm: OurArm, fault: Fault): Promise<Measurement> {
  const storage = await mkdtemp(join(tmpdir(), "transport-bench-"));
  let worker: Restartable | undefined;
  let proxy: FaultProxy | undefined;
  try {
    worker = await startRestartable(lab, storage);
    proxy = await startProxy(worker.url);
    using client = createClient(arm.transport, { url: proxy.url, name: "reconnect" });
    return await breakAndFollow(lab, arm.id, fault, client, { proxy, restart: worker.restart });
  } finally {
    await proxy?.close();
    await worker?.dispose();
    await rm(storage, { recursive: true, force: true });
  }
}

async function breakAndFollow(
  lab: LocalLab,
  lane: string,
  fault: Fault,
  client: TransportClient,
  target: FaultTarget,
): Promise<Measurement> {
  const { proxy } = target;
  const connectionsBefore = proxy.connections.length;
  const reply = steadyReply(lab, (TOKENS_PER_SECOND * fault.runMs) / 1000, TOKENS_PER_SECOND);
  const { id, prompt } = lab.script(reply);
  const blockAt = performance.now();
  const run = client.start(contextOf(prompt));
  const watched = watch(run, lane, blockAt);
  watched.read.catch(() => undefined); // Awaited below; a failure must not go unhandled until then.
  await run.started;
  const streamingAt = performance.now();
  const made: FaultMoment[] = [];
  const overAt = streamingAt + fault.runMs;
  for (const atMs of fault.atMs) {
    await until(streamingAt + atMs);
    // On a busy machine the way back from the last fault may take longer than lies between two: then the next one waits, or is not made.
    const isBack = (): boolean => made.slice(-1).every((last) => resumptionAfter(watched, last, Infinity) !== undefined);
    while (!isBack() && performance.now() < overAt) await until(performance.now() + POLL_MS);
    if (performance.now() >= overAt) break;
    made.push(await fault.make(target));
  }
  await watched.read;
  const ended = fault.kills === true ? "interrupted" : "finished";
  if (run.end?.state !== ended) throw new Error(`The run ended as ${run.end?.state}, not as ${ended}: ${run.end?.error?.message}`);
  const sentAt = lab.provider.sent(id)?.sentAt ?? [];
  lab.provider.removeReply(id);
  const recovered = made.map((one, index) => recoveryFrom(watched, one, made[index + 1]?.at ?? Infinity, sentAt));
  const given = (name: keyof Recovery): number[] => recovered.flatMap((one) => one[name] ?? []);
  return {
    samples: { recovery: given("recovery"), open: given("open"), notice: given("notice"), replayed: given("replayed") },
    values: { faults: made.length, connections: proxy.connections.length - connectionsBefore },
    // How many tokens a killed agent had written before its end only its log knows.
    integrity: watched.checker.result(fault.kills === true ? undefined : reply.tokens.length),
    timeline: [...watched.marks, ...made.map(({ at }): Mark => ({ tMs: at - blockAt, lane, kind: "fault" }))].sort((a, b) => a.tMs - b.tMs),
  };
}

/** What a run's application sees, stamped. */
interface Watched {
  readonly states: { readonly to: string; readonly at: number }[];
  readonly events: { readonly at: number; readonly tokens: readonly number[] }[];
  readonly marks: Mark[];
  readonly checker: IntegrityChecker;
  readonly read: Promise<void>;
}

function watch(run: Run, lane: string, blockAt: number): Watched {
  const states: Watched["states"] = [];
  const events: Watched["events"] = [];
  const marks: Mark[] = [];
  const checker = new IntegrityChecker();
  run.onStateChange(({ to, error }) => {
    const at = performance.now();
    states.push({ to, at });
    if (to === "failed") return;
    marks.push({ tMs: at - blockAt, lane, kind: to === "ended" ? "end" : to, ...(error === undefined ? {} : { label: error.message }) });
  });
  const read = async (): Promise<void> => {
    for await (const event of run) {
      const at = performance.now();
      const tokens = tokensOf(event);
      checker.see(event);
      events.push({ at, tokens });
      if (tokens.length > 0) marks.push({ tMs: at - blockAt, lane, kind: "event" });
    }
  };
  return { states, events, marks, checker, read: read() };
}
