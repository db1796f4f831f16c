/**
 * Linux's CLOCK_MONOTONIC in ms, which `process.hrtime` reads: one clock for all processes of a machine, and not one clock each.
 *
 * METHOD.md, "One process, one clock", says where it is used; `readers.test.ts` proves it by brackets.
 */
export function machineNow(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** `performance.now()` is the same clock, counted from when the process began. */
const OFFSET_MS = offset();

/** Of some readings the one whose two stamps lie closest together: between them the process may be made to wait. */
function offset(): number {
  let best = { widthMs: Infinity, offsetMs: Number.NaN };
  for (let round = 0; round < 20; round++) {
    const before = performance.now();
    const there = machineNow();
    const after = performance.now();
    if (after - before < best.widthMs) best = { widthMs: after - before, offsetMs: there - (before + after) / 2 };
  }
  return best.offsetMs;
}

/** @param at of this process's `performance.now()` */
export function toMachineTime(at: number): number {
  return at + OFFSET_MS;
}

/** @returns the moment in this process's `performance.now()` */
export function fromMachineTime(at: number): number {
  return at - OFFSET_MS;
}
