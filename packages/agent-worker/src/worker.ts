import type { UIMessageChunk } from "ai";
import { generateWith } from "./generate.ts";
import { createModel, type ModelEnv } from "./model.ts";
import { routeRequest, type RoutingEnv } from "./routing.ts";
import { RunAgent } from "./run-agent.ts";
import type { Generation } from "./runs.ts";

/** The Worker's bindings and variables: wrangler.jsonc. */
export interface Env extends ModelEnv, RoutingEnv {
  readonly TransportAgent: DurableObjectNamespace<TransportAgent>;
}

export class TransportAgent extends RunAgent<Env> {
  override generate(generation: Generation): Promise<AsyncIterable<UIMessageChunk>> {
    return generateWith(createModel(this.env), generation);
  }
}

export default {
  fetch(request, env) {
    return routeRequest(request, env, env.TransportAgent);
  },
} satisfies ExportedHandler<Env>;
