import type { Run, TransportClient } from "@agent-transports/client-core";
import type { Lab } from "../../lab/lab.ts";
import { contextOf } from "../../lab/run-input.ts";
import type { Integrity } from "../../results/schema.ts";
import { followToEnd, steadyReply, until } from "./follow.ts";

const BLOCK_MS = 500;

/** What goes up with each input. */
export const PAYLOAD = { kind: "note", text: "Make it shorter, please." } as const;

/** Calls `send` on schedule. @returns how long each took from when it was due, in ms, in the order of the answers */
export async function sendOnSchedule(rate: number, send: () => Promise<void>): Promise<number[]> {
  const roundTrips: number[] = [];
  const startAt = performance.now() + 5;
  const count = Math.round((rate * BLOCK_MS) / 1000);
  const sending: Promise<void>[] = [];
  for (let n = 0; n < count; n++) {
    const dueAt = startAt + (n * 1000) / rate;
    await until(dueAt);
    const sent = send().then(() => void roundTrips.push(performance.now() - dueAt));
    sent.catch(() => undefined); // Awaited below: until then a failure, as of a run that has ended, would end the process.
    sending.push(sent);
  }
  await Promise.all(sending);
  return roundTrips;
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
