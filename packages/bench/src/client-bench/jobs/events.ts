import { armOf } from "../arms/index.ts";
import { cannedFetch } from "../canned-fetch.ts";
import type { Figures, JobOf } from "../job.ts";
import { Sequence } from "../sequence.ts";

/** Reads a run as fast as it comes. @returns `cpuMs` of this process, all its threads, and `wallMs`, both from the request to the last event */
export async function readEvents({ arm, events, from }: JobOf<"events">): Promise<Figures> {
  const given = "url" in from ? { url: new URL(from.url) } : { url: new URL("http://127.0.0.1"), fetch: cannedFetch(events, from) };
  const client = armOf(arm).connect(given);
  const sequence = new Sequence(events);
  collect();
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  const reading = client.open("canned", (text) => void sequence.see(text));
  await Promise.race([sequence.complete, reading.failed]);
  const wallMs = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(cpuBefore);
  reading.close();
  client.close();
  return { cpuMs: (user + system) / 1000, wallMs };
}

/** So that what was made before is not collected meanwhile. */
function collect(): void {
  if (globalThis.gc === undefined) throw new Error("This process was not started with --expose-gc.");
  globalThis.gc();
}
