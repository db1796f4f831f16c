import type { RunChunk } from "@agent-transports/protocol";
import { expect, it, onTestFinished, vi } from "vitest";
import { LostError } from "../link/link.ts";
import { pullRun, type Arrival, type Connect } from "./core-run.ts";

/** Connections that open at once and bring nothing. */
function silent(): { readonly connect: Connect; readonly signals: AbortSignal[] } {
  const signals: AbortSignal[] = [];
  return {
    signals,
    // oxlint-disable-next-line require-yield
    async *connect(_target, line) {
      signals.push(line.signal);
      line.opened();
      return await new Promise<never>((_, reject) => line.signal.addEventListener("abort", () => reject(line.signal.reason)));
    },
  };
}

const settings = { retry: {}, connectTimeoutMs: 10_000, heartbeatMs: 15_000 };
const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

it("begins no connection for a run that is closed or aborted in the turn that made it", async () => {
  for (const aborted of [true, false]) {
    const { connect, signals } = silent();
    const signal = aborted ? AbortSignal.abort() : undefined;
    const run = pullRun<RunChunk>(connect, settings, { id: "r" }, () => undefined, { ...(signal && { signal }) });
    if (!aborted) run.close();
    await turn();
    expect(signals).toEqual([]);
    await expect(run.started).rejects.toMatchObject({ code: "aborted" });
    await expect(run[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: "aborted" });
  }
});

it("gives its connection up when it is closed, aborted or left", async () => {
  const ways: readonly ((run: ReturnType<typeof pullRun<RunChunk>>, abort: AbortController) => unknown)[] = [
    (run) => run.close(),
    (_run, abort) => abort.abort(),
    (run) => run[Symbol.asyncIterator]().return?.(),
  ];
  for (const leave of ways) {
    const { connect, signals } = silent();
    const abort = new AbortController();
    const run = pullRun<RunChunk>(connect, settings, { id: "r" }, () => undefined, { signal: abort.signal });
    expect(await run.started).toBe("r");
    await leave(run, abort);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  }
});

it("ends with aborted where it is closed as its last try fails", async () => {
  const close = Promise.withResolvers<() => void>();
  // oxlint-disable-next-line require-yield
  const connect: Connect = async function* () {
    (await close.promise)();
    throw new LostError("It was lost.");
  };
  const run = pullRun<RunChunk>(connect, { ...settings, retry: { maxTries: 1 } }, { id: "r" }, () => undefined);
  const next = run[Symbol.asyncIterator]().next();
  close.resolve(() => run.close());
  await expect(next).rejects.toMatchObject({ code: "aborted" });
  await expect(run.started).rejects.toMatchObject({ code: "aborted" });
});

it("keeps no timer behind a terminal event that was received, asked for more or not", async () => {
  const before = activeTimers();
  const last: Arrival<RunChunk> = ["e.1", { type: "data-run-end", data: { state: "finished" }, transient: true }];
  const connect = async function* (_target: unknown, line: { opened(): number }): AsyncGenerator<readonly Arrival<RunChunk>[], never> {
    line.opened();
    yield [last];
    return await new Promise<never>(() => undefined);
  } as Connect;
  const run = pullRun<RunChunk>(connect, settings, { id: "r" }, () => undefined);
  expect((await run[Symbol.asyncIterator]().next()).value).toEqual({ id: "e.1", data: last[1] });
  expect(activeTimers()).toBe(before);
});

it.each([
  ["that is small", "x".repeat(8_191), 10],
  ["that is nearly twice as large", "x".repeat(30 * 1_024), 12],
  ["of ASCII", "x".repeat(10 * 16_384), 20],
  ["of three bytes a character", "語".repeat(10 * 16_384), 40],
])("gives a start %s a second for each 16,384 bytes to go up, beyond what any try has", async (_what, input, seconds) => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  let signal: AbortSignal | undefined;
  // oxlint-disable-next-line require-yield
  const connect: Connect = async function* (_target, line) {
    // Of the first try.
    signal ??= line.signal;
    return await new Promise<never>(() => undefined);
  };
  const run = pullRun<RunChunk>(connect, settings, { start: { key: "k", input } }, () => undefined);
  await vi.advanceTimersByTimeAsync(seconds * 1_000 - 50);
  expect(signal?.aborted).toBe(false);
  await vi.advanceTimersByTimeAsync(100);
  expect(signal?.aborted).toBe(true);
  run.close();
});

function activeTimers(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;
}
