import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { RunEvent } from "@agent-transports/client-core";
import { startWorker, type WorkerHost } from "@agent-transports/lab/worker-host";
import { createSseClient } from "@agent-transports/sse-client";
import { createWsClient } from "@agent-transports/ws-client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadResults } from "../src/results/store.ts";

let host: WorkerHost;
let out: string;
beforeAll(async () => {
  host = await startWorker({ vars: { SCRIPTED_TOKENS_PER_SECOND: "200" } });
  out = await mkdtemp(join(tmpdir(), "bench-"));
});
afterAll(async () => {
  await host.dispose();
  await rm(out, { recursive: true, force: true });
});

describe.each([
  ["SSE", createSseClient, "WebSocket", createWsClient],
  ["WebSocket", createWsClient, "SSE", createSseClient],
] as const)("a run that was started over %s", (_first, createFirst, _second, createSecond) => {
  it.each([1, 7, 25])(`finishes over the other transport from its event %i on, with nothing lost or repeated`, async (read) => {
    const options = { url: host.url, name: "across" };
    using first = createFirst(options);
    const run = first.start({ prompt: "Hello" });
    const seen: RunEvent[] = [];
    for await (const event of run) {
      seen.push(event);
      if (seen.length === read) break;
    }
    using second = createSecond(options);
    const rest = second.resume(await run.started, { after: run.lastEventId });
    for await (const event of rest) seen.push(event);
    expect(rest.end).toEqual({ state: "finished" });
    const whole: RunEvent[] = [];
    for await (const event of second.resume(await run.started)) whole.push(event);
    expect(seen).toEqual(whole);
  });
});

it("runs beyond a socket's limit wait for room, and do not delay the others", async () => {
  const small = await startWorker({ vars: { SCRIPTED_TOKENS_PER_SECOND: "100", LIMITS: '{"runsPerSocket":3}' } });
  try {
    using client = createWsClient({ url: small.url, name: "many" });
    const states: string[][] = [];
    const ended: number[] = [];
    await Promise.all(
      Array.from({ length: 5 }, async (_, index) => {
        const run = client.start({ prompt: "Hello" });
        states[index] = [];
        run.onStateChange(({ to }) => states[index]!.push(to));
        for await (const event of run) expect(event.data.type).not.toBe("error");
        expect(run.end).toEqual({ state: "finished" });
        ended.push(index);
      }),
    );
    for (const undisturbed of states.slice(0, 3)) expect(undisturbed).toEqual(["open", "ended"]);
    for (const waiting of states.slice(3)) expect(waiting).toContain("waiting");
    expect(new Set(ended.slice(0, 3))).toEqual(new Set([0, 1, 2]));
  } finally {
    await small.dispose();
  }
});

describe.each([
  ["SSE", createSseClient],
  ["WebSocket", createWsClient],
] as const)("an agent's limit of inputs, over %s", (_transport, create) => {
  it("makes a client wait, without lost, repeated or reordered inputs", async () => {
    const strict = await startWorker({ vars: { SCRIPTED_TOKENS_PER_SECOND: "1", LIMITS: '{"inputsPerSecond":20}' } });
    try {
      using client = create({ url: strict.url, name: "inputs" });
      const run = client.start({ prompt: "Hello" });
      // Twice as many as the limit lets in at once.
      const sent = Array.from({ length: 80 }, (_, n) => run.send({ n }));
      await Promise.all(sent);
      await run.cancel();
      const seen: unknown[] = [];
      for await (const { data } of run) if (data.type === "data-input") seen.push(data.data);
      expect(seen).toEqual(sent.map((_, n) => ({ n })));
    } finally {
      await strict.dispose();
    }
  });
});

/** The command line as a person starts it. */
function cli(...args: string[]): Cli {
  return cliWith({}, ...args);
}

interface Cli {
  readonly ended: Promise<{ code: number | null; text: string }>;
  interrupt(): void;
  seen(text: RegExp): Promise<void>;
}

function cliWith(env: Readonly<Record<string, string>>, ...args: string[]): Cli {
  const child = spawn(process.execPath, [fileURLToPath(new URL("../bin/transport-bench.js", import.meta.url)), ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...env },
  });
  let text = "";
  const waiting: (() => void)[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (data) => {
      text += String(data);
      for (const wake of waiting.splice(0)) wake();
    });
  }
  return {
    ended: once(child, "close").then(([code]) => ({ code: code as number | null, text })),
    interrupt: () => child.kill("SIGINT"),
    async seen(wanted) {
      while (!wanted.test(text)) await new Promise<void>((resolve) => waiting.push(resolve));
    },
  };
}

describe("transport-bench", () => {
  it("measures a deployment, reports its runs and what it leaves out, and keeps everything at Ctrl-C", async () => {
    // An answer outlives the inputs of a block, also on a machine that is late.
    const deployment = await startWorker({ vars: { SCRIPTED_TOKENS_PER_SECOND: "20" } });
    try {
      const dir = join(out, "remote");
      const bench = cli("run", "uplink", "token-latency", "--url", deployment.url.href, "--out", dir, "--seed", "3", "--yes");
      await bench.seen(/Sending during an answer/);
      await expect
        .poll(
          async () =>
            (await loadResults(join(dir, "results.json")).catch(() => undefined))?.scenarios.flatMap(({ blocks }) => blocks).length ?? 0,
          {
            timeout: 150_000,
          },
        )
        .toBeGreaterThan(3);
      bench.interrupt();
      const { code, text } = await bench.ended;
      expect(code).toBe(130);
      expect(text).toMatch(/About 4\d runs are started at http/);
      expect(text).toMatch(/not run: .*stamped by the scripted provider/);
      const results = await loadResults(join(dir, "results.json"));
      expect(results.status).toBe("interrupted");
      expect(results.scenarios.flatMap(({ blocks }) => blocks).filter(({ error }) => error !== undefined)).toEqual([]);
      expect(text).toContain(join(dir, "report.html"));
    } finally {
      await deployment.dispose();
    }
  }, 240_000);

  it("is loaded only with its token, and within a budget that somebody agreed to", async () => {
    const guarded = await startWorker({ vars: { SCRIPTED_TOKENS_PER_SECOND: "500", AGENT_TOKENS: "bench=a-token-of-the-test" } });
    try {
      const args = ["load", "sessions", "--url", guarded.url.href, "--rate", "2", "--duration", "10s"];
      const without = await cliWith({ AGENT_TOKEN: "" }, ...args).ended;
      // Told by the first request, and not by every run.
      expect([without.code, without.text]).toEqual([
        2,
        expect.stringMatching(/^bench: The Agent at \S+ asks for credentials: [^\n]*AGENT_TOKEN[^\n]*\n$/),
      ]);
      const withToken = { AGENT_TOKEN: "a-token-of-the-test" };
      // Twenty users, four questions each.
      const unasked = await cliWith(withToken, ...args).ended;
      expect([unasked.code, unasked.text]).toEqual([
        2,
        expect.stringMatching(/^About 80 runs are started at \S+ within 10 s\. .* some 16,000 output tokens .*\nbench: .* with --yes\.\n$/),
      ]);
      const over = await cliWith(withToken, ...args, "--yes", "--max-runs", "79").ended;
      expect([over.code, over.text]).toEqual([
        2,
        expect.stringMatching(/80 runs are more than 79\. Ask for less, or allow more with --max-runs 80/),
      ]);
      expect(unasked.text + over.text).not.toContain(withToken.AGENT_TOKEN);
      // Nothing was started.
      const runs = await fetch(new URL("/agents/transport-agent/load-0/runs", guarded.url), {
        headers: { Authorization: "Bearer a-token-of-the-test" },
      });
      expect(await runs.json()).toMatchObject({ runs: [] });
    } finally {
      await guarded.dispose();
    }
  }, 240_000);
});
