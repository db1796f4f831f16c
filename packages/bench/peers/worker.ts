/** What people build an Agent's stream with today, beside ours, in one Worker: the same model, the same provider. */
import { generateWith, joiningFetch, RunAgent, type Generation } from "@agent-transports/agent-worker";
import { createOpenAI, type OpenAIProviderSettings } from "@ai-sdk/openai";
import { AIChatAgent } from "@cloudflare/ai-chat";
import { Agent, routeAgentRequest, type AgentContext } from "agents";
import { sseResponse, Streams } from "agents/streams";
import {
  convertToModelMessages,
  createUIMessageStreamResponse,
  streamText,
  toUIMessageStream,
  type LanguageModel,
  type UIMessageChunk,
} from "ai";

interface Env extends Cloudflare.Env {
  readonly PROVIDER_URL: string;
}

function model(env: Env, settings: OpenAIProviderSettings = {}): LanguageModel {
  return createOpenAI({ ...settings, apiKey: "scripted", baseURL: env.PROVIDER_URL }).chat("scripted");
}

async function promptOf(request: Request): Promise<string> {
  const { prompt } = await request.json<{ prompt: string }>();
  return prompt;
}

/** What the logs are filled with for `replay`: events that no log may join, made without a model. `undefined` for any other prompt. */
function filling(prompt: string): AsyncIterable<UIMessageChunk> | undefined {
  const count = /^fill ([0-9]+)$/.exec(prompt)?.[1];
  return count === undefined ? undefined : fill(Number(count));
}

async function* fill(count: number): AsyncGenerator<UIMessageChunk> {
  yield { type: "start" };
  yield { type: "text-start", id: "0" };
  for (let index = 0; index < count; index++) {
    yield { type: "text-delta", id: "0", delta: `w${index} word ` };
    // Readers and the runtime's output gate have their turns.
    if (index % 1_000 === 999) await new Promise((resolve) => setTimeout(resolve, 0));
  }
  yield { type: "text-end", id: "0" };
  yield { type: "finish", finishReason: "stop" };
}

/** Written by hand: the provider's stream, parsed and passed on event by event. No SDK, no log: the floor of an Agent. */
export class RelayAgent extends Agent<Env> {
  override async onRequest(request: Request): Promise<Response> {
    const answer = await fetch(`${this.env.PROVIDER_URL}/chat/completions`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ model: "relay", stream: true, messages: [{ role: "user", content: await promptOf(request) }] }),
    });
    const encoder = new TextEncoder();
    let rest = "";
    const events = answer.body!.pipeThrough(new TextDecoderStream()).pipeThrough(
      new TransformStream<string, Uint8Array>({
        transform(text, controller) {
          const blocks = (rest + text).split("\n\n");
          rest = blocks.pop() ?? "";
          for (const block of blocks) {
            if (block === "data: [DONE]") continue;
            const chunk: { choices: { delta?: { content?: string } }[] } = JSON.parse(block.slice(6));
            const delta = chunk.choices[0]?.delta?.content;
            if (delta !== undefined && delta !== "") {
              controller.enqueue(encoder.encode(`data: ${JSON.stringify({ type: "text-delta", id: "0", delta })}\n\n`));
            }
          }
        },
      }),
    );
    return new Response(events, { headers: { "Content-Type": "text/event-stream", "Content-Encoding": "identity" } });
  }
}

/** The AI SDK's own response: no log, no resume. */
export class UiStreamAgent extends Agent<Env> {
  override async onRequest(request: Request): Promise<Response> {
    const { stream } = streamText({ model: model(this.env), prompt: await promptOf(request) });
    return createUIMessageStreamResponse({ stream: toUIMessageStream({ stream }), headers: { "Content-Encoding": "identity" } });
  }
}

/** The Agents SDK's durable streams, over their own event stream. */
export class StreamsAgent extends Agent<Env> {
  readonly streams: Streams = new Streams();

  constructor(ctx: AgentContext, env: Env) {
    super(ctx, env);
    this.lifecycle.use(this.streams);
  }

  override async onRequest(request: Request): Promise<Response> {
    const id = new URL(request.url).searchParams.get("stream") ?? "";
    if (request.method === "GET") return sseResponse(this.streams, id, { request });
    const writer = await this.streams.open(id);
    const prompt = await promptOf(request);
    const answer = filling(prompt) ?? toUIMessageStream({ stream: streamText({ model: model(this.env), prompt }).stream });
    const produce = async (): Promise<void> => {
      for await (const chunk of answer) writer.append(JSON.parse(JSON.stringify(chunk)));
      writer.close();
    };
    this.ctx.waitUntil(produce());
    return sseResponse(this.streams, id, { request });
  }
}

/** Cloudflare's chat agent, over its own WebSocket protocol. */
export class ChatAgent extends AIChatAgent<Env> {
  override async onChatMessage(): Promise<Response> {
    const { stream } = streamText({ model: model(this.env), messages: await convertToModelMessages(this.messages) });
    return createUIMessageStreamResponse({ stream: toUIMessageStream({ stream }) });
  }
}

/** Ours, with its log, over both transports, and with the `fetch` that its package gives to a provider. */
export class OurAgent extends RunAgent<Env> {
  override generate(generation: Generation): AsyncIterable<UIMessageChunk> | Promise<AsyncIterable<UIMessageChunk>> {
    const asked =
      generation.messages
        .at(-1)
        ?.parts.map((part) => (part.type === "text" ? part.text : ""))
        .join("") ?? "";
    return filling(asked) ?? generateWith(model(this.env, { fetch: joiningFetch() }), generation);
  }
}

export default {
  async fetch(request, env) {
    return (await routeAgentRequest(request, env)) ?? new Response("No such agent.", { status: 404 });
  },
} satisfies ExportedHandler<Env>;
