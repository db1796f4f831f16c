import { createOpenAI } from "@ai-sdk/openai";
import type { LanguageModel } from "ai";
import { checkVariables, DEFAULT_MODEL, valueOf, type VariableName, type Variables } from "../configuration/variables.ts";
import { bundledForDevelopment } from "../observability/development.ts";
import { backgroundResponses } from "./background.ts";
import { joiningFetch } from "./joined-events.ts";
import { createScriptedModel } from "./scripted-model.ts";

const MODEL_VARIABLES = [
  "OPENAI_API_KEY",
  "OPENAI_BASE_URL",
  "OPENAI_MODEL",
  "OPENAI_API",
  "OPENAI_BACKGROUND",
  "SCRIPTED_TOKENS_PER_SECOND",
  "SCRIPTED_SEED",
] as const satisfies readonly VariableName[];

/** The Worker's variables that choose a model, all optional. */
export type ModelEnv = Pick<Variables, (typeof MODEL_VARIABLES)[number]>;

let announced = false;

/** In development, once: that no key is set, and how to set one. */
export function announceModel(env: ModelEnv): void {
  if (!bundledForDevelopment || announced || hasKey(env)) return;
  announced = true;
  console.log(
    `OPENAI_API_KEY is not set: a scripted model answers. For ${env.OPENAI_MODEL ?? DEFAULT_MODEL}, write OPENAI_API_KEY=… into the file .dev.vars ` +
      "beside wrangler.jsonc, and start dev again.",
  );
}

export function hasKey(env: ModelEnv): boolean {
  return env.OPENAI_API_KEY !== undefined && env.OPENAI_API_KEY !== "";
}

/** The model that the Worker's variables choose: OpenAI's, or with no key the scripted one ({@link createScriptedModel}), which calls the tools that it is given. */
export function createModel(env: ModelEnv): LanguageModel {
  checkVariables(env, MODEL_VARIABLES);
  const apiKey = valueOf(env, "OPENAI_API_KEY");
  if (apiKey === undefined) {
    announceModel(env);
    return createScriptedModel({
      tokensPerSecond: valueOf(env, "SCRIPTED_TOKENS_PER_SECOND"),
      seed: valueOf(env, "SCRIPTED_SEED"),
    });
  }
  const baseURL = valueOf(env, "OPENAI_BASE_URL");
  const inner = valueOf(env, "OPENAI_BACKGROUND") ? backgroundResponses() : undefined;
  const openai = createOpenAI({ apiKey, fetch: joiningFetch(inner), ...(baseURL === undefined ? {} : { baseURL }) });
  const name = valueOf(env, "OPENAI_MODEL");
  switch (valueOf(env, "OPENAI_API")) {
    case "responses":
      return openai.responses(name);
    case "chat":
      return openai.chat(name);
  }
}
