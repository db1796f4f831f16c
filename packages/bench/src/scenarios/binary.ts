import type { Run } from "@agent-transports/client-core";
import type { LocalLab } from "../lab/lab.ts";
import { contextOf } from "../lab/run-input.ts";
import { followToEnd, steadyReply } from "./parts/follow.ts";
import { SSE_ARM, WS_ARM, type OurArm } from "./parts/arms.ts";
import { defineScenario } from "./parts/define-scenario.ts";
import type { Measurement, Scenario } from "./parts/scenario.ts";

/** Sent one after another in a block, so that each has the connection for itself. */
const SENDS = 6;

export const binary: Scenario = defineScenario({
  name: "binary",
  title: "Binary data in both directions",
  question: "Audio or pictures go up into a run, and come down in it: what does base64 cost, where a WebSocket has frames of bytes?",
  claims: [4],
  method:
    `${SENDS} inputs of random bytes go into a live run one after another, and come back as its events, through the log: over SSE as the body of a POST up and as base64 in an event down, ` +
    "over WebSocket in binary frames. Each is compared byte by byte. They are random, and nothing is compressed: the Worker declines it by default.",
  arms: [SSE_ARM, WS_ARM],
  metrics: [
    {
      id: "thereAndBack",
      label: "sent until back in the application",
      unit: "ms",
      better: "lower",
      kind: "voice",
      quantiles: [0.5, 0.9],
      description: "From the call of send() to the event with the last of its bytes in the application.",
    },
    {
      id: "accepted",
      label: "sent until accepted",
      unit: "ms",
      better: "lower",
      kind: "voice",
      quantiles: [0.5],
      description: "From the call of send() to the agent's word that the bytes are in the log.",
    },
    {
      id: "down",
      label: "bytes down for 1,000 of payload",
      unit: "bytes",
      better: "lower",
      kind: "traffic",
      perAnswer: 4.5,
      quantiles: [0.5],
      description: "What the proxy carried towards the client in the block, acknowledgements and headers included.",
    },
    {
      id: "up",
      label: "bytes up for 1,000 of payload",
      unit: "bytes",
      better: "lower",
      kind: "traffic",
      perAnswer: 4.5,
      quantiles: [0.5],
      description: "What the proxy carried towards the agent in the block, headers and acknowledgements included.",
    },
  ],
  settings: [
    { id: "1k", label: "1 KB", value: 1_000, groups: { quick: 5, standard: 6, full: 100 } },
    { id: "64k", label: "64 KB", value: 64_000, groups: { quick: 0, standard: 12, full: 100 } },
    { id: "1m", label: "1 MB", value: 1_000_000, groups: { quick: 5, standard: 6, full: 100 } },
  ].map((setting) => ({ ...setting, factors: { bytes: setting.value } })),
  notRemote: "What is sent is counted by the proxy beside the embedded Worker.",
  measure: measureBytes,
});

/** A payload that came back as an event. */
interface Back {
  readonly at: number;
  readonly data: unknown;
}

/** @param size of a payload, in bytes */
async function measureBytes(lab: LocalLab, arm: OurArm, size: number): Promise<Measurement> {
  const agent = `binary-${lab.id()}`;
  await lab.wake(agent);
  using client = lab.client(arm, { name: agent });
  // The model thinks for longer than the block lasts: nothing streams but what is sent up.
  const run: Run = client.start(contextOf(lab.script(steadyReply(lab, 1, 1, 50_000)).prompt));
  const back: Back[] = [];
  let arrived: (() => void) | undefined;
  const reading = followToEnd(lab, run, 0, ({ data: chunk }, at) => {
    if (chunk.type !== "data-input") return;
    back.push({ at, data: chunk.data });
    arrived?.();
  });
  reading.catch(() => undefined); // Awaited below; a failure must not go unhandled until then.
  await run.started;
  const nthBack = async (index: number): Promise<Back> => {
    for (;;) {
      const there = back[index];
      if (there !== undefined) return there;
      await new Promise<void>((resolve) => (arrived = resolve));
    }
  };
  // Opens the connection on which a kept-alive uplink goes.
  await run.send(noise(lab, size));
  await nthBack(0);
  const count = (direction: "bytesUp" | "bytesDown"): number => lab.proxy(arm.id).connections.reduce((sum, one) => sum + one[direction], 0);
  const before = { up: count("bytesUp"), down: count("bytesDown") };
  const samples = { thereAndBack: [] as number[], accepted: [] as number[], up: [] as number[], down: [] as number[] };
  let damaged = 0;
  for (let n = 1; n <= SENDS; n += 1) {
    const payload = noise(lab, size);
    const sentAt = performance.now();
    await run.send(payload);
    samples.accepted.push(performance.now() - sentAt);
    const { at, data } = await nthBack(n);
    samples.thereAndBack.push(at - sentAt);
    if (!sameBytes(data, payload)) damaged += 1;
  }
  const perThousand = 1_000 / (SENDS * size);
  samples.up.push((count("bytesUp") - before.up) * perThousand);
  samples.down.push((count("bytesDown") - before.down) * perThousand);
  await run.cancel();
  const integrity = await reading;
  if (damaged > 0) throw new Error(`${damaged} of ${SENDS} payloads came back as other bytes.`);
  return { samples, values: { payloadBytes: size, sends: SENDS }, integrity };
}

/** Two of the largest payloads. */
const pool = new Uint8Array(2_000_000);
for (let at = 0; at < pool.length; at += 65_536) crypto.getRandomValues(pool.subarray(at, at + 65_536));

/** Random bytes: a part of the pool, which compression, that looks back 32 KiB, would not find in the one before. */
function noise(lab: LocalLab, size: number): Uint8Array {
  const from = Math.floor(lab.random() * (pool.length - size));
  return pool.subarray(from, from + size);
}

function sameBytes(data: unknown, payload: Uint8Array): boolean {
  return data instanceof Uint8Array && data.length === payload.length && Buffer.compare(data, payload) === 0;
}
