import { expect, it } from "vitest";
import { linux, needs } from "../needs.ts";
import { parseResident, residentBytes } from "./resident.ts";

it("reads VmRSS, which /proc gives in units of 1,024 bytes", () => {
  expect(parseResident("Name:\tworkerd\nVmPeak:\t  999 kB\nVmRSS:\t  123456 kB\nRssAnon:\t 1 kB\n")).toBe(123_456 * 1_024);
});

it("gives no figure for a process that has ended, whose status names no memory", () => {
  expect(parseResident("Name:\tworkerd\nState:\tZ (zombie)\n")).toBeNaN();
  expect(parseResident("")).toBeNaN();
});

it("adds up processes, and gives no figure when one has ended or none is given", needs(linux), async () => {
  const one = await residentBytes([process.pid]);
  expect(one).toBeGreaterThan(1_000_000);
  expect(await residentBytes([process.pid, process.pid])).toBeGreaterThan(one * 1.5);
  // Above the kernel's highest process id.
  expect(await residentBytes([process.pid, 2 ** 30])).toBeNaN();
  expect(await residentBytes([])).toBeNaN();
});
