import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { WorkerHost } from "@agent-transports/worker-host";
import { describe, expect, inject, it } from "vitest";
import { parseEventId } from "@agent-transports/protocol";
import { post, range, readEvents, segment, seqs, start, TestSocket, textOf, wholeRun, type SseEvent } from "./harness.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** How often the runtime is killed at each level. */
    kills: number;
  }
}

/** What one reader was given, and when. */
interface Seen {
  readonly run: string;
  readonly base: string;
  readonly events: readonly SseEvent[];
  /** By event, on the clock of `performance.now()`. */
  readonly at: readonly number[];
}

/** A run and its reader over each transport, until the runtime is killed: what was seen of it. */
async function readOverBoth(base: string, enough: number): Promise<() => readonly Seen[]> {
  const response = await post(`${base}/runs`, { prompt: "Hello" });
  const run = response.headers.get("Agent-Run") ?? "";
  const overSse: { events: readonly SseEvent[]; at: number[] } = { events: [], at: [] };
  const note = (of: { events: readonly SseEvent[]; at: number[] }, events: readonly SseEvent[]): void => {
    of.events = events;
    while (of.at.length < events.length) of.at.push(performance.now());
  };
  const socket = await new TestSocket(`${base}?v=1&resume=${run}`).open();
  const overWs: { events: readonly SseEvent[]; at: number[] } = { events: [], at: [] };
  socket.socket.on("message", () => note(overWs, socket.events(run)));
  socket.socket.on("error", () => undefined); // It is killed.
  await new Promise<void>((resolve) => {
    const read = readEvents(response, (events) => {
      note(overSse, events);
      if (events.length >= enough) resolve();
      return false;
    });
    read.catch(() => resolve()); // The same.
  });
  return () => [overSse, overWs].map(({ events, at }) => ({ run, base, events: [...events], at: [...at] }));
}

/** Kills a runtime while it answers, again and again, and looks at each log after the restart, once its run has ended as it must. */
async function killed(
  durability: string,
  state: "finished" | "interrupted",
  look: (seen: Seen, log: readonly SseEvent[], rest: readonly SseEvent[], killedAt: number) => void,
): Promise<void> {
  const storage = await mkdtemp(join(tmpdir(), "agent-"));
  const vars = { DURABILITY: durability, SCRIPTED_TOKENS_PER_SECOND: "40" }; // So slow that no answer is over before both readers have what they wait for.
  let host: WorkerHost = await start({ persistTo: storage, vars });
  try {
    for (let kill = 0; kill < inject("kills"); kill++) {
      const paths = [`${segment}/a${kill}`, `${segment}/b${kill}`];
      // From before the first word to a second of them.
      const readers = await Promise.all(
        paths.map((path, index) => readOverBoth(new URL(path, host.url).href, 1 + ((kill * 7 + index * 13) % 60))),
      );
      host.kill();
      const killedAt = performance.now();
      await host.dispose();
      const seen = readers.flatMap((reader) => reader());
      host = await start({ persistTo: storage, vars });
      for (const one of seen) {
        const path = `${new URL(one.base).pathname}/runs/${one.run}/events`;
        const log = await readEvents(await fetch(new URL(path, host.url)));
        const rest = await readEvents(await fetch(new URL(path, host.url), { headers: { "Last-Event-ID": one.events.at(-1)?.id ?? "" } }));
        expect(seqs(log)).toEqual(range(1, log.length));
        expect(log.filter(({ data }) => data.type === "data-run-end")).toHaveLength(1);
        expect(log.at(-1)?.data).toMatchObject({ type: "data-run-end", data: { state } });
        expect(rest).toEqual(log.slice(one.events.length));
        look(one, log, rest, killedAt);
      }
    }
  } finally {
    await host.dispose();
    await rm(storage, { recursive: true, force: true });
  }
}

async function undisturbed(): Promise<string> {
  const host = await start();
  try {
    return textOf((await wholeRun(new URL(`${segment}/undisturbed`, host.url).href)).events);
  } finally {
    await host.dispose();
  }
}

const lost = ({ data }: SseEvent): boolean => data.type === "data-lost";

// Each has a runtime of its own, and mostly waits for it.
describe.concurrent("a runtime that is killed while it answers", () => {
  it.each(["event", "window", "window:1000"])(
    "at the level %s, every event that a reader saw is in the log, unchanged, and the answer goes on: its text is whole, once",
    async (durability) => {
      let whole: string | undefined;
      await killed(durability, "finished", (seen, log) => {
        expect(log.slice(0, seen.events.length)).toEqual(seen.events);
        expect(log.filter(lost)).toEqual([]);
        expect(log.filter(({ data }) => data.type === "data-resumed")).toHaveLength(1);
        // The scripted model has the same words for each.
        whole ??= textOf(log);
        expect(textOf(log)).toBe(whole);
      });
      expect(whole).toBe(await undisturbed());
    },
  );

  it("at the level behind, what a reader saw and the log has not kept is told by an event, and no id stands for two events", async () => {
    const windowMs = 200;
    await killed(`behind:${windowMs}`, "interrupted", (seen, log, rest, killedAt) => {
      const kept = log.findIndex(lost);
      expect(kept).toBeGreaterThan(0);
      expect(log.slice(0, Math.min(kept, seen.events.length))).toEqual(seen.events.slice(0, kept));
      const all = log.filter(lost);
      expect(log.slice(kept, kept + all.length)).toEqual(all);
      const data = { after: log[kept - 1]?.id, through: all.at(-1)?.id };
      expect(all.map((event) => event.data)).toEqual(all.map(() => ({ type: "data-lost", data, transient: true })));
      // Everyone is told, from whatever id they ask.
      expect(rest.filter(lost).length).toBeGreaterThan(0);
      expect(parseEventId(all.at(-1)?.id ?? "")?.seq).toBeGreaterThan(seen.events.length);
      // Twice the window and a second: a busy machine's timers are late.
      expect(seen.at.filter((at) => killedAt - at > 2 * windowMs + 1_000).length).toBeLessThanOrEqual(kept);
    });
  });
});
