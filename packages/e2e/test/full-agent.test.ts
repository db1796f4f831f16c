import type { StateChange } from "@agent-transports/client-core";
import { createWsClient } from "@agent-transports/ws-client";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { startFullAgent, type FullAgent } from "./full-agent.ts";

let agent: FullAgent;
beforeAll(async () => {
  agent = await startFullAgent(3);
});
afterAll(() => agent.close());

it("an agent full of living sockets closes none, and who comes then waits until one has left", async () => {
  const { line } = agent;
  const given = { url: line.url, name: "full", heartbeatMs: 1_000, retry: { baseMs: 50, capMs: 200 } };
  using leaves = createWsClient(given);
  using idle = createWsClient(given);
  using reads = createWsClient(given);
  await Promise.all([leaves.connect(), idle.connect()]);
  const reading = reads.start({ prompt: "Write 30 words." });
  const read = (async () => {
    let events = 0;
    for await (const _ of reading) events += 1;
    return events;
  })();
  await reading.started;
  expect(await agent.sockets("full")).toBe(3);
  using late = createWsClient(given);
  const changes: StateChange[] = [];
  const run = late.start({ prompt: "Hello" });
  run.onStateChange((change) => changes.push(change));
  const answered = (async () => {
    for await (const _ of run);
    return run.end;
  })();
  await vi.waitFor(() => expect(changes.filter(({ to }) => to === "waiting").length).toBeGreaterThan(3), { timeout: 20_000 });
  expect(run.id).toBeUndefined();
  for (const { error } of changes.filter(({ to }) => to === "waiting")) expect(error).toMatchObject({ status: 4429 });
  expect(await agent.sockets("full")).toBe(3);
  leaves.close();
  expect(await answered).toMatchObject({ state: "finished" });
  expect(await read).toBeGreaterThan(3);
  const opened = line.connections.length;
  await idle.connect();
  // It had its socket all the time.
  expect(line.connections).toHaveLength(opened);
});
