import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import type { StateChange } from "@agent-transports/client-core";
import { createWsClient } from "@agent-transports/ws-client";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { startFullAgent, type FullAgent } from "./full-agent.ts";

/** PROTOCOL.md §4.5: for so long a socket is silent before it is closed to make room. This is the real clock. */
const SILENT_MS = 120_000;
const DEAD = 2;

let agent: FullAgent;
let others: ChildProcess | undefined;
beforeAll(async () => {
  agent = await startFullAgent(DEAD + 2);
});
afterAll(async () => {
  others?.kill("SIGKILL");
  await agent.close();
});

/** Clients of another process, which have sockets and follow no run. It says when they do, and when one has an answer. */
const OTHERS = `
  import { createWsClient } from "@agent-transports/ws-client";
  const { url, dead } = JSON.parse(process.argv[1]);
  const given = { url, name: "full", heartbeatMs: 1_000, retry: { baseMs: 50, capMs: 200 } };
  const clients = Array.from({ length: dead }, () => createWsClient(given));
  await Promise.all(clients.map((client) => client.connect()));
  console.log("open");
  process.stdin.once("data", async () => {
    const run = clients[0].start({ prompt: "Hello" });
    for await (const _ of run);
    console.log(run.end.state);
  });
`;

// Where there is no time for two minutes: FULL_AGENT_SOAK=0.
it.skipIf(process.env["FULL_AGENT_SOAK"] === "0")(
  "an agent full of sockets closes those whose clients are gone, for one that comes, and leaves those that ping",
  async () => {
    const { line } = agent;
    const given = { url: line.url, name: "full", heartbeatMs: 1_000, retry: { baseMs: 50, capMs: 500 } };
    others = spawn(process.execPath, ["--input-type=module", "-e", OTHERS, JSON.stringify({ url: line.url, dead: DEAD })], {
      cwd: import.meta.dirname,
      stdio: ["pipe", "pipe", "inherit"],
    });
    const said: string[] = [];
    createInterface({ input: others.stdout! }).on("line", (text) => said.push(text));
    using idle = createWsClient(given);
    using reads = createWsClient(given);
    await idle.connect();
    await vi.waitFor(() => expect(said).toEqual(["open"]), { timeout: 20_000 });
    // Each has sent a ping: what never said anything has the time of the largest frame.
    await pause(4_000);
    // The machine stands still: its kernel acknowledges what comes, and nobody says that it is gone.
    others.kill("SIGSTOP");
    const goneAt = Date.now();
    await reads.connect();
    expect(await agent.sockets("full")).toBe(DEAD + 2);
    const opened = line.connections.length;
    using late = createWsClient(given);
    const changes: StateChange[] = [];
    const run = late.start({ prompt: "Hello" });
    run.onStateChange((change) => changes.push(change));
    for await (const _ of run);
    expect(run.end).toMatchObject({ state: "finished" });
    expect(Date.now() - goneAt).toBeGreaterThan(SILENT_MS - 4_000);
    expect(changes.filter(({ to }) => to === "waiting").every(({ error }) => error?.status === 4429)).toBe(true);
    // The living are served on the sockets that they had.
    const tries = line.connections.length;
    expect(tries).toBeGreaterThan(opened + 10);
    for (const client of [idle, reads]) {
      const answer = client.start({ prompt: "Hello" });
      for await (const _ of answer);
      expect(answer.end).toMatchObject({ state: "finished" });
    }
    expect(line.connections).toHaveLength(tries);
    // Where the machine wakes, its clients find out, and come back into the room that there is.
    others.kill("SIGCONT");
    others.stdin!.write("ask\n");
    await vi.waitFor(() => expect(said).toEqual(["open", "finished"]), { timeout: 20_000 });
  },
);
