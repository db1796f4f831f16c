import { addUp } from "@agent-transports/lab/integrity";
import type { Lab } from "../lab/lab.ts";
import { contextOf } from "../lab/run-input.ts";
import type { Integrity } from "../results/schema.ts";
import { SSE_ARM, WS_ARM, type OurArm } from "./parts/arms.ts";
import { defineScenario } from "./parts/define-scenario.ts";
import { cancelQuietly, followToEnd, steadyReply } from "./parts/follow.ts";
import type { Measurement, Scenario } from "./parts/scenario.ts";

const SAMPLES = 12;
/** Every run at a deployment is paid for. */
const REMOTE_SAMPLES = 3;
const PAD_BYTES = 8_192;

/** Every sample has a client and a connection of its own. */
export const connect: Scenario = defineScenario({
  name: "connect",
  title: "A new connection",
  question: "What does a new connection cost, in time and in bytes, when a page opens or a phone comes back?",
  claims: [2],
  method:
    "A new client on a new connection starts a run whose reply is short and due at once (at a deployment: is cancelled at its first event); another new one resumes it before its last event. " +
    "Loopback, no TLS: on a network each round trip of the handshakes adds its own time. The 8 KB stand in the URL, because a browser gives a WebSocket no headers.",
  arms: [SSE_ARM, WS_ARM],
  metrics: [
    {
      id: "start",
      label: "start on a new connection",
      unit: "ms",
      better: "lower",
      kind: "wait",
      quantiles: [0.5, 0.9],
      description: "From client.start() on a new client to the run's first event.",
    },
    {
      id: "resume",
      label: "resume on a new connection",
      unit: "ms",
      better: "lower",
      kind: "wait",
      quantiles: [0.5, 0.9],
      description: "From client.resume() on a new client to the next event.",
    },
    {
      id: "bytesUp",
      label: "bytes up, to resume",
      unit: "bytes",
      better: "lower",
      kind: "traffic",
      quantiles: [0.5],
      description: "What the proxy carried towards the agent for one resume, handshake included.",
    },
    {
      id: "bytesDown",
      label: "bytes down, to resume",
      unit: "bytes",
      better: "lower",
      kind: "traffic",
      quantiles: [0.5],
      description: "What the proxy carried towards the client for the same.",
    },
  ],
  settings: [
    { id: "bare", label: "no more than needed", value: 0 },
    { id: "8kb", label: "with 8 KB of cookies or tokens", value: PAD_BYTES },
  ].map((setting) => ({ ...setting, factors: { extraBytes: setting.value }, groups: { quick: 5, standard: 6, full: 100 } })),
  notRemote: null,
  remoteRuns: REMOTE_SAMPLES,
  measure: measureConnections,
});

async function measureConnections(lab: Lab, arm: OurArm, extraBytes: number): Promise<Measurement> {
  const agent = `connect-${lab.id()}`;
  await lab.wake(agent);
  const query = extraBytes === 0 ? {} : { pad: "x".repeat(extraBytes) };
  const samples = { start: [] as number[], resume: [] as number[], bytesUp: [] as number[], bytesDown: [] as number[] };
  const integrity: Integrity[] = [];
  const remote = lab.kind === "remote";
  for (let i = 0; i < (remote ? REMOTE_SAMPLES : SAMPLES); i++) {
    const reply = steadyReply(lab, 3, 100_000);
    const ids: string[] = [];
    {
      await lab.forgetConnections(arm.id);
      using client = lab.client(arm, { name: agent, query });
      const startedAt = performance.now();
      const run = client.start(contextOf(lab.script(reply).prompt));
      integrity.push(
        await followToEnd(lab, run, reply.tokens.length, (event, at) => {
          if (ids.length === 0) {
            samples.start.push(at - startedAt);
            if (remote) void cancelQuietly(run);
          }
          ids.push(event.id);
        }),
      );
      const runId = await run.started;
      const before = ids.at(-2);
      client.close();
      await lab.forgetConnections(arm.id);
      using again = lab.client(arm, { name: agent, query });
      const resumedAt = performance.now();
      for await (const event of again.resume(runId, { after: before })) {
        samples.resume.push(performance.now() - resumedAt);
        if (event.id !== ids.at(-1)) throw new Error(`Resumed at ${event.id}, not at ${ids.at(-1)}.`);
      }
    }
    const connection = remote ? undefined : lab.proxy(arm.id).connections.at(-1);
    if (connection !== undefined) {
      samples.bytesUp.push(connection.bytesUp);
      samples.bytesDown.push(connection.bytesDown);
    }
  }
  return { samples, integrity: addUp(integrity) };
}
