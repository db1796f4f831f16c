export { analyse, analyseInWorkers } from "./analyse.ts";
export type * from "./facts/index.ts";
