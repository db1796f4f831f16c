import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { replyMarker, startProvider, tokenText, type ScriptedProvider } from "@agent-transports/lab/provider";
import { startWorker, type WorkerHost } from "@agent-transports/lab/worker-host";
import { peersWorker } from "@agent-transports/peers";
import { parseEventId } from "@agent-transports/protocol";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { agentArms } from "../src/agent-measurements/agent-arms.ts";
import type { AgentSample } from "../src/agent-measurements/agent-tests.ts";
import { pausingArms } from "../src/agent-measurements/pausing-arms.ts";
import { agentsCommand } from "../src/cli/commands/agents.ts";

const COUNT = 300;
const inOrder = Array.from({ length: COUNT }, (_, index) => index);

let provider: ScriptedProvider;
let host: WorkerHost;
beforeAll(async () => {
  provider = await startProvider();
  host = await startWorker(peersWorker(provider.baseUrl));
});
afterAll(async () => {
  await host.dispose();
  await provider.close();
});

describe("the compared agents", () => {
  it.each(agentArms)("$label: every token arrives once and in order, and again from the log if there is one", async (arm) => {
    provider.addReply(arm.id, { tokens: inOrder.map((index) => tokenText(index, Math.random)), dueMs: inOrder.map((index) => index / 10) });
    const seen: number[] = [];
    const handle = await arm.ask(host.url, `agent-${arm.id}`, replyMarker(arm.id), (index) => seen.push(index));
    expect(seen).toEqual(inOrder);
    const again: number[] = [];
    await arm.replay?.(host.url, `agent-${arm.id}`, handle, (index) => again.push(index));
    expect(again).toEqual(arm.replay === undefined ? [] : inOrder);
  });

  it.each(agentArms.filter((arm) => "replay" in arm))("$label: a filled log is followed to its last token", async (arm) => {
    const agent = `filled-${arm.id}`;
    const handle = await arm.ask(host.url, agent, `fill ${COUNT}`, () => undefined);
    const again: number[] = [];
    await arm.replay?.(host.url, agent, handle, (index) => again.push(index));
    expect(again).toEqual(inOrder);
  });

  it("fills our log with one event for each token, so that replays are comparable", async () => {
    const run = await agentArms.find(({ id }) => id === "ours-sse")!.ask(host.url, "counted", `fill ${COUNT}`, () => undefined);
    const response = await fetch(new URL(`/agents/our-agent/counted/runs/${run}`, host.url));
    const { lastEventId } = (await response.json()) as { lastEventId: string };
    // Beside the deltas: start, text-start, text-end, finish, and the run's end.
    expect(parseEventId(lastEventId)?.seq).toBe(COUNT + 5);
  });
});

describe("the rows that an agent is billed for", () => {
  const rows = async (segment: string, agent: string, endedBefore?: number): Promise<{ written: number; read: number }> => {
    const url = new URL(`/billed/${segment}/${agent}?endedBefore=${endedBefore}`, host.url);
    const answer = await fetch(url, { method: endedBefore === undefined ? "GET" : "DELETE" });
    const counted: { written: number; read: number } = await answer.json();
    return counted;
  };

  it.each(agentArms.filter(({ durable }) => durable))("$label: are counted by its database, and grow with what it logs", async (arm) => {
    const agent = `rows-${arm.id}`;
    const tables = await rows(arm.segment, agent);
    const grown: number[] = [];
    for (const count of [3, COUNT]) {
      provider.addReply(agent, {
        tokens: inOrder.slice(0, count).map((index) => tokenText(index, Math.random)),
        // Far enough apart for each to be an event of its own.
        dueMs: inOrder.slice(0, count).map((index) => index * 8),
      });
      const before = await rows(arm.segment, agent);
      await arm.ask(host.url, agent, replyMarker(agent), () => undefined);
      const after = await rows(arm.segment, agent);
      grown.push(after.written - before.written);
      expect(after.read).toBeGreaterThan(before.read);
    }
    expect(tables.written).toBeGreaterThan(0);
    expect(grown[0]).toBeGreaterThan(3);
    const more = (grown[1] ?? Number.NaN) - (grown[0] ?? Number.NaN);
    // What is stored behind is a row or two either way. What is stored token by token is a row for each, fewer on a busy machine.
    const least = arm.id.startsWith("ours-behind") ? -3 : arm.id === "streams" || arm.id.startsWith("ours-event") ? COUNT / 10 : 1;
    expect(more).toBeGreaterThanOrEqual(least);
    expect(grown[1]).toBeLessThan(2 * COUNT);
  });

  it.each(agentArms.filter((arm) => arm.durable && "replay" in arm))(
    "$label: deleting writes what was kept, once, of what had ended by then",
    async (arm) => {
      const agent = `deleted-${arm.id}`;
      const handle = await arm.ask(host.url, agent, `fill ${COUNT}`, () => undefined);
      const before = await rows(arm.segment, agent);
      const none = await rows(arm.segment, agent, 1);
      await arm.replay?.(host.url, agent, handle, () => undefined);
      const deleted = await rows(arm.segment, agent, Date.now());
      const again = await rows(arm.segment, agent, Date.now());
      // To look, and to look again later, is a schedule and its alarm.
      expect(none.written - before.written).toBeLessThan(6);
      expect(deleted.written).toBeGreaterThan(none.written);
      expect(again.written).toBe(deleted.written);
      await expect(arm.replay?.(host.url, agent, handle, () => undefined)).rejects.toThrow(/answered 404|no such run/);
    },
  );

  it("are unknown for an agent without a log", async () => {
    expect((await fetch(new URL("/billed/relay-agent/any", host.url))).status).toBe(404);
  });
});

describe("readers that stop", () => {
  it("through the command: each gets all events of a few MB, with memory and Markdown", { timeout: 120_000 }, async () => {
    const out = await mkdtemp(join(tmpdir(), "agents-"));
    const print = vi.spyOn(console, "log").mockReturnValue();
    try {
      const code = await agentsCommand(["stalled", "stalled-replay", "--rounds", "1", "--megabytes", "3", "--markdown", "--out", out]);
      expect(code).toBe(0);
      const { samples }: { samples: AgentSample[] } = JSON.parse(await readFile(join(out, "agents.json"), "utf8"));
      const live = samples.filter(({ test }) => test === "stalled");
      expect(live.map(({ arm }) => arm).sort()).toEqual(pausingArms.map(({ id }) => id).sort());
      // None is held up by its reader: so little fits into the kernel's buffers.
      for (const { memory, tokens } of samples) expect({ tokens, made: memory?.madeBytes }).toEqual({ tokens: 300, made: 3e6 });
      for (const { memory } of process.platform === "linux" ? samples : []) expect(memory?.maxBytes).toEqual(expect.any(Number));
      const text = String(print.mock.calls[0]?.[0]);
      expect(text).toContain("`npx -y pnpm@12 bench agents stalled-replay --rounds 1 --megabytes 3`, ");
      expect(text).toMatch(/\| ours over SSE \| 3 \|/);
    } finally {
      print.mockRestore();
      await rm(out, { recursive: true, force: true });
    }
  });

  it("accepts only one output format", async () => {
    await expect(agentsCommand(["--json", "--markdown"])).rejects.toThrow("Choose one form: --markdown or --json.");
  });
});
