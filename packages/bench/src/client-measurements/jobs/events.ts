import type { ReaderClient } from "@agent-transports/peers";
import { armOf } from "../client-arms.ts";
import { cannedFetch } from "../canned-fetch.ts";
import type { Figures, JobOf } from "../job.ts";
import { Sequence } from "../sequence.ts";
import { settledBytes } from "./held-memory.ts";

/** Read before anything is measured: Node loads its `fetch` and its `WebSocket` when they are first used, which takes some 60 ms. */
const WARM_EVENTS = 1_000;

/** Reads a run as fast as it comes. @returns `cpuMs` of this process, all its threads, and `wallMs`, both from the request to the last event */
export async function readEvents({ arm, events, from }: JobOf<"events">): Promise<Figures> {
  const given = "url" in from ? { url: new URL(from.url) } : { url: new URL("http://127.0.0.1"), fetch: cannedFetch(events, from) };
  const client = armOf(arm).connect(given);
  await read(client, Math.min(events, WARM_EVENTS));
  // What was made before is not collected meanwhile.
  await settledBytes();
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  await read(client, events);
  const wallMs = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(cpuBefore);
  client.close();
  return { cpuMs: (user + system) / 1000, wallMs };
}

/** Reads so many events of a run, and leaves it. */
async function read(client: ReaderClient, count: number): Promise<void> {
  const sequence = new Sequence(count);
  const reading = client.open("canned", (text) => sequence.see(text));
  await Promise.race([sequence.complete, reading.failed]);
  reading.close();
}
