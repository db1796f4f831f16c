import { bearerTokens, tokensFrom } from "../access/authorize.ts";
import { checkSecret } from "../access/tickets.ts";
import { modelChecks, type ModelEnv } from "../generation/model.ts";
import type { RoutingEnv, RoutingOptions } from "../routing/route-request.ts";
import type { Retention } from "../runs/retention.ts";
import type { Limits } from "../wire/limits.ts";
import { checkAll, limitsFrom, originsFrom, positiveNumber, switchedOn } from "./parse.ts";

const HOUR_MS = 3_600_000;

/** The variables of this package's Worker, README.md. */
interface Variables extends ModelEnv, RoutingEnv {
  readonly RETENTION_HOURS?: string;
  readonly RETENTION_RUNS?: string;
  readonly MODEL_SILENCE_SECONDS?: string;
  readonly AGENT_TOKENS?: string;
  readonly TICKET_SECRET?: string;
  readonly COMPRESS_WEBSOCKETS?: string;
  readonly LOG_EVENTS?: string;
  readonly LOG_ERRORS?: string;
  readonly LIMITS?: string;
}

export interface Configuration {
  readonly modelSilenceMs: number;
  readonly retention: Partial<Retention>;
  readonly limits: Partial<Limits>;
  readonly routing: RoutingOptions;
}

const known = new WeakMap<object, Configuration>();

/**
 * What the Worker's variables say: all of them are checked before the first request is served, so that none is found wrong in the middle of a run.
 *
 * @throws RequestError `misconfigured`, which names each variable that is at fault
 */
export function configurationOf(env: Variables): Configuration {
  let configuration = known.get(env);
  if (configuration === undefined) {
    checkAll([
      ...modelChecks(env),
      () => originsFrom(env.ALLOWED_ORIGINS),
      () => switchedOn("LOG_EVENTS", env.LOG_EVENTS),
      () => switchedOn("LOG_ERRORS", env.LOG_ERRORS),
      () => compressOf(env),
      () => silenceOf(env),
      () => retentionOf(env),
      () => limitsFrom(env.LIMITS),
      () => accessOf(env),
    ]);
    configuration = {
      modelSilenceMs: silenceOf(env),
      retention: retentionOf(env),
      limits: limitsFrom(env.LIMITS),
      routing: { ...accessOf(env), compressWebSockets: compressOf(env) },
    };
    known.set(env, configuration);
  }
  return configuration;
}

function compressOf(env: Variables): boolean {
  return switchedOn("COMPRESS_WEBSOCKETS", env.COMPRESS_WEBSOCKETS);
}

function silenceOf(env: Variables): number {
  return positiveNumber("MODEL_SILENCE_SECONDS", env.MODEL_SILENCE_SECONDS, 600) * 1_000;
}

function retentionOf(env: Variables): Partial<Retention> {
  return {
    maxAgeMs: positiveNumber("RETENTION_HOURS", env.RETENTION_HOURS, 168) * HOUR_MS,
    maxRuns: positiveNumber("RETENTION_RUNS", env.RETENTION_RUNS, 1_000),
  };
}

/** A variable that is set and empty is a secret that got lost, and not an agent that is open to everyone. */
function accessOf({ AGENT_TOKENS: tokens, TICKET_SECRET: secret }: Variables): Pick<RoutingOptions, "authorize" | "tickets"> {
  if (secret !== undefined) checkSecret(secret, "TICKET_SECRET");
  return {
    ...(tokens !== undefined && { authorize: bearerTokens(tokensFrom(tokens)) }),
    ...(secret !== undefined && { tickets: { secret } }),
  };
}
