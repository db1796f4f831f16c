import type { Run, TransportClient } from "@agent-transports/client-core";
import { contextOf, type Lab } from "../lab/lab.ts";
import type { Condition, Integrity } from "../results/schema.ts";
import { followToEnd, steadyReply, until } from "./parts/follow.ts";
import { COLD_ARM, FLOOR_ARM, SSE_ARM, WS_ARM, type Measurement, type Scenario } from "./parts/scenario.ts";

const BLOCK_MS = 500;
const PAYLOAD = { kind: "note", text: "Make it shorter, please." };

export const uplink: Scenario = {
  name: "uplink",
  title: "Sending while it streams",
  question: "While an answer streams, what does it cost to send something up: a frame, or one more HTTP request?",
  claims: [1],
  method:
    "Inputs go into a live run on a schedule that waits for no answer; each is timed from when it was due until the agent says that it is in the log. " +
    "SSE sends one after another, on a connection that is kept alive, so that their order holds. The floor is an echo with no agent: a frame on a WebSocket.",
  arms: [SSE_ARM, WS_ARM, COLD_ARM, FLOOR_ARM],
  metrics: [
    {
      id: "roundTrip",
      label: "send until accepted",
      unit: "ms",
      better: "lower",
      quantiles: [0.5, 0.9],
      description: "From when an input was due to its acknowledgement in the application.",
    },
    {
      id: "bytes",
      label: "bytes up per input",
      unit: "bytes",
      better: "lower",
      quantiles: [0.5],
      description: "What the proxy carried towards the agent in the block, per input.",
    },
  ],
  conditions: [
    { id: "20", label: "20 inputs/s", factors: { inputsPerSecond: 20 } },
    { id: "100", label: "100 inputs/s", factors: { inputsPerSecond: 100 } },
  ],
  groups: { quick: 5, standard: 15, full: 100 },
  notRemote: null,
  remoteRuns: 1,
  furtherArms: ({ id }) => (id === "100" ? ["floor"] : ["sse-cold", "floor"]),
  runBlock: (lab, arm, condition) => (arm === "floor" ? floorBlock(lab, condition) : agentBlock(lab, arm, condition)),
};

function perSecond(condition: Condition): number {
  return Number(condition.factors["inputsPerSecond"]);
}

/** Calls `send` on schedule. @returns how long each took from when it was due, in ms, in the order of the answers */
export async function sendOnSchedule(rate: number, send: () => Promise<void>): Promise<number[]> {
  const roundTrips: number[] = [];
  const startAt = performance.now() + 5;
  const count = Math.round((rate * BLOCK_MS) / 1000);
  const sending: Promise<void>[] = [];
  for (let n = 0; n < count; n++) {
    const dueAt = startAt + (n * 1000) / rate;
    await until(dueAt);
    sending.push(send().then(() => void roundTrips.push(performance.now() - dueAt)));
  }
  await Promise.all(sending);
  return roundTrips;
}

async function agentBlock(lab: Lab, arm: string, condition: Condition): Promise<Measurement> {
  const agent = `uplink-${lab.id()}`;
  await lab.wake(agent);
  using client = lab.client(arm, { name: agent });
  const proxy = lab.proxy(arm);
  const bytesUp = (): number => proxy?.connections.reduce((sum, connection) => sum + connection.bytesUp, 0) ?? 0;
  let roundTrip: number[] = [];
  let bytes: number[] = [];
  const { inputs, violations, integrity } = await sendIntoRun(lab, client, async (put) => {
    // Opens the connection on which a kept-alive uplink goes.
    await put();
    const before = bytesUp();
    roundTrip = await sendOnSchedule(perSecond(condition), async () => {
      if (arm === "sse-cold") closeIdle(lab, arm);
      await put();
    });
    bytes = proxy === undefined ? [] : [(bytesUp() - before) / roundTrip.length];
  });
  return {
    samples: { roundTrip, bytes },
    values: { orderViolations: violations, targetRate: perSecond(condition), inputs },
    integrity,
  };
}

/**
 * Starts a run of which nothing streams but what `send` puts into it, one input a call, and cancels it.
 *
 * @returns how many of its inputs the run's events had, and how many of these were out of order; both are in its integrity too
 */
export async function sendIntoRun(
  lab: Lab,
  client: TransportClient,
  send: (put: () => Promise<void>) => Promise<void>,
): Promise<{ readonly inputs: number; readonly violations: number; readonly integrity: Integrity }> {
  // The model thinks for longer than the block lasts.
  const reply = steadyReply(lab, 1, 1, 20_000);
  const run: Run = client.start(contextOf(lab.script(reply).prompt));
  const inputs: unknown[] = [];
  const reading = followToEnd(lab, run, 0, (event) => {
    if (event.data.type === "data-input") inputs.push(event.data.data);
  });
  reading.catch(() => undefined); // Awaited below; a failure must not go unhandled until then.
  await run.started;
  let sent = 0;
  await send(async () => {
    await run.send({ ...PAYLOAD, n: sent++ });
  });
  await run.cancel();
  const integrity = await reading;
  const order = inputs.map((input) => (typeof input === "object" && input !== null && "n" in input ? Number(input.n) : Number.NaN));
  const violations = order.filter((n, index) => index > 0 && !(n > (order[index - 1] ?? Number.NaN))).length;
  return {
    inputs: order.length,
    violations,
    integrity: { ...integrity, reordered: integrity.reordered + violations, lost: integrity.lost + Math.max(0, sent - order.length) },
  };
}

/** All but the newest connection but one, which carries the event stream: the next request makes its own. */
function closeIdle(lab: Lab, arm: string): void {
  const open = lab.proxy(arm)?.connections.filter(({ closedAt }) => closedAt === undefined) ?? [];
  for (const connection of open.slice(1)) connection.reset();
}

async function floorBlock(lab: Lab, condition: Condition): Promise<Measurement> {
  const url = new URL(lab.floor!.echo);
  url.protocol = "ws:";
  const socket = new WebSocket(url);
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener("open", () => resolve());
    socket.addEventListener("error", () => reject(new Error("The echo's socket failed.")));
  });
  const waiting: (() => void)[] = [];
  let sent = 0;
  socket.addEventListener("message", () => waiting.shift()?.());
  const roundTrip = await sendOnSchedule(perSecond(condition), () => {
    socket.send(JSON.stringify({ type: "input", data: { ...PAYLOAD, n: sent++ } }));
    return new Promise((resolve) => waiting.push(resolve));
  });
  socket.close();
  return { samples: { roundTrip }, integrity: null };
}
