/** What people build an Agent's stream with today, beside ours, in one Worker: the same model, the same provider. */
import {
  createModel,
  generateWith,
  joiningFetch,
  RunAgent,
  type Durability,
  type Generation,
  type Limits,
  type Recovery,
  type Retention,
} from "@agent-transports/agent-worker";
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
import { billedBy, counted, countEvents, rowsWrittenBy, type Billed } from "./billed.ts";
import { countedEnv, Counts } from "./counted-env.ts";
import { filling, streamOf, textOf } from "./filling.ts";

interface Env extends Cloudflare.Env {
  readonly PROVIDER_URL: string;
  readonly StreamsAgent: DurableObjectNamespace<StreamsAgent>;
  readonly ChatAgent: DurableObjectNamespace<ChatAgent>;
  readonly OurAgent: DurableObjectNamespace<OurAgent>;
  readonly OurEventAgent: DurableObjectNamespace<OurEventAgent>;
  readonly OurBehindAgent: DurableObjectNamespace<OurBehindAgent>;
  readonly HeldAgent: DurableObjectNamespace<HeldAgent>;
  readonly OurBackgroundAgent: DurableObjectNamespace<OurBackgroundAgent>;
  readonly OurEndingAgent: DurableObjectNamespace<OurEndingAgent>;
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
    countEvents(this, ctx);
    this.lifecycle.use(this.streams);
  }

  billed(): Billed {
    return billedBy(this.ctx);
  }

  forget(endedBefore: number): Promise<void> {
    return deleteStreams(this.streams, endedBefore);
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

/** Of answers that ended then or earlier. */
async function deleteStreams(streams: Streams, endedBefore: number): Promise<void> {
  for (const { streamId, closedAt } of await streams.list({ state: ["completed", "errored"] })) {
    if (closedAt !== undefined && closedAt <= endedBefore) await streams.delete(streamId);
  }
}

/** Cloudflare's chat agent, over its own WebSocket protocol. It deletes an answer's chunks by itself, when the answer has ended. */
export class ChatAgent extends AIChatAgent<Env> {
  constructor(ctx: AgentContext, env: Env) {
    super(counted(ctx), env);
    countEvents(this, ctx);
  }

  billed(): Billed {
    return billedBy(this.ctx);
  }

  forget(endedBefore: number): Promise<void> {
    return deleteStreams(this.streams, endedBefore);
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
  #retention: Partial<Retention> = {};

  constructor(ctx: AgentContext, env: Env) {
    super(counted(ctx), env);
    countEvents(this, ctx);
  }

  billed(): Billed {
    return billedBy(this.ctx);
  }

  /** The tests of stopped readers make 100 MB in one run. */
  override limits(): Partial<Limits> {
    return { runBytes: 1_000_000_000 };
  }

  override retention(): Partial<Retention> {
    return this.#retention;
  }

  async forget(endedBefore: number): Promise<void> {
    this.#retention = { maxAgeMs: Date.now() - endedBefore, tombstoneMs: 0 };
    try {
      await this.expireRuns();
    } finally {
      this.#retention = {};
    }
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

/** Ours, with the Responses API in background mode, as the variables `OPENAI_API=responses` and `OPENAI_BACKGROUND=1` choose it. */
export class OurBackgroundAgent extends OurAgent {
  override generate(generation: Generation): AsyncIterable<UIMessageChunk> | Promise<AsyncIterable<UIMessageChunk>> {
    const chosen = { OPENAI_API_KEY: "scripted", OPENAI_MODEL: "scripted", OPENAI_API: "responses", OPENAI_BACKGROUND: "1" };
    return generateWith(createModel({ ...chosen, OPENAI_BASE_URL: this.env.PROVIDER_URL }), generation);
  }
}

/** Ours, whose answers end where their agent dies, as the variable `RECOVERY=off` has it. */
export class OurEndingAgent extends OurAgent {
  override recovery(): Partial<Recovery> {
    return { enabled: false };
  }
}

/** Ours, for a page that listens all the time: an event stream of its own, which is open from the page's load to its end. */
export class HeldAgent extends OurAgent {
  override async onRequest(request: Request): Promise<Response> {
    if (!new URL(request.url).pathname.endsWith("/held")) return super.onRequest(request);
    // With no timer, and no byte but the first: that the request is open is all that can keep the object awake.
    const open = new ReadableStream<Uint8Array>({ start: (stream) => stream.enqueue(new TextEncoder().encode(": open\n\n")) });
    return eventStream(open);
  }
}

/** What an agent with a log is asked besides its answers. */
interface BilledAgent {
  readonly id: DurableObjectId;
  billed(): Promise<Billed>;
  /** Deletes the log of answers that ended then or earlier, as its owner would. */
  forget(endedBefore: number): Promise<void>;
}

/** By its segment of the URL; `undefined` where it has no log. */
async function agentWithLog(env: Env, segment: string, name: string): Promise<BilledAgent | undefined> {
  switch (segment) {
    case "streams-agent":
      return getAgentByName(env.StreamsAgent, name);
    case "chat-agent":
      return getAgentByName(env.ChatAgent, name);
    case "our-agent":
      return getAgentByName(env.OurAgent, name);
    case "our-event-agent":
      return getAgentByName(env.OurEventAgent, name);
    case "our-behind-agent":
      return getAgentByName(env.OurBehindAgent, name);
    case "held-agent":
      return getAgentByName(env.HeldAgent, name);
    default:
      return undefined;
  }
}

/** Of the objects that {@link answerWritten} is asked of. */
function namespaceOf(env: Env, segment: string): DurableObjectNamespace | undefined {
  const namespaces: Readonly<Record<string, DurableObjectNamespace>> = {
    "chat-agent": env.ChatAgent,
    "our-agent": env.OurAgent,
    "our-background-agent": env.OurBackgroundAgent,
    "our-ending-agent": env.OurEndingAgent,
  };
  return namespaces[segment];
}

/**
 * `GET /written/<segment>?agent=<name>…` answers with the rows that these agents wrote since this process began, without waking them: here the Worker and its objects share
 * an isolate.
 */
function answerWritten(request: Request, env: Env): Response | undefined {
  const { pathname, searchParams } = new URL(request.url);
  const [, segment = ""] = /^\/written\/([^/]+)$/.exec(pathname) ?? [];
  const namespace = namespaceOf(env, segment);
  if (namespace === undefined) return undefined;
  const rows = searchParams.getAll("agent").map((name) => [name, rowsWrittenBy(namespace.idFromName(name))]);
  return Response.json(Object.fromEntries(rows));
}

/** By the object's id. */
const calls = new Counts();
/** By `<segment>/<agent>`: those that the Worker itself is billed for. */
const requests = new Counts();
const countedEnvs = new WeakMap<Env, Env>();

/** One for each environment: the SDK looks a namespace up by it. */
function counting(env: Env): Env {
  const known = countedEnvs.get(env) ?? countedEnv(env, calls);
  countedEnvs.set(env, known);
  return known;
}

/**
 * `GET /billed/<segment>/<agent>` answers with what it is {@link Billed} by, and with the Worker's `requests` for it and `calls` of it.
 * `DELETE …?endedBefore=<time>` deletes answers first. Neither is counted.
 */
async function answerBilled(request: Request, env: Env): Promise<Response | undefined> {
  const { pathname, searchParams } = new URL(request.url);
  const [, segment, name] = /^\/billed\/([^/]+)\/([^/]+)$/.exec(pathname) ?? [];
  const agent = segment === undefined || name === undefined ? undefined : await agentWithLog(env, segment, name);
  if (agent === undefined) return undefined;
  if (request.method === "DELETE") await agent.forget(Number(searchParams.get("endedBefore")));
  return Response.json({ ...(await agent.billed()), requests: requests.of(`${segment}/${name}`), calls: calls.of(agent.id.toString()) });
}

/** One that the SDK brings to an agent. */
function route(request: Request, env: Env): Promise<Response | null> {
  const [, agent] = /^\/agents\/([^/]+\/[^/]+)/.exec(new URL(request.url).pathname) ?? [];
  if (agent !== undefined) requests.add(agent);
  return routeAgentRequest(request, counting(env));
}

export default {
  async fetch(request, env) {
    const answer = answerWritten(request, env) ?? (await answerBilled(request, env)) ?? (await route(request, env));
    return answer ?? new Response("No such agent.", { status: 404 });
  },
} satisfies ExportedHandler<Env>;
