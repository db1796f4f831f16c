export { cpuMicros, cpuMs, runTimeMs } from "./cpu.ts";
export { openDescriptors } from "./descriptors.ts";
export { inspectHeap, type HeapInspector } from "./heap.ts";
export { kernelBytes } from "./kernel.ts";
export { residentBytes } from "./resident.ts";
