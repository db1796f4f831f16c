import { readReply } from "@agent-transports/lab/floor";
import { addUp } from "@agent-transports/lab/integrity";
import type { Lab } from "../lab/lab.ts";
import { contextOf } from "../lab/run-input.ts";
import { firstTokenPeers } from "../peer-blocks/first-token-peers.ts";
import type { Integrity } from "../results/schema.ts";
import { FLOOR_ARM, SSE_ARM, WS_ARM, type OurArm } from "./parts/arms.ts";
import { defineScenario } from "./parts/define-scenario.ts";
import { cancelQuietly, followToEnd, steadyReply } from "./parts/follow.ts";
import type { Measurement, Scenario } from "./parts/scenario.ts";

const SAMPLES = 25;
/** Every run at a deployment is paid for. */
const REMOTE_SAMPLES = 5;

export const firstToken: Scenario = defineScenario({
  name: "first-token",
  title: "Time to the first token",
  question: "On a connection that is open already, how long until the first word of an answer is there?",
  claims: [8],
  method:
    "One client starts run after run, each answered at once, so that all of the time is the way there and back: the client, the transport, the agent with its log, " +
    "and the request to the provider. SSE keeps its HTTP connection alive between runs. The floor asks the provider with no agent between. At a deployment, whose model's own time is in it, each run is cancelled at its first word.",
  arms: [SSE_ARM, WS_ARM, FLOOR_ARM],
  metrics: [
    {
      id: "firstToken",
      label: "prompt to first token",
      unit: "ms",
      better: "lower",
      kind: "wait",
      quantiles: [0.5, 0.9],
      description: "From client.start() to the first text-delta in the application.",
    },
  ],
  settings: [
    {
      id: "warm",
      label: "one conversation, warm connection",
      factors: { conversations: 1 },
      groups: { quick: 6, standard: 10, full: 200 },
      value: undefined,
    },
  ],
  notRemote: null,
  remoteRuns: 2 + REMOTE_SAMPLES,
  peers: firstTokenPeers(SAMPLES),
  measure(lab, arm) {
    return arm.transport === null ? floorBlock(lab) : agentBlock(lab, arm);
  },
});

async function floorBlock(lab: Lab): Promise<Measurement> {
  if (lab.kind === "remote") throw new Error("A deployment has no floor.");
  const reply = steadyReply(lab, 1, 1);
  const firstToken: number[] = [];
  for (let i = 0; i < SAMPLES; i++) {
    const { id } = lab.script(reply);
    const startedAt = performance.now();
    await readReply(lab.floor.provider, id, (_index, at) => firstToken.push(at - startedAt));
  }
  return { samples: { firstToken }, integrity: null };
}

async function agentBlock(lab: Lab, arm: OurArm): Promise<Measurement> {
  const reply = steadyReply(lab, 1, 1);
  const firstToken: number[] = [];
  const agent = `first-token-${lab.id()}`;
  await lab.wake(agent);
  using client = lab.client(arm, { name: agent });
  const integrity: Integrity[] = [];
  // The first two open the connection and warm the agent; they are checked, and not measured.
  const remote = lab.kind === "remote";
  for (let i = -2; i < (remote ? REMOTE_SAMPLES : SAMPLES); i++) {
    let first = true;
    const { prompt } = lab.script(reply);
    const startedAt = performance.now();
    const run = client.start(contextOf(prompt));
    const one = await followToEnd(lab, run, reply.tokens.length, (event, at) => {
      if (!first || event.data.type !== "text-delta") return;
      first = false;
      if (remote) void cancelQuietly(run);
      if (i >= 0) firstToken.push(at - startedAt);
    });
    integrity.push(one);
  }
  return { samples: { firstToken }, integrity: addUp(integrity) };
}
