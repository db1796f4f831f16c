import { env as variables } from "cloudflare:workers";
import type { UIMessageChunk } from "ai";
import { configurationOf } from "./configuration/configuration.ts";
import { generateWith } from "./generation/generate.ts";
import { announceModel, createModel, type ModelEnv } from "./generation/model.ts";
import { logObservations } from "./observability/observe.ts";
import { asksForPage, pageResponse } from "./routing/page.ts";
import { routeRequest, type RoutingEnv } from "./routing/route-request.ts";
import { RunAgent } from "./run-agent.ts";
import type { Generation } from "./runs/generation.ts";
import type { Retention } from "./runs/retention.ts";
import type { Limits } from "./wire/limits.ts";

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
  /** `1` takes a client's offer to compress its WebSocket. Without it no socket is compressed. */
  readonly COMPRESS_WEBSOCKETS?: string;
  /** `1` prints errors that nobody foresaw with their message, causes and stack, as `wrangler dev` does: they may quote a prompt or a key. */
  readonly LOG_ERRORS?: string;
  /** `1` prints runs, readers and refusals as structured lines. */
  readonly LOG_EVENTS?: string;
  /** {@link Limits}, as JSON: `{"liveRuns": 20}`. */
  readonly LIMITS?: string;
  readonly TransportAgent: DurableObjectNamespace<TransportAgent>;
}

export class TransportAgent extends RunAgent<Env> {
  override generate(generation: Generation): Promise<AsyncIterable<UIMessageChunk>> {
    const { modelSilenceMs } = configurationOf(this.env);
    return generateWith(createModel(this.env), generation, { modelSilenceMs });
  }

  override limits(): Partial<Limits> {
    return configurationOf(this.env).limits;
  }

  override retention(): Partial<Retention> {
    return configurationOf(this.env).retention;
  }
}

announceModel(variables);

let logging = false;

export default {
  fetch(request, env) {
    if (env.LOG_EVENTS === "1" && !logging) {
      logging = true;
      logObservations();
    }
    if (asksForPage(request)) return pageResponse(request, env);
    return routeRequest(request, env, env.TransportAgent, () => configurationOf(env).routing);
  },
} satisfies ExportedHandler<Env>;
