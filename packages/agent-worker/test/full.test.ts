import { expect, it, vi } from "vitest";
import { post, range, readEvents, seqs, startOf, textOf, type SseEvent } from "./harness.ts";

/** Of a run, to its end, on as many connections as that takes. */
async function followed(base: string, run: string): Promise<SseEvent[]> {
  const events: SseEvent[] = [];
  while (events.at(-1)?.data.type !== "data-run-end") {
    try {
      const response = await fetch(`${base}/runs/${run}/events?after=${events.at(-1)?.id ?? ""}`);
      if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
      const before = [...events];
      await readEvents(response, (some) => {
        events.splice(0, events.length, ...before, ...some);
        return false;
      });
    } catch {
      // The agent has died; it is asked again.
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  return events;
}

it("an agent whose SQLite is full is ended by the runtime, wakes, deletes the runs that ended first, and goes on with its answer", async () => {
  // What a new agent has, and three runs or four.
  const host = await startOf("full", { vars: { PAGES: "110" } });
  try {
    const base = new URL("/agents/full-agent/a", host.url).href;
    const size = async (): Promise<{ lives: number; bytes: number }> =>
      (await (await fetch(`${base}/size`)).json()) as { lives: number; bytes: number };
    const messages = [{ id: "q", role: "user", parts: [{ type: "text", text: "Hello" }] }];
    const runs: string[] = [];
    while ((await size()).lives === 1) {
      const started = await post(`${base}/runs`, { messages, key: `k${runs.length}` }, { Accept: "application/json" });
      const run = started.headers.get("Agent-Run") ?? "";
      await started.arrayBuffer();
      if (run === "") continue;
      runs.push(run);
      const events = await followed(base, run);
      expect(seqs(events)).toEqual(range(1, events.length));
      expect(events.at(-1)?.data).toMatchObject({ data: { state: "finished" } });
      expect(textOf(events)).toBe(
        range(0, 5)
          .map((n) => `${run} ${n} `.repeat(1_000).slice(0, 10_000))
          .join(""),
      );
    }
    expect(runs.length).toBeGreaterThan(1);
    const statuses = await Promise.all(runs.map(async (run) => (await fetch(`${base}/runs/${run}`)).status));
    expect([statuses[0], statuses.at(-1)]).toEqual([410, 200]);
    expect((await size()).bytes).toBeLessThan(110 * 4_096);
    // The author's own rows fill it, and then its start has no room for one: it is told of as any other.
    await fetch(base, { method: "PUT" });
    await vi.waitFor(async () => expect((await fetch(`${base}/size`)).status).toBe(200), 5_000);
    expect((await fetch(`${base}/runs/${runs.at(-1)}`)).status).toBe(410);
  } finally {
    await host.dispose();
  }
});
