import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { listen } from "../listen.ts";
import type { Reply } from "./reply.ts";
import { chatWire, errorBody, responsesWire, type Wire } from "./wire.ts";

/** What was sent for one request, stamped with `performance.now()`. */
export interface SentReply {
  readonly id: string;
  readonly requestAt: number;
  /** Of the request's body. */
  readonly requestBytes: number;
  /** By token. */
  readonly dueAt: readonly number[];
  /** By token, stamped immediately before the write. */
  readonly sentAt: readonly number[];
  readonly finishedAt: number | undefined;
  readonly outcome: "running" | "finished" | "failed" | "broken" | "disconnected";
}

/** A model provider whose replies are scripted, and which stamps each token as it leaves. */
export interface ScriptedProvider {
  /** For OPENAI_BASE_URL. */
  readonly baseUrl: string;
  /** The requests it has seen. */
  readonly requests: number;
  /** Scripts the answer to the request in which {@link replyMarker} of this id is the last marker. */
  addReply(id: string, reply: Reply): void;
  /** The newest request for this reply. */
  sent(id: string): SentReply | undefined;
  whenFinished(id: string): Promise<SentReply>;
  removeReply(id: string): void;
  close(): Promise<void>;
}

/** Stands in a prompt, or in a tool's output, and says which reply is due. */
export function replyMarker(id: string): string {
  return `[[reply:${id}]]`;
}

const MARKER = /\[\[reply:([A-Za-z0-9._-]+)\]\]/g;

type Sending = { -readonly [Key in keyof SentReply]: SentReply[Key] extends readonly number[] ? number[] : SentReply[Key] };

interface Script {
  readonly reply: Reply;
  sent: Sending | undefined;
  readonly waiting: ((sent: SentReply) => void)[];
}

/** Starts it on loopback, on any free port. */
export async function startProvider(): Promise<ScriptedProvider> {
  const scripts = new Map<string, Script>();
  let requests = 0;

  const server = createServer((request, response) => {
    requests += 1;
    answer(request, response, scripts).catch((error: unknown) =>
      response.destroy(error instanceof Error ? error : new Error(String(error))),
    );
  });
  server.keepAliveTimeout = 60_000;
  const port = await listen(server);

  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    get requests() {
      return requests;
    },
    addReply(id, reply) {
      if (reply.tokens.length !== reply.dueMs.length)
        throw new RangeError(`Reply ${id} has ${reply.tokens.length} tokens and ${reply.dueMs.length} times.`);
      scripts.set(id, { reply, sent: undefined, waiting: [] });
    },
    sent: (id) => scripts.get(id)?.sent,
    whenFinished(id) {
      const script = scripts.get(id);
      if (script === undefined) throw new RangeError(`There is no reply ${id}.`);
      if (script.sent?.finishedAt !== undefined) return Promise.resolve(script.sent);
      return new Promise((resolve) => script.waiting.push(resolve));
    },
    removeReply: (id) => void scripts.delete(id),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(request: IncomingMessage, response: ServerResponse, scripts: ReadonlyMap<string, Script>): Promise<void> {
  const body = await readBody(request);
  const requestAt = performance.now();
  const wireOf =
    request.url?.endsWith("/chat/completions") === true
      ? chatWire
      : request.url?.endsWith("/responses") === true
        ? responsesWire
        : undefined;
  if (request.method !== "POST" || wireOf === undefined) return refuse(response, 404, `There is no ${request.method} ${request.url}.`);
  const asked = parse(body);
  if (asked?.stream !== true) return refuse(response, 400, "Only streaming requests are answered.");
  const id = lastMarker(body);
  const script = id === undefined ? undefined : scripts.get(id);
  if (id === undefined || script === undefined)
    return refuse(response, 400, id === undefined ? "The request names no reply." : `There is no reply ${id}.`);

  const { reply } = script;
  const sent: Sending = {
    id,
    requestAt,
    requestBytes: Buffer.byteLength(body),
    dueAt: reply.dueMs.map((ms) => requestAt + ms),
    sentAt: [],
    finishedAt: undefined,
    outcome: "running",
  };
  script.sent = sent;
  const finish = (outcome: SentReply["outcome"]): void => {
    if (sent.finishedAt !== undefined) return;
    sent.finishedAt = performance.now();
    sent.outcome = outcome;
    for (const resolve of script.waiting.splice(0)) resolve(sent);
  };
  response.once("close", () => finish("disconnected"));
  if (reply.failure !== undefined && "status" in reply.failure) {
    finish("failed");
    return refuse(response, reply.failure.status, reply.failure.message);
  }
  response.socket?.setNoDelay(true);
  response.writeHead(200, { "Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-cache" });
  if (reply.failure !== undefined && "silent" in reply.failure) return response.flushHeaders();
  const wire = wireOf(id, typeof asked.model === "string" ? asked.model : "scripted");
  response.write(wire.begin());
  if (reply.begin !== undefined) {
    await reply.begin;
    const begunAt = performance.now();
    sent.dueAt = reply.dueMs.map((ms) => begunAt + ms);
  }
  send(response, reply, wire, sent, finish);
}

/** Sends each token when it is due; what is overdue goes out at once. */
function send(response: ServerResponse, reply: Reply, wire: Wire, sent: Sending, finish: (outcome: SentReply["outcome"]) => void): void {
  const breakAt = reply.failure !== undefined && "breakAfterTokens" in reply.failure ? reply.failure.breakAfterTokens : Infinity;
  const last = reply.tokens.length - 1;
  let held = reply.end !== undefined;
  const step = (): void => {
    if (response.destroyed) return;
    for (;;) {
      const index = sent.sentAt.length;
      if (held && index >= last) return;
      if (index >= breakAt) {
        finish("broken");
        response.destroy();
        return;
      }
      const text = reply.tokens[index];
      const due = sent.dueAt[index];
      if (text === undefined || due === undefined) break;
      const waitMs = due - performance.now();
      if (waitMs > 0.5) {
        // A timer fires up to a millisecond late and never early: waiting for the whole milliseconds keeps the lateness small.
        timer = setTimeout(step, Math.max(0, Math.floor(waitMs)));
        return;
      }
      const bytes = wire.token(text);
      sent.sentAt.push(performance.now());
      response.write(bytes);
    }
    response.end(wire.end(reply, sent.sentAt.length));
    finish("finished");
  };
  let timer: ReturnType<typeof setTimeout> | undefined;
  response.once("close", () => clearTimeout(timer));
  const release = async (): Promise<void> => {
    await reply.end;
    held = false;
    clearTimeout(timer);
    step();
  };
  if (held) void release();
  step();
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

function parse(body: string): { readonly stream?: unknown; readonly model?: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined; // The caller answers 400; JSON.parse's words add nothing.
  }
}

function lastMarker(body: string): string | undefined {
  let last: string | undefined;
  for (const match of body.matchAll(MARKER)) last = match[1];
  return last;
}
