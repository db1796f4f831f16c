import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { launchChromium } from "@agent-transports/lab/browser";
import { listen } from "@agent-transports/lab/listen";
import type { Browser } from "playwright-core";
import { describe, expect, it, vi } from "vitest";
import { messageFrom, runJob } from "../src/client-measurements/run-job.ts";
import type { Figures } from "../src/client-measurements/job.ts";
import { clientTests, type ClientBench, type ClientSample } from "../src/client-measurements/client-tests.ts";
import { chunkOf, sseText } from "../src/client-measurements/numbered-events.ts";
import { clientsCommand } from "../src/cli/commands/clients.ts";

const SLOW = { timeout: 120_000 };

/** Measures some arms of a test at the same time. */
async function measure(test: string, arms: readonly string[] | "all", bench: Partial<ClientBench>): Promise<Map<string, Figures>> {
  const chosen = clientTests.find(({ id }) => id === test)?.arms.filter(({ id }) => arms === "all" || arms.includes(id)) ?? [];
  const given: ClientBench = {
    events: 200,
    runs: 20,
    megabytes: 1,
    profileTo: undefined,
    browser: () => Promise.reject(new Error("No browser here.")),
    ...bench,
  };
  const measured = await Promise.all(chosen.map(async (arm) => [arm.id, (await arm.measure(given)).figures] as const));
  return new Map(measured);
}

describe("bench clients", () => {
  it("through the command: every arm gets all its events and has its figures", SLOW, async () => {
    const out = await mkdtemp(join(tmpdir(), "clients-"));
    const print = vi.spyOn(console, "log").mockReturnValue();
    try {
      expect(await clientsCommand(["events-sse", "size", "--rounds", "1", "--events", "300", "--markdown", "--out", out])).toBe(0);
      const { samples }: { samples: ClientSample[] } = JSON.parse(await readFile(join(out, "clients.json"), "utf8"));
      const arms = (test: string): string[] => samples.filter((one) => one.test === test).map(({ arm }) => arm);
      for (const test of ["events-sse", "size"]) {
        expect(arms(test).toSorted()).toEqual(
          clientTests
            .find(({ id }) => id === test)
            ?.arms.map(({ id }) => id)
            .toSorted(),
        );
      }
      for (const { figures } of samples) for (const value of Object.values(figures)) expect(value).toBeGreaterThan(0);
      const text = String(print.mock.calls[0]?.[0]);
      expect(text).toContain("`npx -y pnpm@12 bench clients events-sse --rounds 1 --events 300`, ");
      expect(text).toMatch(/\| AgentClient \(agents\/client\) \| [0-9.]+ \| [0-9.]+ \|/);
    } finally {
      print.mockRestore();
      await rm(out, { recursive: true, force: true });
    }
  });

  it("over WebSocket: batched frames, opening and closing runs, and a slow reader, each in its own process", SLOW, async () => {
    const [events, memory, slow] = await Promise.all([
      measure("events-ws", "all", { events: 2_000 }),
      measure("memory", ["ours-sse", "ours-ws"], {}),
      measure("slow-reader", ["ours-sse", "WebSocket"], {}),
    ]);
    expect([...events.keys()]).toEqual(["WebSocket", "partysocket", "ours-ws", "ours-ws-batches"]);
    for (const figures of memory.values()) expect(figures).toMatchObject({ bytesPerRun: expect.any(Number), handles: expect.any(Number) });
    for (const figures of slow.values()) expect(figures).toMatchObject({ sentBytes: 1_000_000, peakBytes: expect.any(Number) });
  });

  it(
    "after a reset all reconnect: ours and each EventSource with every event, plain sockets without the events meanwhile",
    SLOW,
    async () => {
      let browser: Promise<Browser> | undefined;
      try {
        const back = await measure("back-reset", "all", { browser: () => (browser ??= launchChromium()) });
        const lossless = { backMs: expect.any(Number), lost: 0, repeated: 0, reordered: 0 };
        for (const arm of ["eventsource", "Chromium", "ours-sse", "ours-ws"])
          expect({ arm, ...back.get(arm) }).toEqual({ arm, ...lossless });
        for (const arm of ["partysocket", "AgentClient"]) {
          expect({ arm, ...back.get(arm) }).toMatchObject({ arm, backMs: expect.any(Number), repeated: 0 });
          expect(back.get(arm)?.["lost"]).toBeGreaterThan(100);
        }
      } finally {
        await (await browser)?.close();
      }
    },
  );

  it("fails when an event is missing, when a job takes too long, and when an arm does not exist", SLOW, async () => {
    const server = createServer((_request, response) => {
      response.writeHead(200, { "Content-Type": "text/event-stream" });
      response.end([1, 3].map((seq) => sseText(seq, chunkOf(seq, 3))).join(""));
    });
    const url = `http://127.0.0.1:${await listen(server)}`;
    const job = { kind: "events", arm: "parser+JSON", events: 3, from: { url } } as const;
    try {
      await Promise.all([
        expect(runJob(job, 30_000)).rejects.toThrow("Event 2 of 3 was expected, but this came:  w3."),
        expect(runJob({ ...job, arm: "nobody" }, 30_000)).rejects.toThrow("There is no arm nobody."),
        expect(runJob(job, 1)).rejects.toThrow("events of parser+JSON took longer than 0.001 s."),
      ]);
    } finally {
      server.close();
    }
  });

  it("hears the last word of each process where many end at once, and says which ended without one", SLOW, async () => {
    const answering = "process.once('message', () => process.send('here', () => process.exit(0)))";
    const mute = "process.once('message', () => process.exit(3))";
    const asked = async (program: string): Promise<unknown> => {
      const child = spawn(process.execPath, ["-e", program], { stdio: ["ignore", "inherit", "inherit", "ipc"] });
      // Busy meanwhile: the exit of the next is then told before what it said.
      child.once("exit", () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20));
      const answer = messageFrom(child, 30_000, "One");
      child.send("go");
      return answer;
    };
    const answers = await Promise.allSettled([...Array<string>(30).fill(answering), mute].map(asked));
    expect(answers.splice(-1)).toMatchObject([{ reason: { message: "One: its process ended with 3 before it answered." } }]);
    expect(answers.map((one) => (one.status === "fulfilled" ? one.value : String(one.reason)))).toEqual(Array(30).fill("here"));
  });

  it("suggests the nearest test", async () => {
    await expect(clientsCommand(["bakc-reset"])).rejects.toThrow("There is no test bakc-reset. Did you mean back-reset?");
    await expect(clientsCommand(["events", "back", "bak"])).rejects.toThrow("There is no test bak. Did you mean ");
    await expect(clientsCommand(["size", "--runs", "0"])).rejects.toThrow("--runs 0: give a whole number from 1 to 1000000000.");
  });
});
