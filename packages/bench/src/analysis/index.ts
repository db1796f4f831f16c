export { analyse, analyseInWorkers } from "./analyse.ts";
export type * from "./types.ts";
