import { contextOf, type Lab } from "../lab.ts";
import type { Condition, Mark } from "../results/schema.ts";
import { followToEnd, steadyReply, tokensOf, until } from "./follow.ts";
import { SSE_ARM, WS_ARM, type Measurement, type Scenario } from "./types.ts";

const TOKENS_PER_SECOND = 100;
const FAULTS_AT_MS = [250, 500, 750] as const;
const BLOCK_MS = 950;

export const reconnect: Scenario = {
  name: "reconnect",
  title: "When the connection breaks",
  question: "A connection breaks in the middle of an answer: how soon does the answer go on, and is anything lost or doubled?",
  claims: [2, 9],
  method:
    "One run streams 100 tokens a second; the proxy breaks its connection three times, by RST or by FIN towards the client. Timed is from the fault to the next new event in the " +
    "application: noticing, connecting, resuming, and waiting for what comes. Every event is then checked by its id and by its text.",
  arms: [SSE_ARM, WS_ARM],
  metrics: [
    {
      id: "recovery",
      label: "fault to next new event",
      unit: "ms",
      better: "lower",
      quantiles: [0.5, 0.9],
      description: "From the fault's stamp in the proxy to the next event that the application did not have.",
    },
    {
      id: "open",
      label: "fault to open again",
      unit: "ms",
      better: "lower",
      quantiles: [0.5],
      description: "From the fault's stamp to the client's state open.",
    },
  ],
  conditions: [
    { id: "reset", label: "reset (RST)", factors: { fault: "reset" } },
    { id: "clean", label: "clean close (FIN)", factors: { fault: "clean close" } },
  ],
  groups: { quick: 5, standard: 25, full: 100 },
  notRemote: "The connection is broken by the proxy beside the embedded Worker.",
  runBlock,
};

async function runBlock(lab: Lab, arm: string, condition: Condition): Promise<Measurement> {
  const agent = `reconnect-${lab.id()}`;
  await lab.wake(agent);
  await lab.forgetConnections(arm);
  const proxy = lab.proxy(arm)!;
  const connectionsBefore = proxy.connections.length;
  using client = lab.client(arm, { name: agent });
  const reply = steadyReply(lab, (TOKENS_PER_SECOND * BLOCK_MS) / 1000, TOKENS_PER_SECOND);
  const blockAt = performance.now();
  const run = client.start(contextOf(lab.script(reply).prompt));
  const marks: Mark[] = [];
  const mark = (kind: Mark["kind"], at: number, label?: string): void =>
    void marks.push({ tMs: at - blockAt, lane: arm, kind, ...(label === undefined ? {} : { label }) });
  const recovery: number[] = [];
  const reopened: number[] = [];
  let faultAt: number | undefined;
  let faultSeenOpen = true;
  run.onStateChange(({ to, error }) => {
    const at = performance.now();
    if (to === "failed") return;
    mark(to === "ended" ? "end" : to, at, error?.message);
    if (to === "open" && !faultSeenOpen && faultAt !== undefined) {
      faultSeenOpen = true;
      reopened.push(at - faultAt);
    }
  });
  const reading = followToEnd(lab, run, reply.tokens.length, (event, at) => {
    if (faultAt !== undefined) {
      recovery.push(at - faultAt);
      faultAt = undefined;
    }
    if (tokensOf(event).length > 0) mark("event", at);
  });
  reading.catch(() => undefined); // Awaited below; a failure must not go unhandled until then.
  await run.started;
  const streamingAt = performance.now();
  for (const atMs of FAULTS_AT_MS) {
    await until(streamingAt + atMs);
    const fault = condition.id === "reset" ? proxy.reset() : proxy.closeClean("down");
    faultAt = fault.at;
    faultSeenOpen = false;
    mark("fault", fault.at, fault.kind);
  }
  const integrity = await reading;
  return {
    samples: { recovery, open: reopened },
    values: { faults: FAULTS_AT_MS.length, connections: proxy.connections.length - connectionsBefore },
    integrity,
    timeline: marks,
  };
}
