import { HEADER_RUN, heartbeatPeriodMs, mediaType, PROTOCOL_VERSION, weightOf } from "@agent-transports/protocol";
import type { AuthorizedRuns } from "../access/authorized-runs.ts";
import type { EffectiveGrant } from "../access/grant.ts";
import type { ReaderTransport } from "../observability/observe.ts";
import type { AskedLimits } from "../runs/asked-limits.ts";
import { LogReader } from "../runs/log-reader.ts";
import type { RunRecord } from "../runs/log.ts";
import type { Runs } from "../runs/runs.ts";
import { invalidRequest, methodNotAllowed, RequestError, within } from "../wire/errors.ts";
import { parseInput, parseInputList } from "../wire/input-request.ts";
import { parseStart } from "../wire/start-request.ts";
import { readBytes, readJson } from "./body.ts";
import { eventStreamResponse } from "./event-stream.ts";
import { plainTextResponse } from "./plain-text.ts";
import { COMMON_HEADERS, errorResponse, json, runJson } from "./responses.ts";

const PAGE_DEFAULT = 20;
const PAGE_MAX = 100;

/** One request to an agent, split at its base: `/agents/transport-agent/<name>`. */
interface Call {
  readonly request: Request;
  readonly url: URL;
  readonly base: string;
  readonly agent: HttpAgent;
}

/** What an agent gives to each request. */
export interface HttpAgent {
  readonly name: string;
  /** Of a sub-agent, whose requests have nothing of it in their URL. */
  readonly subBase: string | undefined;
  readonly runs: Runs;
  /** The runs as this request's credentials reach them. */
  readonly authorized: AuthorizedRuns;
  readonly grant: EffectiveGrant | undefined;
  readonly limits: AskedLimits;
  /** Open WebSockets. */
  readonly sockets: number;
}

type Handler = (call: Call, id: string) => Response | Promise<Response>;
type Route = readonly [path: RegExp, methods: Readonly<Record<string, Handler>>];

/** PROTOCOL.md §3, its table. */
const routes: readonly Route[] = [
  [/^\/?$/, { GET: describe, POST: answerInPlainText }],
  [/^\/runs$/, { GET: listRuns, POST: startRun }],
  [/^\/runs\/([^/]+)$/, { GET: showRun, DELETE: cancelRun }],
  [/^\/runs\/([^/]+)\/events$/, { GET: followRun }],
  [/^\/runs\/([^/]+)\/inputs$/, { POST: sendInputs }],
  [/^\/runs\/([^/]+)\/stream$/, { GET: resumeChat }],
];

/** Answers a request to the agent. Never throws: what goes wrong is a typed answer. */
export async function handleHttp(request: Request, agent: HttpAgent): Promise<Response> {
  try {
    const url = new URL(request.url);
    const match = agent.subBase === undefined ? /^(\/[^/]+\/[^/]+\/[^/]+)(.*)$/.exec(url.pathname) : ["", agent.subBase, url.pathname];
    const base = match?.[1] ?? "";
    const path = match?.[2] ?? "";
    for (const [pattern, methods] of routes) {
      const found = pattern.exec(path);
      if (found === null) continue;
      const handler = methods[request.method];
      if (handler === undefined) throw methodNotAllowed(request.method, Object.keys(methods));
      return await handler({ request, url, base, agent }, found[1] ?? "");
    }
    throw new RequestError({
      code: "not_found",
      message: `There is nothing at ${path}. PROTOCOL.md §3 lists the paths. Did you mean ${base}/runs?`,
    });
  } catch (error) {
    return refuse(agent, error);
  }
}

function refuse({ runs, grant }: HttpAgent, error: unknown, members?: Readonly<Record<string, unknown>>): Response {
  const payload = {
    code: error instanceof RequestError ? error.body.code : "internal",
    transport: "http" as const,
    ...(grant && { subject: grant.subject }),
  };
  runs.observe({ type: "run:refused", payload });
  return errorResponse(error, members);
}

function describe({ agent, base }: Call): Response {
  const live = { runs: agent.runs.liveCount, readers: agent.runs.readerCount, sockets: agent.sockets };
  return json({ protocol: PROTOCOL_VERSION, agent: agent.name, runs: `${base}/runs`, live });
}

async function answerInPlainText(call: Call): Promise<Response> {
  const { run } = await start(call);
  return plainTextResponse(read(call, run, 0, "text"), call.agent.grant);
}

async function startRun(call: Call): Promise<Response> {
  const accept = call.request.headers.get("Accept");
  const wantsJson = weightOf(accept, "application/json") > weightOf(accept, "text/event-stream");
  const { run, joined } = await start(call);
  if (!wantsJson) return follow(call, run, 0);
  return runJson(call.agent.runs.info(run, call.base), joined ? 200 : 201, {
    Location: `${call.base}/runs/${run.id}`,
    [HEADER_RUN]: run.id,
  });
}

async function start(call: Call): Promise<{ run: RunRecord; joined: boolean }> {
  const { authorized } = call.agent;
  const limits = call.agent.limits.said();
  const body = await readJson(call.request, limits.requestBytes);
  return authorized.start(await parseStart(body, call.request.headers.get("Idempotency-Key"), limits));
}

function listRuns(call: Call): Response {
  const limit = call.url.searchParams.get("limit") ?? String(PAGE_DEFAULT);
  if (!/^[0-9]{1,3}$/.test(limit) || Number(limit) < 1 || Number(limit) > PAGE_MAX) {
    throw invalidRequest(`limit must be a number from 1 to ${PAGE_MAX}.`, "limit");
  }
  const page = call.agent.authorized.page(Number(limit), call.url.searchParams.get("before") ?? undefined);
  return json({ runs: page.runs.map((run) => call.agent.runs.info(run, call.base)), next: page.next });
}

function showRun(call: Call, id: string): Response {
  return runJson(call.agent.runs.info(call.agent.authorized.find(id), call.base));
}

function cancelRun(call: Call, id: string): Response {
  return runJson(call.agent.runs.info(call.agent.authorized.cancel(id), call.base));
}

function followRun(call: Call, id: string): Response {
  const { runs, authorized } = call.agent;
  const run = authorized.find(id);
  // The header wins: EventSource repeats its URL, `after` included, and says in the header how far it came since.
  const cursor = call.request.headers.get("Last-Event-ID") ?? call.url.searchParams.get("after");
  const after = runs.resolveCursor(run, cursor);
  if (run.state !== "running" && after === runs.tail(run)) return new Response(null, { status: 204, headers: COMMON_HEADERS });
  return follow(call, run, after);
}

function follow(call: Call, run: RunRecord, after: number): Response {
  const heartbeatMs = heartbeatPeriodMs(call.url.searchParams.get("heartbeat"));
  return eventStreamResponse(read(call, run, after, "sse"), heartbeatMs, call.agent.grant?.expiresAt, {
    "Content-Location": `${call.base}/runs/${run.id}/events`,
  });
}

function read({ agent, request }: Call, run: RunRecord, after: number, transport: ReaderTransport): LogReader {
  const reader = new LogReader(agent.runs, run, after, transport);
  reader.closeWith(request.signal);
  return reader;
}

/** §3.4: one input, or a list of them. */
async function sendInputs({ request, agent }: Call, id: string): Promise<Response> {
  const { authorized } = agent;
  const { requestBytes, unsaid } = agent.limits.standing();
  const octets = mediaType(request.headers.get("Content-Type")) === "application/octet-stream";
  const body = octets ? { data: await readBytes(request, requestBytes, unsaid) } : await readJson(request, requestBytes, unsaid);
  const list = parseInputList(body);
  if (list === undefined) {
    const input = parseInput(body, request.headers.get("Idempotency-Key"));
    return json({ id: authorized.input(id, input), key: input.key }, 202);
  }
  const { accepted, refused } = authorized.inputs(id, list.inputs);
  if (refused !== undefined) return refuse(agent, within(`inputs.${accepted.length}`, refused), { accepted });
  return list.faulty === undefined ? json({ accepted }, 202) : refuse(agent, list.faulty, { accepted });
}

/** §3.6: from where the AI SDK's `useChat` resumes after a reload. */
function resumeChat(call: Call, chat: string): Response {
  const run = call.agent.authorized.byChat(chatId(chat));
  if (run === undefined || run.state !== "running") return new Response(null, { status: 204, headers: COMMON_HEADERS });
  return follow(call, run, 0);
}

function chatId(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    throw invalidRequest("This chat's id is not UTF-8.");
  }
}
