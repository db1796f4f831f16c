export { perform, type Action, type Done, type Surroundings } from "./application.ts";
export type { ReadRun } from "./read-run.ts";
export type { ToolChain } from "./tool-chain.ts";
