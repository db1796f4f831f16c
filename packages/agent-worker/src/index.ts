export { RunAgent } from "./run-agent.ts";
export { describeFailure, generateWith, type GenerateSettings } from "./generate.ts";
export { joiningFetch } from "./joined-events.ts";
export { createModel, type ModelEnv } from "./model.ts";
export { createScriptedModel, type ScriptedModelOptions } from "./scripted-model.ts";
export { routeRequest, type RoutingEnv, type RoutingOptions } from "./routing.ts";
export type { Generation } from "./runs.ts";
export type { Retention } from "./retention.ts";
