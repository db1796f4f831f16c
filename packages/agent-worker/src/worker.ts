import { env as variables } from "cloudflare:workers";
import type { UIMessageChunk } from "ai";
import { configurationOf } from "./configuration/configuration.ts";
import type { Variables } from "./configuration/variables.ts";
import { generateWith } from "./generation/generate.ts";
import { announceModel, createModel } from "./generation/model.ts";
import { logObservations } from "./observability/observe.ts";
import { asksForPage, pageResponse } from "./routing/page.ts";
import { asksForFile, playgroundResponse, type AssetsEnv } from "./routing/playground.ts";
import { routeRequest } from "./routing/route-request.ts";
import { RunAgent } from "./run-agent.ts";
import type { Recovery } from "./recovery/bounds.ts";
import type { Durability } from "./runs/durability.ts";
import type { Generation } from "./runs/generation.ts";
import type { Retention } from "./runs/retention.ts";
import type { Limits } from "./wire/limits.ts";

/** The Worker's bindings (wrangler.jsonc) and its variables. */
export interface Env extends Variables, AssetsEnv {
  readonly TransportAgent: DurableObjectNamespace<TransportAgent>;
}

export class TransportAgent extends RunAgent<Env> {
  override generate(generation: Generation): Promise<AsyncIterable<UIMessageChunk>> {
    const { modelSilenceMs } = configurationOf(this.env);
    return generateWith(createModel(this.env), generation, { modelSilenceMs });
  }

  override durability(): Durability {
    return configurationOf(this.env).durability;
  }

  override recovery(): Partial<Recovery> {
    return configurationOf(this.env).recovery;
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
  async fetch(request, env) {
    if (env.LOG_EVENTS === "1" && !logging) {
      logging = true;
      logObservations();
    }
    const forPage = asksForPage(request);
    if (forPage || asksForFile(request)) {
      const file = await playgroundResponse(request, env);
      if (file !== undefined) return file;
    }
    if (forPage) return pageResponse(request, env);
    return routeRequest(request, env, env.TransportAgent, () => configurationOf(env).routing);
  },
} satisfies ExportedHandler<Env>;
