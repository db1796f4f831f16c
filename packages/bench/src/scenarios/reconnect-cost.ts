import type { TransportClient } from "@agent-transports/client-core";
import { addUp, IntegrityChecker } from "@agent-transports/lab/integrity";
import type { ProxyConnection } from "@agent-transports/lab/proxy";
import type { LocalLab } from "../lab/lab.ts";
import type { Integrity, Metric } from "../results/schema.ts";
import { SSE_ARM, WS_ARM, type OurArm } from "./parts/arms.ts";
import { defineScenario } from "./parts/define-scenario.ts";
import { finishedRun } from "./parts/follow.ts";
import type { Measurement, Scenario } from "./parts/scenario.ts";

/** Reconnections of each kind in a block. */
const SAMPLES = 4;

const bytes = { unit: "bytes", better: "lower", kind: "traffic", quantiles: [0.5] } satisfies Partial<Metric>;
const time = { unit: "ms", better: "lower", kind: "wait", quantiles: [0.5, 0.9] } satisfies Partial<Metric>;

export const reconnectCost: Scenario = defineScenario({
  name: "reconnect-cost",
  title: "The cost of a reconnection",
  question: "Where a page has cookies and tokens, what does it cost in bytes and in time to come back to a run, once and again?",
  claims: [2],
  method:
    "A client with so many bytes of cookies (in the URL for a WebSocket, to which a browser adds no headers of the application's) resumes a run before its last events: cold, on a connection that it must make; and warm, which for SSE is one more request with all " +
    "its headers on a connection that is kept alive, and for a WebSocket one more frame on the socket that is open. Bytes are counted at the proxy.",
  arms: [SSE_ARM, WS_ARM],
  metrics: [
    {
      ...bytes,
      id: "coldUp",
      label: "bytes up, cold",
      description: "Towards the agent, for one resume on a new connection, handshake included.",
    },
    { ...bytes, id: "coldDown", label: "bytes down, cold", description: "Towards the client for the same, with the run's last events." },
    { ...bytes, id: "warmUp", label: "bytes up, warm", description: "Towards the agent, for one more resume of the same client." },
    { ...bytes, id: "warmDown", label: "bytes down, warm", description: "Towards the client for the same." },
    {
      ...time,
      id: "cold",
      label: "resume to next event, cold",
      description: "From client.resume() of a new client to the next event in the application.",
    },
    {
      ...time,
      id: "warm",
      label: "resume to next event, warm",
      description: "From client.resume() of a client that has just resumed to the next event.",
    },
  ],
  settings: [
    { id: "0", label: "no cookies", value: 0 },
    { id: "1kb", label: "1 KB of cookies", value: 1_024 },
    { id: "8kb", label: "8 KB of cookies", value: 8_192 },
  ].map((setting) => ({ ...setting, factors: { headerBytes: setting.value }, groups: { quick: 0, standard: 3, full: 100 } })),
  notRemote:
    "Bytes are counted by the proxy beside the embedded Worker, and what a handshake costs a deployment in time `connect` measures.",
  measure: measureResumes,
});

async function measureResumes(lab: LocalLab, arm: OurArm, headerBytes: number): Promise<Measurement> {
  const agent = `reconnect-cost-${lab.id()}`;
  await lab.wake(agent);
  const pad = "x".repeat(headerBytes);
  const headers = pad === "" || arm.transport !== "sse" ? {} : { Cookie: `pad=${pad}` };
  const query = pad === "" || arm.transport !== "ws" ? {} : { pad };
  const make = (): TransportClient => lab.client(arm, { name: agent, query }, headers);

  const { run, ids, integrity } = await finishedRun(lab, make());
  const integrities: Integrity[] = [integrity];
  const samples = {
    coldUp: [] as number[],
    coldDown: [] as number[],
    warmUp: [] as number[],
    warmDown: [] as number[],
    cold: [] as number[],
    warm: [] as number[],
  };
  const proxy = lab.proxy(arm.id);
  let warmConnections = 0;
  for (let n = 0; n < SAMPLES; n++) {
    await lab.forgetConnections(arm.id);
    using client = make();
    for (const kind of ["cold", "warm"] as const) {
      const before = carried(proxy.connections);
      // Two events are left of the run, of which the second ends it.
      const checker = new IntegrityChecker(ids.length - 1);
      const resumedAt = performance.now();
      for await (const event of client.resume(run, { after: ids.at(-3) })) {
        if (event.id === ids.at(-2)) samples[kind].push(performance.now() - resumedAt);
        checker.see(event);
      }
      integrities.push(checker.result());
      // An event stream ends behind its last event, and only then is its connection free for another.
      await settled(() => carried(proxy.connections).down);
      const after = carried(proxy.connections);
      samples[`${kind}Up`].push(after.up - before.up);
      samples[`${kind}Down`].push(after.down - before.down);
      if (kind === "warm") warmConnections += after.connections - before.connections;
    }
  }
  return { samples, values: { warmConnections: warmConnections / SAMPLES }, integrity: addUp(integrities) };
}

function carried(connections: readonly ProxyConnection[]): { up: number; down: number; connections: number } {
  return {
    up: connections.reduce((sum, { bytesUp }) => sum + bytesUp, 0),
    down: connections.reduce((sum, { bytesDown }) => sum + bytesDown, 0),
    connections: connections.length,
  };
}

const QUIET_MS = 3;
const MOST_MS = 50;

/** Waits until a count has stood still for a moment. */
async function settled(count: () => number): Promise<void> {
  const startedAt = performance.now();
  let [last, since] = [count(), startedAt];
  while (performance.now() - since < QUIET_MS && performance.now() - startedAt < MOST_MS) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    if (count() === last) continue;
    last = count();
    since = performance.now();
  }
}
