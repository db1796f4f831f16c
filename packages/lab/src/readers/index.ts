export { fromMachineTime, machineNow, toMachineTime } from "./clock.ts";
export type { ModuleReaderOptions, Reading, ReadersOptions } from "./messages.ts";
export type { OpenReader, Reader } from "./reader.ts";
export { startReaders, type Readers } from "./readers.ts";
