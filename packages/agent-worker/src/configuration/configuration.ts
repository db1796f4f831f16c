import { bearerTokens, type Authorize } from "../access/authorize.ts";
import type { TicketOptions } from "../access/tickets.ts";
import type { Recovery } from "../recovery/bounds.ts";
import type { Durability } from "../runs/durability.ts";
import type { Retention } from "../runs/retention.ts";
import type { Limits } from "../wire/limits.ts";
import { checkVariables, valueOf, type Variables } from "./variables.ts";

const HOUR_MS = 3_600_000;

export interface Configuration {
  readonly modelSilenceMs: number;
  readonly durability: Durability;
  readonly recovery: Partial<Recovery>;
  readonly retention: Partial<Retention>;
  readonly limits: Partial<Limits>;
  /** For `routeRequest`. */
  readonly routing: {
    readonly authorize?: Authorize;
    readonly tickets?: TicketOptions;
    readonly compressWebSockets: boolean | "small-window";
  };
}

const known = new WeakMap<object, Configuration>();

/**
 * What the Worker's variables say: all of them are checked before the first request is served, so that none is found wrong in the middle of a run.
 *
 * @throws RequestError `misconfigured`, which names each variable that is at fault
 */
export function configurationOf(env: Variables): Configuration {
  const configuration = known.get(env) ?? read(env);
  known.set(env, configuration);
  return configuration;
}

function read(env: Variables): Configuration {
  checkVariables(env);
  const tokens = valueOf(env, "AGENT_TOKENS");
  const secret = valueOf(env, "TICKET_SECRET");
  return {
    modelSilenceMs: valueOf(env, "MODEL_SILENCE_SECONDS") * 1_000,
    durability: valueOf(env, "DURABILITY"),
    recovery: { enabled: valueOf(env, "RECOVERY") === "on" },
    retention: {
      maxAgeMs: valueOf(env, "RETENTION_HOURS") * HOUR_MS,
      maxRuns: valueOf(env, "RETENTION_RUNS"),
      maxBytes: valueOf(env, "RETENTION_BYTES"),
    },
    limits: valueOf(env, "LIMITS"),
    routing: {
      ...(tokens !== undefined && { authorize: bearerTokens(tokens) }),
      ...(secret !== undefined && { tickets: { secret } }),
      compressWebSockets: valueOf(env, "COMPRESS_WEBSOCKETS"),
    },
  };
}
