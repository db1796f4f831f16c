import { describe, expect, it } from "vitest";
import { linux, needs } from "../needs.ts";
import { startWorker } from "../worker-host/index.ts";
import { cpuMicros, parseSchedstat } from "./cpu.ts";
import { inspectHeap, usedBytes } from "./heap.ts";
import { kernelBytes, parseSlabs, parseTcpBuffers } from "./kernel.ts";

describe("a reading of the machine", () => {
  it("gives the kernel's unreclaimable slabs and TCP's buffers, in bytes", () => {
    expect(parseSlabs("Slab:  900 kB\nSReclaimable:  700 kB\nSUnreclaim:  200 kB\n")).toBe(204_800);
    expect(parseTcpBuffers("sockets: used 103\nTCP: inuse 28 orphan 0 tw 838 alloc 28 mem 7\nUDP: inuse 0 mem 9\n")).toBe(28_672);
    expect(parseSlabs("") + parseTcpBuffers("")).toBeNaN();
  });

  it("gives a thread's schedstat, whose first figure is its time on a CPU in ns", () => {
    expect(parseSchedstat("1234567 63454 1\n")).toBe(1.234567);
    expect(parseSchedstat("")).toBeNaN();
  });

  it("gives the CPU time of processes, as they count it themselves", { timeout: 60_000, ...needs(linux) }, async () => {
    expect(await kernelBytes()).toBeGreaterThan(1_000_000);
    const [before, ownBefore] = [await cpuMicros([process.pid]), process.cpuUsage()];
    while (process.cpuUsage(ownBefore).user < 30_000) Math.sqrt(Math.random());
    const spent = (await cpuMicros([process.pid])) - before;
    const own = process.cpuUsage(ownBefore);
    expect(spent / (own.user + own.system)).toBeCloseTo(1, 0);
    expect(spent).toBeGreaterThan(25_000);
    expect(await cpuMicros([])).toBeNaN();
    expect(await cpuMicros([2 ** 30])).toBeNaN(); // Above the kernel's highest process id.
  });

  it("gives the heap of a Worker's isolate after a garbage collection", async () => {
    const host = await startWorker({ inspect: true });
    try {
      const inspector = await inspectHeap(host.inspector!);
      const poke = async (): Promise<void> => {
        await (await fetch(new URL("/agents/transport-agent/poke", host.url))).arrayBuffer();
      };
      // What a collection finds differs by up to 300 kB from one to the next: the least of five says what is held.
      const held = async (): Promise<number> => {
        const sizes: number[] = [];
        for (let round = 0; round < 5; round++) sizes.push(await inspector.liveBytes(poke));
        return Math.min(...sizes);
      };
      const before = await held();
      for (let request = 0; request < 400; request++) await poke();
      const grown = (await held()) - before;
      await inspector.close();
      expect(before).toBeGreaterThan(1_000_000);
      // Without a collection 400 requests leave 2.4 MB and more behind.
      expect(Math.abs(grown)).toBeLessThan(1_000_000);
    } finally {
      await host.dispose();
    }
  }, 60_000);

  it("adds up an isolate's memory, and refuses an invalid answer", () => {
    expect(usedBytes({ usedSize: 1, totalSize: 100, embedderHeapUsedSize: 20, backingStorageSize: 300 })).toBe(321);
    expect(() => usedBytes({ usedSize: 1 })).toThrow(/backingStorageSize/);
  });
});
