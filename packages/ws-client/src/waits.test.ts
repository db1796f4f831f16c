/** A run that comes while the socket waits for its next try. */
import type { RetryOptions, Run, StateChange, TransportClient } from "@agent-transports/client-core";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ScriptedSocket } from "../test/scripted-socket.ts";
import { createWsClient } from "./index.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** @param said what its server says once it is open; absent where it never opens. @returns the client, and how many sockets it has made */
function clientOf(said?: object, retry: RetryOptions = {}): { readonly client: TransportClient; readonly sockets: () => number } {
  let sockets = 0;
  class Refusing extends ScriptedSocket {
    constructor(url: string) {
      super(url);
      sockets += 1;
    }

    protected override connected(): void {
      if (said === undefined) return void this.dispatchEvent(Object.assign(new Event("close"), { code: 1006, reason: "" }));
      super.connected();
      this.say(JSON.stringify(said));
    }
  }
  const WebSocket = Refusing as unknown as typeof globalThis.WebSocket;
  return { client: createWsClient({ url: "ws://agent.example", WebSocket, retry, onError: () => undefined }), sockets: () => sockets };
}

function follow(client: TransportClient, id: string): { readonly run: Run; readonly changes: StateChange[] } {
  const run = client.resume(id);
  const changes: StateChange[] = [];
  run.onStateChange((change) => changes.push(change));
  return { run, changes };
}

/** Until a wait has begun that lasts for so long. */
async function untilWaits(changes: readonly StateChange[], ms: number): Promise<void> {
  for (let look = 0; look < 10_000 && !((changes.at(-1)?.delayMs ?? 0) > ms); look += 1) await vi.advanceTimersByTimeAsync(10);
  expect(changes.at(-1)?.delayMs).toBeGreaterThan(ms);
}

/** For the first of several tries: the second may follow as soon. @returns how long it took, in milliseconds */
async function waitFor(done: () => boolean): Promise<number> {
  let waited = 0;
  for (; waited < 10_000 && !done(); waited += 1) await vi.advanceTimersByTimeAsync(1);
  return waited;
}

it("does not wait out what the tries of a run have come to that has left", async () => {
  const { client, sockets } = clientOf();
  const left = follow(client, "left");
  await untilWaits(left.changes, 5_000);
  left.run.close();
  const before = sockets();
  const { changes } = follow(client, "r");
  await vi.advanceTimersByTimeAsync(0);
  // The least wait, as where a page is looked at again.
  expect(changes).toEqual([{ from: "connecting", to: "waiting", delayMs: expect.any(Number) }]);
  expect(changes[0]!.delayMs).toBeLessThanOrEqual(50);
  expect(await waitFor(() => sockets() > before)).toBeLessThanOrEqual(60);
  client.close();
});

it("opens a connection beforehand without waiting out what the tries of a run have come to that has left", async () => {
  const { client, sockets } = clientOf();
  const left = follow(client, "left");
  await untilWaits(left.changes, 5_000);
  left.run.close();
  const before = sockets();
  client.connect().catch(() => undefined);
  expect(await waitFor(() => sockets() > before)).toBeLessThanOrEqual(60);
  client.close();
});

it("counts no failures of runs that have left", async () => {
  const { client, sockets } = clientOf(undefined, { maxTries: 8 });
  const left = follow(client, "left");
  const waits = (): number => left.changes.filter(({ to }) => to === "waiting").length;
  left.run.onStateChange(() => {
    if (waits() === 7) left.run.close();
  });
  for (let look = 0; look < 10_000 && waits() < 7; look += 1) await vi.advanceTimersByTimeAsync(10);
  const before = sockets();
  const { run } = follow(client, "r");
  await vi.advanceTimersByTimeAsync(120_000);
  expect([before, sockets() - before, run.connection]).toEqual([7, 8, "failed"]);
});

it("counts no time of runs that have left", async () => {
  const { client } = clientOf(undefined, { maxElapsedMs: 20_000, capMs: 4_000 });
  const left = follow(client, "left");
  await vi.advanceTimersByTimeAsync(15_000);
  await untilWaits(left.changes, 0);
  left.run.close();
  const { run } = follow(client, "r");
  await vi.advanceTimersByTimeAsync(15_000);
  expect(run.connection).not.toBe("failed");
  await vi.advanceTimersByTimeAsync(6_000);
  expect(run.connection).toBe("failed");
});

it("waits as long as the server asked, also for a run that comes when the others have left, and says so", async () => {
  const { client, sockets } = clientOf({ type: "error", error: { code: "too_many_requests", message: "Not now.", retryAfter: 60 } });
  const left = follow(client, "left");
  await untilWaits(left.changes, 59_999);
  await vi.advanceTimersByTimeAsync(10_000);
  left.run.close();
  const { changes } = follow(client, "r");
  await vi.advanceTimersByTimeAsync(0);
  expect(changes).toMatchObject([{ to: "waiting" }]);
  expect(changes[0]!.delayMs).toBeGreaterThan(49_000);
  await vi.advanceTimersByTimeAsync(49_000);
  expect(sockets()).toBe(1);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(sockets()).toBe(2);
  client.close();
});

it("tells a run that it waits, for how much longer and why, where others wait already, and tries no sooner", async () => {
  const { client, sockets } = clientOf();
  const { changes: before } = follow(client, "waits");
  await untilWaits(before, 5_000);
  const wait = before.at(-1)!;
  const made = sockets();
  await vi.advanceTimersByTimeAsync(1_000);
  const { changes } = follow(client, "r");
  await vi.advanceTimersByTimeAsync(0);
  expect(changes).toMatchObject([{ from: "connecting", to: "waiting", attempt: wait.attempt, error: wait.error }]);
  const less = wait.delayMs! - changes[0]!.delayMs!;
  expect(less).toBeGreaterThan(999);
  expect(less).toBeLessThan(1_020);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(sockets()).toBe(made);
  client.close();
});

describe("a run that comes to a try under way, whose runs have left, inherits nothing of theirs:", () => {
  /** @returns a client whose try of this number is under way, for nobody any more */
  async function tryOfNobody(
    number: number,
    retry: RetryOptions,
  ): Promise<{ client: TransportClient; lose: () => void; sockets: () => number }> {
    const held: HeldSocket[] = [];
    let sockets = 0;
    class HeldSocket extends ScriptedSocket {
      protected override connected(): void {
        sockets += 1;
        if (sockets === number) held.push(this);
        else this.lose();
      }

      lose(): void {
        this.dispatchEvent(Object.assign(new Event("close"), { code: 1006, reason: "" }));
      }
    }
    const WebSocket = HeldSocket as unknown as typeof globalThis.WebSocket;
    const client = createWsClient({ url: "ws://agent.example", WebSocket, retry, connectTimeoutMs: 600_000, onError: () => undefined });
    const { run } = follow(client, "left");
    for (let look = 0; look < 100_000 && held.length === 0; look += 1) await vi.advanceTimersByTimeAsync(10);
    run.close();
    return { client, lose: () => held.forEach((socket) => socket.lose()), sockets: () => sockets };
  }

  it("no failures, and no wait", async () => {
    const { client, lose, sockets } = await tryOfNobody(8, { maxTries: 8 });
    const { run, changes } = follow(client, "r");
    await vi.advanceTimersByTimeAsync(0);
    lose();
    await vi.advanceTimersByTimeAsync(0);
    expect(changes).toMatchObject([{ to: "waiting", attempt: 1 }]);
    expect(changes[0]!.delayMs).toBeLessThanOrEqual(50);
    await vi.advanceTimersByTimeAsync(240_000);
    expect([sockets(), run.connection]).toEqual([8 + 8, "failed"]);
  });

  it("no time", async () => {
    const { client, lose } = await tryOfNobody(3, { maxElapsedMs: 60_000 });
    await vi.advanceTimersByTimeAsync(55_000);
    const { run } = follow(client, "r");
    await vi.advanceTimersByTimeAsync(10_000);
    lose();
    await vi.advanceTimersByTimeAsync(20_000);
    expect(run.connection).not.toBe("failed");
    client.close();
  });

  it("also where it only wants to be connected", async () => {
    const { client, lose, sockets } = await tryOfNobody(8, { maxTries: 8 });
    const failed = client.connect().catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(0);
    lose();
    await vi.advanceTimersByTimeAsync(240_000);
    expect(await failed).toMatchObject({ code: "retries_exhausted" });
    expect(sockets()).toBe(8 + 8);
  });
});
