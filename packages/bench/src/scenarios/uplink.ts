import type { FaultProxy } from "@agent-transports/lab/proxy";
import type { Lab } from "../lab/lab.ts";
import { COLD_ARM, FLOOR_ARM, SSE_ARM, WS_ARM, type OurArm } from "./parts/arms.ts";
import { defineScenario } from "./parts/define-scenario.ts";
import { PAYLOAD, sendIntoRun, sendOnSchedule } from "./parts/inputs.ts";
import type { Measurement, Scenario } from "./parts/scenario.ts";

const groups = { quick: 5, standard: 6, full: 100 };

export const uplink: Scenario = defineScenario({
  name: "uplink",
  title: "Sending during an answer",
  question: "While an answer streams, what does it cost to send something up: a frame, or one more HTTP request?",
  claims: [1],
  method:
    "Inputs go into a live run on a schedule that waits for no answer; each is timed from when it was due until the agent says that it is in the log. " +
    "SSE has one request under way at a time, on a connection that is kept alive, so that their order holds; inputs that wait go together with the next. The floor is an echo with no agent: a frame on a WebSocket.",
  arms: [SSE_ARM, WS_ARM, COLD_ARM, FLOOR_ARM],
  metrics: [
    {
      id: "roundTrip",
      label: "send until accepted",
      unit: "ms",
      better: "lower",
      kind: "voice",
      quantiles: [0.5, 0.9],
      description: "From when an input was due to its acknowledgement in the application.",
    },
    {
      id: "bytes",
      label: "bytes up per input",
      unit: "bytes",
      better: "lower",
      kind: "traffic",
      quantiles: [0.5],
      description: "What the proxy carried towards the agent in the block, per input.",
    },
  ],
  settings: [
    { id: "20", label: "20 inputs/s", factors: { inputsPerSecond: 20 }, groups, value: 20 },
    { id: "100", label: "100 inputs/s", factors: { inputsPerSecond: 100 }, groups, value: 100, furtherArms: [FLOOR_ARM.id] },
  ],
  notRemote: null,
  remoteRuns: 1,
  measure: (lab, arm, perSecond) => (arm.transport === null ? floorBlock(lab, perSecond) : agentBlock(lab, arm, perSecond)),
});

async function agentBlock(lab: Lab, arm: OurArm, perSecond: number): Promise<Measurement> {
  const agent = `uplink-${lab.id()}`;
  await lab.wake(agent);
  using client = lab.client(arm, { name: agent });
  const proxy = lab.kind === "local" ? lab.proxy(arm.id) : undefined;
  const bytesUp = (): number => proxy?.connections.reduce((sum, connection) => sum + connection.bytesUp, 0) ?? 0;
  let roundTrip: number[] = [];
  let bytes: number[] = [];
  const { inputs, violations, integrity } = await sendIntoRun(lab, client, async (put) => {
    // Opens the connection on which a kept-alive uplink goes.
    await put();
    const before = bytesUp();
    roundTrip = await sendOnSchedule(perSecond, async () => {
      if (arm.id === COLD_ARM.id && proxy !== undefined) closeIdle(proxy);
      await put();
    });
    bytes = proxy === undefined ? [] : [(bytesUp() - before) / roundTrip.length];
  });
  return {
    samples: { roundTrip, bytes },
    values: { orderViolations: violations, targetRate: perSecond, inputs },
    integrity,
  };
}

/** All but the newest connection but one, which carries the event stream: the next request makes its own. */
function closeIdle({ connections }: FaultProxy): void {
  const open = connections.filter(({ closedAt }) => closedAt === undefined);
  for (const connection of open.slice(1)) connection.reset();
}

async function floorBlock(lab: Lab, perSecond: number): Promise<Measurement> {
  if (lab.kind === "remote") throw new Error("A deployment has no floor.");
  const url = new URL(lab.floor.echo);
  url.protocol = "ws:";
  const socket = new WebSocket(url);
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener("open", () => resolve());
    socket.addEventListener("error", () => reject(new Error("The echo's socket failed.")));
  });
  const waiting: (() => void)[] = [];
  let sent = 0;
  socket.addEventListener("message", () => waiting.shift()?.());
  const roundTrip = await sendOnSchedule(perSecond, () => {
    socket.send(JSON.stringify({ type: "input", data: { ...PAYLOAD, n: sent++ } }));
    return new Promise((resolve) => waiting.push(resolve));
  });
  socket.close();
  return { samples: { roundTrip }, integrity: null };
}
