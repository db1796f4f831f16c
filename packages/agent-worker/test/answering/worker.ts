import { generateWith, routeRequest, RunAgent, type AgentToolOptions, type Generation } from "@agent-transports/agent-worker";
import type { LanguageModelV4, LanguageModelV4StreamPart } from "@ai-sdk/provider";
import { stepCountIs, tool, type UIMessageChunk } from "ai";
import { z } from "zod";

interface Env {
  readonly AnsweringAgent: DurableObjectNamespace<AnsweringAgent>;
  /** Where the model and the world are that its tool works on: in the test, which outlives the Worker. */
  readonly WORLD: string;
}

/** An agent whose answer has all that one can have: reasoning, text, two calls of a tool, a source, a file. */
export class AnsweringAgent extends RunAgent<Env> {
  override generate(generation: Generation): Promise<AsyncIterable<UIMessageChunk>> {
    const world = this.env.WORLD;
    const done = async (key: string): Promise<unknown> => (await fetch(`${world}/done?key=${encodeURIComponent(key)}`)).json();
    return generateWith(modelIn(world), generation, {
      stopWhen: stepCountIs(4),
      tools: {
        weather: tool({
          inputSchema: z.object({ town: z.string() }),
          execute: async ({ town }, options) => {
            // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- As an author writes it.
            const { idempotencyKey } = options as unknown as AgentToolOptions;
            const query = new URLSearchParams({ town, key: idempotencyKey });
            return (await fetch(`${world}/weather?${query.toString()}`, { method: "POST" })).json();
          },
        }),
      },
      onUnknownCall: async ({ idempotencyKey }) => {
        const output = await done(idempotencyKey);
        return output === null ? "repeat" : { output };
      },
    });
  }
}

/** A model that streams its parts as lines of JSON. */
function modelIn(world: string): LanguageModelV4 {
  return {
    specificationVersion: "v4",
    provider: "test",
    modelId: "book",
    supportedUrls: {},
    doGenerate: () => Promise.reject(new Error("not used")),
    async doStream({ prompt, headers = {}, abortSignal }) {
      const again = headers["agent-resume-response"];
      const response =
        again === undefined
          ? await fetch(`${world}/respond`, { method: "POST", body: JSON.stringify(prompt), signal: abortSignal ?? null })
          : await fetch(`${world}/responses/${again}`, { signal: abortSignal ?? null });
      if (!response.ok || response.body === null) throw new Error(`The model answered ${response.status}.`);
      let rest = "";
      const parts = response.body.pipeThrough(new TextDecoderStream()).pipeThrough(
        new TransformStream<string, LanguageModelV4StreamPart>({
          transform(text, controller) {
            const lines = (rest + text).split("\n");
            rest = lines.pop() ?? "";
            for (const line of lines) controller.enqueue(JSON.parse(line) as LanguageModelV4StreamPart);
          },
        }),
      );
      return { stream: parts, response: { headers: Object.fromEntries(response.headers) } };
    },
  };
}

export default {
  fetch: (request, env) => routeRequest(request, env, env.AnsweringAgent, { agent: "answering-agent" }),
} satisfies ExportedHandler<Env>;
