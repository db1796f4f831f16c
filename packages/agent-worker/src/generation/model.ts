import { createOpenAI } from "@ai-sdk/openai";
import type { LanguageModel } from "ai";
import { checkAll, headerValue, httpUrl, positiveNumber } from "../configuration/parse.ts";
import { bundledForDevelopment } from "../observability/development.ts";
import { misconfigured } from "../wire/errors.ts";
import { joiningFetch } from "./joined-events.ts";
import { createScriptedModel } from "./scripted-model.ts";

/** The Worker's variables that choose a model, all optional. */
export interface ModelEnv {
  /** With a key OpenAI answers; without one the scripted model does, so that everything works with no key. */
  readonly OPENAI_API_KEY?: string;
  readonly OPENAI_BASE_URL?: string;
  /** Default `gpt-4o`. */
  readonly OPENAI_MODEL?: string;
  /** `responses` (default) or `chat`: for servers that speak only `/chat/completions`. */
  readonly OPENAI_API?: string;
  /** Default 50. */
  readonly SCRIPTED_TOKENS_PER_SECOND?: string;
  /** Default 1. */
  readonly SCRIPTED_SEED?: string;
}

export const DEFAULT_MODEL = "gpt-4o";

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
  checkAll(modelChecks(env));
  if (!hasKey(env)) {
    announceModel(env);
    return createScriptedModel({
      tokensPerSecond: positiveNumber("SCRIPTED_TOKENS_PER_SECOND", env.SCRIPTED_TOKENS_PER_SECOND, 50),
      seed: positiveNumber("SCRIPTED_SEED", env.SCRIPTED_SEED, 1),
    });
  }
  const openai = createOpenAI({
    apiKey: env.OPENAI_API_KEY ?? "",
    fetch: joiningFetch(),
    ...(env.OPENAI_BASE_URL === undefined ? {} : { baseURL: env.OPENAI_BASE_URL }),
  });
  const name = env.OPENAI_MODEL ?? DEFAULT_MODEL;
  switch (env.OPENAI_API ?? "responses") {
    case "responses":
      return openai.responses(name);
    case "chat":
      return openai.chat(name);
    default:
      throw wrongApi();
  }
}

/** For {@link checkAll}. */
export function modelChecks(env: ModelEnv): (() => unknown)[] {
  return [
    () => headerValue("OPENAI_API_KEY", env.OPENAI_API_KEY),
    () => httpUrl("OPENAI_BASE_URL", env.OPENAI_BASE_URL),
    () => {
      if (env.OPENAI_MODEL?.trim() === "") throw misconfigured("OPENAI_MODEL is empty. It must be a model's name.");
    },
    () => {
      if (!["responses", "chat"].includes(env.OPENAI_API ?? "responses")) throw wrongApi();
    },
    () => positiveNumber("SCRIPTED_TOKENS_PER_SECOND", env.SCRIPTED_TOKENS_PER_SECOND, 50),
    () => positiveNumber("SCRIPTED_SEED", env.SCRIPTED_SEED, 1),
  ];
}

function wrongApi(): Error {
  return misconfigured('OPENAI_API must be "responses" or "chat".');
}
