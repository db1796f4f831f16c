/** `@agent-transports/agent-worker/generate`: what needs no Worker, so that tests in Node can call it. */
export { describeFailure, generateWith, type GenerateSettings } from "./generation/generate.ts";
export { backgroundResponses } from "./generation/background.ts";
export { joiningFetch } from "./generation/joined-events.ts";
export { createScriptedModel, type ScriptedModelOptions } from "./generation/scripted-model.ts";
export type { Generation } from "./runs/generation.ts";
