import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { HostOptions, WorkerHost } from "@agent-transports/worker-host";
import { info, post, range, readEvents, segment, seqs, start, TestSocket, wholeRun, type SseEvent } from "./harness.ts";

async function withAgent(options: HostOptions, use: (base: string, host: WorkerHost) => Promise<void>): Promise<void> {
  const host = await start({ ...options, vars: { SCRIPTED_TOKENS_PER_SECOND: "2000", ...options.vars } });
  try {
    await use(new URL(`${segment}/kept`, host.url).href, host);
  } finally {
    await host.dispose();
  }
}

const statusOf = async (base: string, run: string): Promise<number> => {
  const response = await fetch(`${base}/runs/${run}`);
  await response.arrayBuffer();
  return response.status;
};

describe("retention by count", () => {
  it("keeps the newest runs complete, and answers run_gone for the others on every path", async () => {
    await withAgent({ vars: { RETENTION_RUNS: "2" } }, async (base) => {
      const first = await post(`${base}/runs`, { prompt: "Hello", key: "first" });
      const gone = first.headers.get("Agent-Run") ?? "";
      const events = await readEvents(first);
      const [second, third] = [await wholeRun(base), await wholeRun(base)];

      const gives = async (path: string, init?: RequestInit): Promise<unknown> => {
        const response = await fetch(base + path, init);
        return { status: response.status, ...((await response.json()) as object) };
      };
      const expected = { status: 410, error: { code: "run_gone", run: gone } };
      expect(await gives(`/runs/${gone}`)).toMatchObject(expected);
      expect(await gives(`/runs/${gone}/events`)).toMatchObject(expected);
      expect(await gives(`/runs/${gone}/events?after=${events[3]?.id}`)).toMatchObject(expected);
      expect(await gives(`/runs/${gone}`, { method: "DELETE" })).toMatchObject(expected);
      expect(await gives(`/runs/${gone}/inputs`, { method: "POST", body: '{"data":1}' })).toMatchObject(expected);
      // A retried start must not begin the run a second time.
      expect(await gives("/runs", { method: "POST", body: '{"prompt":"Hello","key":"first"}' })).toMatchObject(expected);
      const socket = await new TestSocket(`${base}?v=1&resume=${gone}:${events[3]?.id}`).open();
      expect(await socket.frame(({ type }) => type === "error")).toMatchObject({ run: gone, error: { code: "run_gone" } });
      socket.socket.close();

      for (const kept of [second, third]) expect(await readEvents(await fetch(`${base}/runs/${kept.id}/events`))).toEqual(kept.events);
      const { runs } = (await (await fetch(`${base}/runs`)).json()) as { runs: { id: string }[] };
      expect(runs.map(({ id }) => id)).toEqual([third.id, second.id]);
    });
  });

  it("never deletes a run that is being generated", async () => {
    await withAgent({ vars: { RETENTION_RUNS: "1" } }, async (base) => {
      const long = await post(`${base}/runs`, { prompt: "Write 20000 words at 100 tokens/s." });
      const id = long.headers.get("Agent-Run") ?? "";
      for (let n = 0; n < 3; n++) {
        const short = await post(`${base}/runs`, { prompt: "Hello" }, { Accept: "application/json" });
        const run = (await short.json()) as { id: string };
        await (await fetch(`${base}/runs/${run.id}`, { method: "DELETE" })).arrayBuffer();
      }
      expect(await info(base, id)).toMatchObject({ state: "running" });
      await (await fetch(`${base}/runs/${id}`, { method: "DELETE" })).arrayBuffer();
      const events = await readEvents(long);
      expect(seqs(events)).toEqual(range(1, events.length));
      expect(events.at(-1)?.data).toMatchObject({ data: { state: "cancelled" } });
    });
  });
});

describe("retention by bytes", () => {
  it("keeps the newest runs complete beside the bytes that it may have", async () => {
    await withAgent({ vars: { RETENTION_BYTES: "400000" } }, async (base) => {
      // Kept in no conversation, which would count too.
      const messages = [{ id: "q", role: "user", parts: [{ type: "text", text: "Write 2000 words at 20000 tokens/s." }] }];
      const runs: { readonly id: string; readonly events: readonly SseEvent[] }[] = [];
      do {
        const response = await post(`${base}/runs`, { messages });
        runs.push({ id: response.headers.get("Agent-Run") ?? "", events: await readEvents(response) });
      } while (runs.length < 40 && (await statusOf(base, runs[0]?.id ?? "")) === 200);
      expect(
        await Promise.all(
          runs
            .slice(0, 1)
            .concat(runs.slice(-2))
            .map(({ id }) => statusOf(base, id)),
        ),
      ).toEqual([410, 200, 200]);
      for (const kept of runs.slice(-2)) expect(await readEvents(await fetch(`${base}/runs/${kept.id}/events`))).toEqual(kept.events);
    });
  });
});

describe("retention by age", () => {
  it("never deletes a run that is being generated, however old it is", async () => {
    await withAgent({ vars: { RETENTION_HOURS: String(1 / 3600) } }, async (base) => {
      const long = await post(`${base}/runs`, { prompt: "Write 20000 words at 100 tokens/s." });
      const id = long.headers.get("Agent-Run") ?? "";
      // Each is younger, and too old when it is deleted: so is the long one, twice over.
      for (let n = 0; n < 2; n++) {
        const younger = (await wholeRun(base)).id;
        await expect.poll(() => statusOf(base, younger), { timeout: 50_000, interval: 250 }).toBe(410);
        expect(await info(base, id)).toMatchObject({ state: "running" });
      }
      await (await fetch(`${base}/runs/${id}`, { method: "DELETE" })).arrayBuffer();
      const events = await readEvents(long);
      expect(seqs(events)).toEqual(range(1, events.length));
      expect(events.at(-1)?.data).toMatchObject({ data: { state: "cancelled" } });
    });
  });

  it("deletes runs on the agent's own alarm, also after a restart on the same storage", async () => {
    const storage = await mkdtemp(join(tmpdir(), "agent-"));
    const hours = String(4 / 3600);
    try {
      let old = "";
      await withAgent({ persistTo: storage, vars: { RETENTION_HOURS: hours } }, async (base) => {
        old = (await wholeRun(base)).id;
        expect(await statusOf(base, old)).toBe(200);
      });
      await withAgent({ persistTo: storage, vars: { RETENTION_HOURS: hours } }, async (base) => {
        await expect.poll(() => statusOf(base, old), { timeout: 50_000, interval: 250 }).toBe(410);
        const young = (await wholeRun(base)).id;
        expect(await statusOf(base, young)).toBe(200);
        await expect.poll(() => statusOf(base, young), { timeout: 50_000, interval: 250 }).toBe(410);
      });
    } finally {
      await rm(storage, { recursive: true, force: true });
    }
  });
});
