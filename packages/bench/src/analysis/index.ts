export { analyse } from "./analyse.ts";
export type * from "./facts/index.ts";
