import { describe, expect, it } from "vitest";
import type { WorkerHost } from "@agent-transports/worker-host";
import { eventually, live, post, readEvents, startOf, TestSocket } from "./harness.ts";
import type { Recording } from "./idle/recorder.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 1_440 * MINUTE_MS;

type Recorded = Recording & { readonly sweeps: readonly number[] };

async function withAgent(vars: Readonly<Record<string, string>>, use: (base: string, host: WorkerHost) => Promise<void>): Promise<void> {
  const host = await startOf("idle", { vars: { SCRIPTED_TOKENS_PER_SECOND: "500", ...vars } });
  try {
    await use(new URL("/agents/idle-agent/alarms", host.url).href, host);
  } finally {
    await host.dispose();
  }
}

const recorded = async (base: string): Promise<Recorded> => (await (await fetch(`${base}/recorded`)).json()) as Recorded;

/** Once what a run leaves to be written has been. */
const settled = (base: string): Promise<Recorded> =>
  eventually(
    () => recorded(base),
    ({ pending }) => Object.keys(pending).length === 0,
  );

async function run(base: string): Promise<void> {
  await readEvents(await post(`${base}/runs`, { prompt: "Hello" }));
}

async function crash(base: string): Promise<void> {
  await fetch(`${base}/crash`);
  await live(base);
}

/** All that was recorded until `enough`. */
async function recordedUntil(base: string, enough: (all: readonly Recorded[]) => boolean): Promise<Recorded[]> {
  const all: Recorded[] = [];
  await eventually(
    async () => void all.push(await recorded(base)),
    () => enough(all),
  );
  return all;
}

const rowsOf = ({ written }: Recorded, statement: RegExp): number =>
  written.filter((one) => statement.test(one.statement)).reduce((sum, { rows }) => sum + rows, 0);

describe("alarms", () => {
  it("are not set by clients that come, ask and go", async () => {
    await withAgent({}, async (base) => {
      const socket = await new TestSocket(`${base}?v=1&heartbeat=1000`).open();
      socket.send({ type: "ping" });
      await live(base);
      await (await fetch(`${base}/runs`)).arrayBuffer();
      socket.socket.close();
      expect((await settled(base)).alarmsInMs).toEqual([]);
    });
  });

  it("are three for a short run: two that wake the agent if it dies, and one that puts retention's back; also after a restart", async () => {
    await withAgent({}, async (base) => {
      await run(base);
      await settled(base);
      for (const before of [() => Promise.resolve(), () => crash(base)]) {
        await before();
        await recorded(base);
        const all: Recorded[] = [];
        await run(base);
        all.push(await settled(base));
        const alarms = all.flatMap(({ alarmsInMs }) => alarmsInMs);
        expect(alarms).toHaveLength(3);
        expect(alarms[0]).toBeLessThanOrEqual(MINUTE_MS / 2);
        expect(alarms[1]).toBeLessThan(5_000);
        expect(alarms[2]).toBeGreaterThan(6.9 * DAY_MS);
        // What the run writes beside its events, its alarms and the SDK's two rows for the first of them.
        expect(rowsOf(all[0]!, /cf_agents_jobs/)).toBe(2);
        expect(rowsOf(all[0]!, /transport_(?!events)/)).toBeLessThanOrEqual(9);
      }
    });
  });
});

describe("a run that lasts", () => {
  it("sets four alarms and writes seven rows each time that the SDK keeps it alive, as often as the author says", async () => {
    await withAgent({ KEEP_ALIVE_MS: "2000" }, async (base) => {
      await run(base);
      await settled(base);
      const started = await post(`${base}/runs`, { prompt: "wait" }, { Accept: "application/json" });
      const { id } = (await started.json()) as { id: string };
      const marked = /UPDATE cf_agents_jobs SET running = 1/;
      const times = (some: readonly Recorded[]): number => some.reduce((sum, one) => sum + rowsOf(one, marked), 0);
      const all = await recordedUntil(base, (some) => times(some) >= 2);
      await fetch(`${base}/runs/${id}`, { method: "DELETE" });
      all.push(await settled(base));
      const alarms = all.flatMap(({ alarmsInMs }) => alarmsInMs);
      // A busy machine may ask after one more.
      expect(alarms).toHaveLength(2 + times(all) * 4);
      expect(all.reduce((sum, one) => sum + rowsOf(one, /cf_agents_jobs/), 0)).toBe(2 + times(all) * 3);
    });
  });
});

describe("retention's alarm", () => {
  it("comes when there is a run to delete, and then not before its id may be forgotten", async () => {
    // Longer than a busy machine stands still: what is recorded before it is settled is not looked at.
    await withAgent({ RETENTION_MS: "9000" }, async (base) => {
      const startedAt = Date.now();
      await run(base);
      await settled(base);
      const all = await recordedUntil(base, (some) => some.some((one) => rowsOf(one, /^DELETE FROM transport_events/) > 0));
      const { sweeps } = all.at(-1)!;
      expect(sweeps).toHaveLength(1);
      expect(sweeps[0]! - startedAt).toBeGreaterThanOrEqual(9_000);
      const alarms = (): number[] => all.flatMap(({ alarmsInMs }) => alarmsInMs);
      await eventually(
        async () => void all.push(await settled(base)),
        () => alarms().some((ms) => ms > 29 * DAY_MS),
      );
      expect(alarms().at(-1)).toBeGreaterThan(29 * DAY_MS);
      // It is woken, and asks for the next time.
      expect(alarms()).toHaveLength(4);
      expect(all.reduce((sum, one) => sum + rowsOf(one, /cf_agents_jobs|setAlarm/), 0)).toBe(7);
    });
  });

  it("comes earlier again for a run that ends after that", async () => {
    await withAgent({ RETENTION_MS: "2000" }, async (base) => {
      for (const expected of [1, 2]) {
        await run(base);
        const all = await recordedUntil(base, (some) => some.some((one) => rowsOf(one, /^DELETE FROM transport_events/) > 0));
        expect(all.at(-1)!.sweeps).toHaveLength(expected);
      }
    });
  });
});
