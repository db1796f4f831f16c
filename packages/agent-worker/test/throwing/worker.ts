import { routeRequest, RunAgent, type Generation, type RoutingEnv } from "@agent-transports/agent-worker";
import type { UIMessageChunk } from "ai";

/** An agent whose author made a mistake. */
interface Env extends RoutingEnv {
  readonly ThrowingAgent: DurableObjectNamespace<ThrowingAgent>;
}

export class ThrowingAgent extends RunAgent<Env> {
  override generate(_generation: Generation): AsyncIterable<UIMessageChunk> {
    return openShop();
  }
}

async function* openShop(): AsyncGenerator<UIMessageChunk> {
  yield { type: "start" };
  throw new Error("the shop is closed", { cause: new Error("there are no bicycles left") });
}

export default {
  fetch: (request, env) => routeRequest(request, env, env.ThrowingAgent, { agent: "throwing-agent" }),
} satisfies ExportedHandler<Env>;
