import {
  bearerTokens,
  createModel,
  generateWith,
  routeRequest,
  RunAgent,
  type Generation,
  type ModelEnv,
} from "@agent-transports/agent-worker";
import { isStepCount, tool, type UIMessageChunk } from "ai";
import { z } from "zod";

interface Env extends ModelEnv {
  readonly SupportAgent: DurableObjectNamespace<SupportAgent>;
  /** Whoever has it may use the agent. Without it everyone may. */
  readonly SUPPORT_TOKEN?: string;
}

const orderStatus = tool({
  description: "Where an order is.",
  inputSchema: z.object({ order: z.string() }),
  execute: ({ order }) => ({ order, status: "on its way" }),
});

export class SupportAgent extends RunAgent<Env> {
  /** Messages in, a stream of UI message chunks out: the log, the resume and both transports are the base class's. */
  override async *generate(generation: Generation): AsyncGenerator<UIMessageChunk> {
    const answer = await generateWith(createModel(this.env), generation, {
      instructions: "You help the customers of a bicycle shop.",
      tools: { orderStatus },
      stopWhen: isStepCount(5),
    });
    for await (const chunk of answer) {
      yield chunk;
      // Parts of your own travel with the others, and are replayed with them.
      if (chunk.type === "tool-output-available") yield { type: "data-order", id: chunk.toolCallId, data: chunk.output };
    }
  }
}

export default {
  fetch: (request, env) =>
    routeRequest(request, env, env.SupportAgent, {
      agent: "support-agent",
      ...(env.SUPPORT_TOKEN !== undefined && { authorize: bearerTokens({ [env.SUPPORT_TOKEN]: { subject: "me" } }) }),
    }),
} satisfies ExportedHandler<Env>;
