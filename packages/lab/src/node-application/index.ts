export { NodeApplicationError, type NodeApplicationErrorCode } from "./errors.ts";
export { openNodeApplication } from "./node-application.ts";
export type { NodeApplication, NodeApplicationOptions } from "./node-application.ts";
