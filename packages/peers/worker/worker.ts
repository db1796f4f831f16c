/** What people build an Agent's stream with today, beside ours, in one Worker: the same model, the same provider. */
import { generateWith, joiningFetch, RunAgent, type Durability, type Generation } from "@agent-transports/agent-worker";
import { createOpenAI, type OpenAIProviderSettings } from "@ai-sdk/openai";
import { AIChatAgent } from "@cloudflare/ai-chat";
import { Agent, getAgentByName, routeAgentRequest, type AgentContext } from "agents";
import { sseResponse, Streams } from "agents/streams";
import {
  convertToModelMessages,
  createUIMessageStreamResponse,
  streamText,
  toUIMessageStream,
  type LanguageModel,
  type UIMessageChunk,
} from "ai";
import { filling, streamOf, textOf } from "./filling.ts";
import { counted, rowsWritten } from "./billed-rows.ts";

interface Env extends Cloudflare.Env {
  readonly PROVIDER_URL: string;
  readonly StreamsAgent: DurableObjectNamespace<StreamsAgent>;
  readonly ChatAgent: DurableObjectNamespace<ChatAgent>;
  readonly OurAgent: DurableObjectNamespace<OurAgent>;
  readonly OurEventAgent: DurableObjectNamespace<OurEventAgent>;
  readonly OurBehindAgent: DurableObjectNamespace<OurBehindAgent>;
}

function model(env: Env, settings: OpenAIProviderSettings = {}): LanguageModel {
  return createOpenAI({ ...settings, apiKey: "scripted", baseURL: env.PROVIDER_URL }).chat("scripted");
}

async function promptOf(request: Request): Promise<string> {
  const { prompt } = await request.json<{ prompt: string }>();
  return prompt;
}

/** Written by hand: the provider's stream, parsed and passed on event by event. No SDK, no log: the floor of an Agent. */
export class RelayAgent extends Agent<Env> {
  override async onRequest(request: Request): Promise<Response> {
    const prompt = await promptOf(request);
    const filled = filling(prompt);
    if (filled !== undefined) return eventStream(streamOf(asEvents(filled)));
    const answer = await fetch(`${this.env.PROVIDER_URL}/chat/completions`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ model: "relay", stream: true, messages: [{ role: "user", content: prompt }] }),
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
    return eventStream(events);
  }
}

async function* asEvents(chunks: AsyncIterable<UIMessageChunk>): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  for await (const chunk of chunks) yield encoder.encode(`data: ${JSON.stringify(chunk)}\n\n`);
}

function eventStream(events: ReadableStream<Uint8Array>): Response {
  return new Response(events, { headers: { "Content-Type": "text/event-stream", "Content-Encoding": "identity" } });
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
    super(counted(ctx), env);
    this.lifecycle.use(this.streams);
  }

  rowsWritten(): number {
    return rowsWritten(this.ctx);
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
    // An EventSource cannot post: who will read with one only starts.
    if (request.headers.get("Accept") === "application/json") return Response.json({ stream: id }, { status: 201 });
    return sseResponse(this.streams, id, { request });
  }
}

/** Cloudflare's chat agent, over its own WebSocket protocol. */
export class ChatAgent extends AIChatAgent<Env> {
  constructor(ctx: AgentContext, env: Env) {
    super(counted(ctx), env);
  }

  rowsWritten(): number {
    return rowsWritten(this.ctx);
  }

  override async onChatMessage(): Promise<Response> {
    const filled = filling(textOf(this.messages.at(-1)));
    if (filled !== undefined) return createUIMessageStreamResponse({ stream: streamOf(filled) });
    const { stream } = streamText({ model: model(this.env), messages: await convertToModelMessages(this.messages) });
    return createUIMessageStreamResponse({ stream: toUIMessageStream({ stream }) });
  }
}

/** Ours, with its log, over both transports, and with the `fetch` that its package gives to a provider. */
export class OurAgent extends RunAgent<Env> {
  constructor(ctx: AgentContext, env: Env) {
    super(counted(ctx), env);
  }

  rowsWritten(): number {
    return rowsWritten(this.ctx);
  }

  override generate(generation: Generation): AsyncIterable<UIMessageChunk> | Promise<AsyncIterable<UIMessageChunk>> {
    return filling(textOf(generation.messages.at(-1))) ?? generateWith(model(this.env, { fetch: joiningFetch() }), generation);
  }
}

/** The other levels of durability, PROTOCOL.md §1.1. */
export class OurEventAgent extends OurAgent {
  override durability(): Durability {
    return { level: "event" };
  }
}

export class OurBehindAgent extends OurAgent {
  override durability(): Durability {
    return { level: "behind" };
  }
}

/** `/rows-written/<segment>/<agent>`: a number, for agents that have a log. */
async function answerRows(request: Request, env: Env): Promise<Response | undefined> {
  const [, segment, name] = /^\/rows-written\/([^/]+)\/([^/]+)$/.exec(new URL(request.url).pathname) ?? [];
  if (name === undefined) return undefined;
  switch (segment) {
    case "streams-agent":
      return Response.json(await (await getAgentByName(env.StreamsAgent, name)).rowsWritten());
    case "chat-agent":
      return Response.json(await (await getAgentByName(env.ChatAgent, name)).rowsWritten());
    case "our-agent":
      return Response.json(await (await getAgentByName(env.OurAgent, name)).rowsWritten());
    case "our-event-agent":
      return Response.json(await (await getAgentByName(env.OurEventAgent, name)).rowsWritten());
    case "our-behind-agent":
      return Response.json(await (await getAgentByName(env.OurBehindAgent, name)).rowsWritten());
    default:
      return undefined;
  }
}

export default {
  async fetch(request, env) {
    return (await answerRows(request, env)) ?? (await routeAgentRequest(request, env)) ?? new Response("No such agent.", { status: 404 });
  },
} satisfies ExportedHandler<Env>;
