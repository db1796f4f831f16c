import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { listen } from "../listen.ts";
import { chatWire } from "./chat-wire.ts";
import { Generation, type Sending, type SentReply } from "./generation.ts";
import { checkReply, partsOf, type Reply, type ReplySource } from "./reply.ts";
import { afterToolOutputs, replyAsked } from "./reply-asked.ts";
import { ResponsesWire } from "./responses-wire.ts";
import { errorBody, type WireOptions } from "./wire.ts";

/** A model provider whose replies are scripted, and which stamps each token as it leaves. */
export interface ScriptedProvider {
  /** For OPENAI_BASE_URL. */
  readonly baseUrl: string;
  /** The requests it has seen. */
  readonly requests: number;
  /**
   * Scripts the answer to the request in which the marker of this id is the last one, see `replyMarker`. With the id of `afterToolOutputs`, the answer is to the request
   * in which so many outputs of tools follow that marker.
   */
  addReply(id: string, reply: ReplySource): void;
  /** The newest request for this reply. */
  sent(id: string): SentReply | undefined;
  /** Every request for this reply, the oldest first. */
  allSent(id: string): readonly SentReply[];
  whenFinished(id: string): Promise<SentReply>;
  /** From now on a response is unknown, as one that was not kept for so long. */
  forgetResponse(responseId: string): void;
  removeReply(id: string): void;
  close(): Promise<void>;
}

interface Script {
  readonly id: string;
  readonly reply: ReplySource;
  readonly sent: Sending[];
  readonly waiting: ((sent: SentReply) => void)[];
}

/** A response that can be asked for by its id. */
interface Stored {
  readonly generation: Generation;
  readonly wire: ResponsesWire;
}

/** Starts it on loopback, on any free port. */
export async function startProvider(): Promise<ScriptedProvider> {
  const provider = new Provider();
  let requests = 0;
  const server = createServer((request, response) => {
    requests += 1;
    provider
      .answer(request, response)
      .catch((error: unknown) => response.destroy(error instanceof Error ? error : new Error(String(error))));
  });
  server.keepAliveTimeout = 60_000;
  const port = await listen(server);

  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    get requests() {
      return requests;
    },
    addReply(id, reply) {
      if (typeof reply !== "function") checkReply(id, reply);
      provider.scripts.set(id, { id, reply, sent: [], waiting: [] });
    },
    sent: (id) => provider.scripts.get(id)?.sent.at(-1),
    allSent: (id) => provider.scripts.get(id)?.sent ?? [],
    whenFinished(id) {
      const script = provider.scripts.get(id);
      if (script === undefined) throw new RangeError(`There is no reply ${id}.`);
      const newest = script.sent.at(-1);
      if (newest?.finishedAt !== undefined) return Promise.resolve(newest);
      return new Promise((resolve) => script.waiting.push(resolve));
    },
    forgetResponse: (responseId) => void provider.stored.delete(responseId),
    removeReply: (id) => void provider.scripts.delete(id),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
        provider.stop();
      }),
  };
}

class Provider {
  readonly scripts = new Map<string, Script>();
  readonly stored = new Map<string, Stored>();
  readonly #running = new Set<Generation>();

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request);
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://provider");
    const [, api, id, verb] = /\/(chat\/completions|responses)(?:\/([^/]+)(?:\/(cancel))?)?$/.exec(pathname) ?? [];
    if (request.method === "POST" && api !== undefined && id === undefined) return this.#make(api === "responses", body, response);
    if (api === "responses" && id !== undefined) {
      if (request.method === "GET" && verb === undefined) return this.#retrieve(id, searchParams, response);
      if (request.method === "POST" && verb === "cancel") return this.#cancel(id, response);
    }
    return refuse(response, 404, `There is no ${request.method} ${request.url}.`);
  }

  stop(): void {
    for (const generation of this.#running) generation.stop("disconnected");
  }

  async #make(isResponses: boolean, body: string, response: ServerResponse): Promise<void> {
    const requestAt = performance.now();
    const asked = parse(body);
    if (asked?.stream !== true) return refuse(response, 400, "Only streaming requests are answered.");
    const background = isResponses && asked.background === true;
    if (background && asked.store === false) return refuse(response, 400, "Background mode needs store to be true.");
    const marked = replyAsked(body, asked);
    if (marked === undefined) return refuse(response, 400, "The request names no reply.");
    const script = this.#scriptOf(marked);
    if (script === undefined) return refuse(response, 400, `There is no reply ${marked.id}.`);
    let reply: Reply;
    try {
      reply = typeof script.reply === "function" ? script.reply(asked) : script.reply;
      checkReply(script.id, reply);
    } catch (error) {
      return refuse(response, 400, `Reply ${script.id} could not be made of the request: ${String(error)}`);
    }
    const nth = script.sent.length + 1;
    const options: WireOptions = {
      key: nth === 1 ? script.id : `${script.id}_${nth}`,
      model: typeof asked.model === "string" ? asked.model : "scripted",
      parts: partsOf(reply),
      background,
    };
    const wire = isResponses ? new ResponsesWire(options) : chatWire(options);
    const sent: Sending = {
      id: script.id,
      responseId: wire instanceof ResponsesWire ? wire.id : undefined,
      requestAt,
      requestBytes: Buffer.byteLength(body),
      dueAt: reply.dueMs.map((ms) => requestAt + ms),
      sentAt: [],
      generated: 0,
      sentInAll: 0,
      resumed: 0,
      resumedAt: [],
      finishedAt: undefined,
      outcome: "running",
    };
    script.sent.push(sent);
    const generation = new Generation(reply, wire, background, sent, (ended) => {
      this.#running.delete(generation);
      for (const resolve of script.waiting.splice(0)) resolve(ended);
    });
    if (reply.failure !== undefined && "status" in reply.failure) {
      generation.stop("failed");
      return refuse(response, reply.failure.status, reply.failure.message);
    }
    if (wire instanceof ResponsesWire && asked.store !== false) this.stored.set(wire.id, { generation, wire });
    beginStream(response);
    if (reply.failure !== undefined && "silent" in reply.failure) {
      response.once("close", () => generation.stop("disconnected"));
      return response.flushHeaders();
    }
    this.#running.add(generation);
    await generation.start(response);
  }

  #scriptOf({ id, outputs }: { readonly id: string; readonly outputs: number }): Script | undefined {
    for (let count = outputs; count > 0; count -= 1) {
      const script = this.scripts.get(afterToolOutputs(id, count));
      if (script !== undefined) return script;
    }
    return this.scripts.get(id);
  }

  /**
   * From the types of OpenAI's own package (`openai` 6.49.0): `stream`, and `starting_after` with the number of an event. Assumed: a response that was not made in background mode
   * is refused with 400, and one that is not known with 404.
   */
  #retrieve(id: string, query: URLSearchParams, response: ServerResponse): void {
    const found = this.stored.get(id);
    if (found === undefined) return notFound(response, id);
    if (query.get("stream") !== "true") return answerJson(response, found.wire.response(found.generation.status));
    if (!found.generation.background) return refuse(response, 400, `Response ${id} was not made in background mode.`);
    const after = query.get("starting_after");
    if (after !== null && !/^\d{1,9}$/.test(after)) return refuse(response, 400, "starting_after must be a sequence number.");
    beginStream(response);
    response.flushHeaders();
    found.generation.resume(response, after === null ? -1 : Number(after));
  }

  /**
   * From the same types: only a response of background mode can be cancelled, and the answer is the response, whose `status` may be `cancelled`. Assumed: a response that has ended
   * is answered as it is, and a stream of one that is cancelled ends with no event that says so.
   */
  #cancel(id: string, response: ServerResponse): void {
    const found = this.stored.get(id);
    if (found === undefined) return notFound(response, id);
    if (!found.generation.background) return refuse(response, 400, `Response ${id} was not made in background mode.`);
    found.generation.stop("cancelled");
    answerJson(response, found.wire.response(found.generation.status));
  }
}

function beginStream(response: ServerResponse): void {
  response.socket?.setNoDelay(true);
  response.writeHead(200, { "Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-cache" });
}

function answerJson(response: ServerResponse, body: object): void {
  response.writeHead(200, { "Content-Type": "application/json" });
  response.end(JSON.stringify(body));
}

function notFound(response: ServerResponse, id: string): void {
  refuse(response, 404, `Response with id '${id}' not found.`);
}

function refuse(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { "Content-Type": "application/json" });
  response.end(errorBody(message, status < 500 ? "invalid_request_error" : "server_error"));
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}

interface Asked {
  readonly stream?: unknown;
  readonly model?: unknown;
  readonly background?: unknown;
  readonly store?: unknown;
}

function parse(body: string): Asked | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined; // The caller answers 400; JSON.parse's words add nothing.
  }
}
