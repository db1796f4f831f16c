/** `@agent-transports/agent-worker/generate`: what needs no Worker, so that tests in Node can call it. */
export { describeFailure, generateWith, type GenerateSettings } from "./generation/generate.ts";
export { createScriptedModel, type ScriptedModelOptions } from "./generation/scripted-model.ts";
export type { Generation } from "./runs/generation.ts";
