import type { UIMessageChunk } from "ai";
import { generateWith } from "./generate.ts";
import { createModel, type ModelEnv } from "./model.ts";
import { routeRequest, type RoutingEnv } from "./routing.ts";
import type { Retention } from "./retention.ts";
import { RunAgent } from "./run-agent.ts";
import type { Generation } from "./runs.ts";
import { positiveNumber } from "./variables.ts";

/** The Worker's bindings and variables: wrangler.jsonc. */
export interface Env extends ModelEnv, RoutingEnv {
  /** Events of runs that ended longer ago are deleted. Default 168: a week. */
  readonly RETENTION_HOURS?: string;
  /** So many ended runs keep their events. Default 1000. */
  readonly RETENTION_RUNS?: string;
  readonly TransportAgent: DurableObjectNamespace<TransportAgent>;
}

export class TransportAgent extends RunAgent<Env> {
  override generate(generation: Generation): Promise<AsyncIterable<UIMessageChunk>> {
    return generateWith(createModel(this.env), generation);
  }

  override retention(): Partial<Retention> {
    return {
      maxAgeMs: positiveNumber("RETENTION_HOURS", this.env.RETENTION_HOURS, 168) * 3_600_000,
      maxRuns: positiveNumber("RETENTION_RUNS", this.env.RETENTION_RUNS, 1_000),
    };
  }
}

export default {
  fetch(request, env) {
    return routeRequest(request, env, env.TransportAgent);
  },
} satisfies ExportedHandler<Env>;
