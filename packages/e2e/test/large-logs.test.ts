import type { Run } from "@agent-transports/client-core";
import { startWorker, type WorkerHost } from "@agent-transports/lab/worker-host";
import { createSseClient } from "@agent-transports/sse-client";
import { createWsClient } from "@agent-transports/ws-client";
import { afterAll, beforeAll, expect, it } from "vitest";

/**
 * Together more than a socket is sent of its runs' logs at once (PROTOCOL.md §8.3). Its handshake asks for all of them, and they are sent in
 * one turn of the agent, in which workerd's clock stands still: no machine is so slow that more may be sent meanwhile.
 */
const RUNS = 12;
const INPUT_CHARS = 1_890_000;

let host: WorkerHost;
beforeAll(async () => {
  host = await startWorker({ vars: { SCRIPTED_TOKENS_PER_SECOND: "5", LIMITS: JSON.stringify({ requestBytes: 2_000_000 }) } });
});
afterAll(async () => host.dispose());

/** How many characters a run's inputs have, how it ended, and what its reader was refused with meanwhile. */
async function read(run: Run): Promise<{ readonly inputs: number; readonly end: unknown; readonly refusals: readonly unknown[] }> {
  let inputs = 0;
  let end: unknown;
  const refusals: unknown[] = [];
  run.onStateChange(({ to, error }) => to === "waiting" && refusals.push(error?.message));
  for await (const { data } of run) {
    if (data.type === "data-input") inputs += String(data.data).length;
    if (data.type === "data-run-end") end = data.data;
  }
  return { inputs, end, refusals };
}

it("a client whose socket asks for more of its runs' logs at once than it may be sent reads all of them whole", async () => {
  const where = { url: host.url, name: "large-logs" };
  using writer = createSseClient(where);
  const ids: string[] = [];
  for (let made = 0; made < RUNS; made += 1) {
    const run = writer.start({ prompt: "Hello" });
    await run.send("x".repeat(INPUT_CHARS));
    ids.push(await run.started);
    await run.cancel();
  }
  using reader = createWsClient(where);
  const all = await Promise.all(ids.map((id) => read(reader.resume(id))));
  expect(all.map(({ inputs }) => inputs)).toEqual(ids.map(() => INPUT_CHARS));
  expect(all.map(({ end }) => end)).toEqual(ids.map(() => ({ state: "cancelled" })));
  const refusals = new Set(all.flatMap((one) => one.refusals));
  expect(refusals).toEqual(new Set([expect.stringContaining("as much of its runs' logs as it may be in a second")]));
}, 120_000);
