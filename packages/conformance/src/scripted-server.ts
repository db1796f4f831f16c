import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import {
  bytesFromJson,
  HEADER_HEARTBEAT,
  HEADER_RUN,
  heartbeatPeriodMs,
  mediaType,
  statusOf,
  toBytes,
  weightOf,
  type ErrorBody,
  type RunChunk,
} from "@agent-transports/protocol";
import { WebSocketServer } from "ws";
import { baseOf, locate } from "./address.ts";
import { listen } from "./listen.ts";
import { startRelay } from "./relay.ts";
import { chunkToJson, runInfo, Script, type ConnectionPlan, type ScriptedRun, type ScriptedServer, type Wire } from "./script.ts";
import { serveSocket } from "./socket.ts";

export interface Distance {
  /** How much later each byte arrives, each way, in milliseconds. Default 0. */
  readonly delayMs?: number;
}

/** Starts it on loopback: HTTP and WebSocket on one port, at any agent's path. */
export async function startScriptedServer({ delayMs = 0 }: Distance = {}): Promise<ScriptedServer> {
  const script = new Script();
  const server = createServer((request, response) => {
    answer(script, request, response).catch((error: unknown) =>
      response.destroy(error instanceof Error ? error : new Error(String(error))),
    );
  });
  const sockets = new WebSocketServer({ server, perMessageDeflate: false });
  sockets.on("connection", (socket, request) => serveSocket(script, socket, request));
  const near = await listen(server);
  const relay = delayMs === 0 ? undefined : await startRelay(near, delayMs);
  return {
    url: relay?.url ?? near,
    delayMs,
    asked: async () => script.asked.map((asked) => ({ ...asked })),
    askedAt: (index) => script.askedAt(index),
    cancelled: async () => [...script.cancelled],
    unsubscribed: async () => [...script.unsubscribed],
    inputs: async () => [...script.inputs],
    connected: async () => [...script.connected],
    connectedAt: (index) => script.connectedAt(index),
    pinged: (index, count) => script.pinged(index, count),
    runs: async (...runs) => void (script.all = runs),
    go: async () => script.go(),
    plan: async (...plans) => void script.plans.push(...plans),
    agreeOn: async (heartbeatMs) => void (script.heartbeatMs = heartbeatMs),
    planInputs: async (...plans) => void script.inputPlans.push(...plans),
    planCancels: async (...plans) => void script.cancelPlans.push(...plans),
    planConnections: async (...plans) => void script.connectionPlans.push(...plans),
    async close() {
      script.closed = true;
      for (const socket of sockets.clients) socket.terminate();
      sockets.close();
      await relay?.close();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

/** As the Worker answers an origin that may (PROTOCOL.md §8.4): a page of any is served here. */
function allowOrigin(request: IncomingMessage, response: ServerResponse): void {
  const { origin } = request.headers;
  if (origin === undefined) return;
  response.setHeader("Access-Control-Allow-Origin", origin);
  response.setHeader("Access-Control-Expose-Headers", `${HEADER_RUN}, ${HEADER_HEARTBEAT}, Content-Location, Location, Retry-After`);
  response.setHeader("Access-Control-Allow-Methods", "GET, POST, DELETE, OPTIONS");
  response.setHeader("Access-Control-Allow-Headers", "Content-Type, Last-Event-ID, Idempotency-Key, Authorization");
}

async function answer(script: Script, request: IncomingMessage, response: ServerResponse): Promise<void> {
  allowOrigin(request, response);
  const url = new URL(request.url ?? "/", "http://localhost");
  const query = Object.fromEntries(url.searchParams);
  const located = locate(url);
  const isPreflight = request.method === "OPTIONS" && request.headers["access-control-request-method"] !== undefined;
  if (isPreflight) return answerOptions("accept", response);
  if (!("address" in located)) return json(response, statusOf(located), { error: located });
  const { address, path } = located;
  if (request.method === "OPTIONS") return answerOptions(script.connect({ ...address, path, query }), response);
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = bodyOf(request, Buffer.concat(chunks));
  if (request.method === "POST" && path === "/runs") {
    const { run, joined } = script.start(body.key, address);
    const wire = eventStream(script, request, response, run);
    const asked = { ...address, run: undefined, cursor: undefined, key: body.key, query, input: withoutKey(body) };
    if (!wantsJson(request)) return script.serve(wire, run, joined, asked);
    return script.serveStart(wire, run, asked, () => {
      response.setHeader("Location", `${baseOf(address)}/runs/${run.id}`).setHeader(HEADER_RUN, run.id);
      json(response, joined ? 200 : 201, runInfo(run, baseOf(address), true, script.tail(run)));
    });
  }
  const [, id = "", what = ""] = /^\/runs\/([^/]+)(.*)$/.exec(path) ?? [];
  const run = script.find(id, address);
  if (run === undefined) return json(response, 404, { error: { code: "run_not_found", message: "There is no such run." } });
  if (request.method === "GET" && what === "/events") {
    const cursor = request.headers["last-event-id"] ?? url.searchParams.get("after") ?? undefined;
    return script.serve(eventStream(script, request, response, run), run, true, {
      ...address,
      run: id,
      cursor: typeof cursor === "string" && cursor !== "" ? cursor : undefined,
      key: undefined,
      query,
    });
  }
  if (request.method === "POST" && what === "/inputs") {
    return await answerInputs(script, body, response);
  }
  if (what !== "") return json(response, 404, { error: { code: "not_found", message: "There is no such path." } });
  const refused = request.method === "DELETE" ? script.cancel(id) : undefined;
  return refused === undefined ? json(response, 200, runInfo(run, baseOf(address))) : json(response, statusOf(refused), { error: refused });
}

/** PROTOCOL.md §3.1. */
function wantsJson({ headers }: IncomingMessage): boolean {
  const { accept } = headers;
  return accept !== undefined && weightOf(accept, "application/json") > weightOf(accept, "text/event-stream");
}

function json(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(value));
}

/** PROTOCOL.md §3.7. */
function answerOptions(plan: ConnectionPlan, response: ServerResponse): void {
  if (plan === "mute") return;
  if (plan === "lost") return void response.socket?.resetAndDestroy();
  if (plan === "accept") return void response.writeHead(204).end();
  if (plan === "fault") return void response.writeHead(200, { "Content-Type": "text/html" }).end("<p>Sign in</p>");
  json(response, statusOf(plan), { error: plan });
}

/** PROTOCOL.md §3.4: one input, or a list of them. */
async function answerInputs(script: Script, { inputs, ...one }: Body, response: ServerResponse): Promise<void> {
  const accepted: { readonly id: string; readonly key: string }[] = [];
  /** @returns what it is refused with */
  const accept = ({ key = crypto.randomUUID(), data }: Input): ErrorBody | undefined => {
    const id = script.input(key, data);
    if (typeof id !== "string") return id;
    accepted.push({ id, key });
    return undefined;
  };
  for (const [index, input] of (inputs ?? [one]).entries()) {
    const plan = script.inputPlans.shift();
    if (plan === "mute") return;
    if (plan === "lost") {
      // An agent takes all of a list, up to the first that it refuses, and it is the answer that is lost.
      (inputs ?? [one]).slice(index).some((rest) => accept(rest));
      return void response.socket?.resetAndDestroy();
    }
    const isLate = typeof plan === "object" && "lateMs" in plan;
    if (isLate) await after(plan.lateMs);
    const refused = typeof plan === "object" && !isLate ? plan : accept(input);
    if (refused === undefined) continue;
    const error = inputs === undefined || refused.path === undefined ? refused : { ...refused, path: `inputs.${index}.${refused.path}` };
    return json(response, statusOf(refused), { error, ...(inputs !== undefined && { accepted }) });
  }
  json(response, 202, inputs === undefined ? accepted[0] : { accepted });
}

interface Input {
  readonly key?: string;
  readonly data?: unknown;
}

interface Body extends Input {
  readonly inputs?: readonly Input[];
}

/** PROTOCOL.md §3.1, §3.4: a header may stand for the key, and the body wins; a list has its keys in the body. */
function bodyOf({ headers }: IncomingMessage, body: Buffer): Body {
  const header = headers["idempotency-key"];
  const named = typeof header === "string" ? { key: header } : {};
  if (mediaType(headers["content-type"]) === "application/octet-stream") return { ...named, data: toBytes(body) };
  if (body.length === 0) return {};
  const given: Body = JSON.parse(body.toString());
  if (given.inputs !== undefined) return { inputs: given.inputs.map(withBytes) };
  return { ...named, ...(given.data === undefined ? given : withBytes(given)) };
}

function withBytes<Given extends Input>(input: Given): Given {
  return { ...input, data: bytesFromJson(input.data) };
}

function withoutKey({ key: _key, ...input }: { readonly key?: string }): unknown {
  return input;
}

function after(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function text(id: string, chunk: RunChunk): string {
  return `id: ${id}\ndata: ${JSON.stringify(chunkToJson(chunk))}\n\n`;
}

function eventStream(script: Script, request: IncomingMessage, response: ServerResponse, run: ScriptedRun): Wire {
  const asked = new URL(request.url ?? "/", "http://localhost").searchParams.get("heartbeat");
  const heartbeat = String(script.heartbeatMs ?? heartbeatPeriodMs(asked));
  const gone = new Promise<void>((resolve) => response.once("close", resolve));
  return {
    late: after,
    open() {
      response.socket?.setNoDelay(true);
      response.writeHead(200, { "Content-Type": "text/event-stream; charset=utf-8", [HEADER_RUN]: run.id, [HEADER_HEARTBEAT]: heartbeat });
      response.write(":ok\n\n");
    },
    event(_run, id, chunk) {
      if (response.write(text(id, chunk))) return undefined;
      return Promise.race([new Promise<void>((resolve) => response.once("drain", () => resolve())), gone]);
    },
    half: (_run, id, chunk) => void response.write(text(id, chunk).slice(0, -10)),
    raw: (raw) => void response.write(`id: ${run.epoch}.1\ndata: ${String(raw)}\n\n`),
    // Each is a chunk of its own in HTTP/1.1, whatever TCP makes of it.
    bytes: (piece) => new Promise((resolve, reject) => response.write(piece, (error) => (error ? reject(error) : resolve()))),
    end: () => void response.end(),
    closeClean: () => void response.end(),
    fallSilent: () => undefined, // It sends no heartbeats anyway.
    fallMute: () => undefined,
    reset: () => void response.socket?.resetAndDestroy(),
    refuse: (status, retryAfterS) =>
      void response.writeHead(status, retryAfterS === undefined ? {} : { "Retry-After": String(retryAfterS) }).end(),
    error: (error) => json(response, statusOf(error), { error }),
    nothing: () => void response.writeHead(204).end(),
  };
}
