import type { UIMessageChunk } from "ai";
import { bearerTokens, tokensFrom, type Authorize } from "./access/authorize.ts";
import { generateWith } from "./generate.ts";
import { createModel, type ModelEnv } from "./model.ts";
import { routeRequest, type RoutingEnv } from "./routing.ts";
import type { Retention } from "./retention.ts";
import { RunAgent } from "./run-agent.ts";
import type { Generation } from "./runs.ts";
import type { Limits } from "./limits.ts";
import { logObservations } from "./observe.ts";
import { limitsFrom, positiveNumber } from "./variables.ts";

/** The Worker's bindings and variables: wrangler.jsonc. */
export interface Env extends ModelEnv, RoutingEnv {
  /** Events of runs that ended longer ago are deleted. Default 168: a week. */
  readonly RETENTION_HOURS?: string;
  /** So many ended runs keep their events. Default 1000. */
  readonly RETENTION_RUNS?: string;
  /** A model that says nothing for so long has failed. Default 600. */
  readonly MODEL_SILENCE_SECONDS?: string;
  /** Bearer tokens, `<subject>=<token>` separated by commas: a secret. Without it everyone may do everything. */
  readonly AGENT_TOKENS?: string;
  /** Signs tickets: a secret of at least 32 characters. Without it there are none. */
  readonly TICKET_SECRET?: string;
  /** `1` prints runs, readers and refusals as structured lines. */
  readonly LOG_EVENTS?: string;
  /** {@link Limits}, as JSON: `{"liveRuns": 20}`. */
  readonly LIMITS?: string;
  readonly TransportAgent: DurableObjectNamespace<TransportAgent>;
}

export class TransportAgent extends RunAgent<Env> {
  override generate(generation: Generation): Promise<AsyncIterable<UIMessageChunk>> {
    const modelSilenceMs = positiveNumber("MODEL_SILENCE_SECONDS", this.env.MODEL_SILENCE_SECONDS, 600) * 1_000;
    return generateWith(createModel(this.env), generation, { modelSilenceMs });
  }

  #limits: Partial<Limits> | undefined;

  /** Asked for with each frame. */
  override limits(): Partial<Limits> {
    return (this.#limits ??= limitsFrom(this.env.LIMITS));
  }

  override retention(): Partial<Retention> {
    return {
      maxAgeMs: positiveNumber("RETENTION_HOURS", this.env.RETENTION_HOURS, 168) * 3_600_000,
      maxRuns: positiveNumber("RETENTION_RUNS", this.env.RETENTION_RUNS, 1_000),
    };
  }
}

let logging = false;
let known: Authorize | undefined;

export default {
  fetch(request, env) {
    if (env.LOG_EVENTS === "1" && !logging) {
      logging = true;
      logObservations();
    }
    const { AGENT_TOKENS: tokens } = env;
    return routeRequest(request, env, env.TransportAgent, {
      // Read where what is wrong with them refuses, as whatever a hook throws does.
      ...(tokens !== undefined && { authorize: (access) => (known ??= bearerTokens(tokensFrom(tokens)))(access) }),
      ...(env.TICKET_SECRET !== undefined && { tickets: { secret: env.TICKET_SECRET } }),
    });
  },
} satisfies ExportedHandler<Env>;
