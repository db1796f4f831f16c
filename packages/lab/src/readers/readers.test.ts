import { afterAll, beforeAll, expect, it } from "vitest";
import { fromMachineTime, machineNow, toMachineTime } from "./clock.ts";
import { startReaders, type Readers } from "./readers.ts";

let readers: Readers;
beforeAll(async () => {
  readers = await startReaders();
});
afterAll(() => readers.close());

it("shares its parent's clock: a reading lies between the question and the answer", async () => {
  let narrowest = Infinity;
  // A busy machine takes turns: a question is asked until one was answered within a turn.
  for (let round = 0; round < 100 || (narrowest >= 1 && round < 10_000); round++) {
    const before = machineNow();
    const there = await readers.clock();
    const after = machineNow();
    expect(there).toBeGreaterThanOrEqual(before);
    expect(there).toBeLessThanOrEqual(after);
    narrowest = Math.min(narrowest, after - before);
  }
  // The bracket is the error that two clocks could have and not be found out.
  expect(narrowest).toBeLessThan(1);
});

it("reads the clock of performance.now(), which starts with the process", () => {
  for (let round = 0; round < 100; round++) {
    const before = toMachineTime(performance.now());
    const now = machineNow();
    const after = toMachineTime(performance.now());
    expect(now).toBeGreaterThan(before - 0.01);
    expect(now).toBeLessThan(after + 0.01);
  }
  expect(fromMachineTime(toMachineTime(12.5))).toBeCloseTo(12.5, 6);
});

it("reports its memory and CPU time", async () => {
  const { residentBytes, liveBytes } = await readers.memory();
  expect(residentBytes).toBeGreaterThan(liveBytes);
  const before = await readers.cpuMicros();
  await readers.memory(); // A collection takes longer than a microsecond.
  expect(await readers.cpuMicros()).toBeGreaterThan(before);
});

it("reports its failures, and fails requests after its end", async () => {
  const other = await startReaders();
  await expect(other.open({ transport: "sse", url: "not a URL", agent: "a", run: "r", count: 1 })).rejects.toThrow(/url/i);
  const waiting = other.clock();
  await other.close();
  await waiting.catch(() => undefined);
  await expect(other.clock()).rejects.toThrow(/closed/i);
});
