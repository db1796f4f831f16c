import {
  AGENT_SEGMENT,
  DEFAULT_AGENT_NAME,
  HEADER_HEARTBEAT,
  HEADER_RUN,
  isAgentName,
  isErrorBody,
  RESERVED_AGENT_NAMES,
} from "@agent-transports/protocol";
import { getAgentByName, routeAgentRequest, type Agent } from "agents";
import { exports as classes } from "cloudflare:workers";
import { authorizeRequest } from "../access/authorize-request.ts";
import { accessOf, type Authorize } from "../access/authorize.ts";
import { withAuthorization } from "../access/grant.ts";
import { issueTicket, parseTicketRequest, type TicketOptions } from "../access/tickets.ts";
import { checkVariables, type Variables } from "../configuration/variables.ts";
import { readJson } from "../http/body.ts";
import { COMMON_HEADERS, errorResponse, json, withHeaders } from "../http/responses.ts";
import { askedInDevelopment } from "../observability/development.ts";
import { publish } from "../observability/observe.ts";
import { invalidRequest, methodNotAllowed, noSuchPath, RequestError } from "../wire/errors.ts";
import { asksForProtocol, checkHandshake, closeReason, isUpgrade } from "../wire/handshake.ts";
import { splitSubAgents } from "../wire/sub-agents.ts";
import { checkBinding } from "./bindings.ts";
import { checkCompression, DECLINED, extensionsFor, type Compression } from "./compression.ts";
import { isPlainPath } from "./plain-path.ts";
import { isRebound, originAllowed, refusedOrigin, warnOfRebinding } from "./origins.ts";

/** The Worker's variable that routing reads: which origins' pages may use it. */
export type RoutingEnv = Pick<Variables, "ALLOWED_ORIGINS">;

export interface RoutingOptions {
  /** The agent's URL segment: its binding's name in kebab case. Default `transport-agent`. */
  readonly agent?: string;
  /** Who may do what: asked before the agent is created. Default: everyone may do everything. */
  readonly authorize?: Authorize;
  /** Gives out tickets for what cannot set a header, and takes them. Default: none. */
  readonly tickets?: TicketOptions;
  /**
   * Takes a client's offer of permessage-deflate; `"small-window"` does so in 2 KiB of context instead of 32. Default `"off"`: a socket that is compressed
   * costs the runtime two to four times the memory, and a small message may be 30 MB once it is inflated, which is before its size is looked at.
   */
  readonly compressWebSockets?: Compression;
}

const TICKET_BODY_MAX_BYTES = 4_096;

/**
 * Brings a request to its agent: by path (`/agents/<segment>/<name>…`, the SDK's `routeAgentRequest`), by `?agent-id=<name>` at the root
 * (`getAgentByName`), else to the agent named `default`. Origin, name and authority are looked at first.
 *
 * @param options or a function that makes them of the Worker's variables, asked for each request: what it throws is answered as a refusal
 */
export async function routeRequest<Env extends Cloudflare.Env & RoutingEnv, Target extends Agent<Env>>(
  request: Request,
  env: Env,
  namespace: DurableObjectNamespace<Target>,
  options: RoutingOptions | (() => RoutingOptions) = {},
): Promise<Response> {
  askedInDevelopment(request); // Also without an Origin: what this request makes fail is told whole then.
  const origin = request.headers.get("Origin");
  const cors = origin === null ? {} : corsFor(origin, request, env.ALLOWED_ORIGINS);
  try {
    if (cors === undefined) throw refusedOrigin(origin ?? "");
    if (isRebound(request, env.ALLOWED_ORIGINS)) throw refusedOrigin(new URL(request.url).origin);
    if (isPreflight(request)) return optionsResponse(cors);
    checkVariables(env, ["ALLOWED_ORIGINS"]);
    const { compressWebSockets = "off", ...where } = typeof options === "function" ? options() : options;
    checkCompression(compressWebSockets);
    if (where.authorize === undefined) warnOfRebinding(request);
    const response = await dispatch(request, env, namespace, where);
    return response.webSocket === null ? withHeaders(response, cors) : upgraded(response, extensionsFor(request, compressWebSockets));
  } catch (error) {
    const code = error instanceof RequestError ? error.body.code : "internal";
    publish({ type: "run:refused", payload: { code, transport: isUpgrade(request) ? "ws" : "http" } });
    const refusal = errorResponse(error);
    return isUpgrade(request) ? upgraded(await refuseSocket(refusal), DECLINED) : withHeaders(refusal, cors);
  }
}

async function dispatch<Env extends Cloudflare.Env, Target extends Agent<Env>>(
  request: Request,
  env: Env,
  namespace: DurableObjectNamespace<Target>,
  { agent: segment = AGENT_SEGMENT, authorize, tickets }: RoutingOptions,
): Promise<Response> {
  checkBinding(env, namespace, segment);
  const { name, path, url, byPath } = locate(request, segment);
  if (!isPlainPath(path, Object.keys(classes ?? {}))) throw noSuchPath();
  const audience = `${segment}/${name}`;
  const access = accessOf(request, name, path);
  const authorization = authorize && (await authorizeRequest(access, path, audience, authorize, tickets));
  if (access.action === "ticket") {
    if (tickets === undefined || authorization === undefined)
      throw new RequestError({ code: "not_found", message: "This agent gives out no tickets." });
    const body = parseTicketRequest(await readJson(request, TICKET_BODY_MAX_BYTES));
    return json(await issueTicket(tickets, audience, authorization.grant, body), 201);
  }
  // PROTOCOL.md §3.7: it is there to open a connection, and wakes no agent.
  if (request.method === "OPTIONS") return optionsResponse();
  // The agent knows no tickets.
  if (path === "/tickets" && tickets !== undefined && authorization !== undefined && access.action !== "connect")
    throw methodNotAllowed(request.method, ["POST"]);
  // By the ids of its connections the SDK tells its own clients apart: a socket of this protocol has no say in them.
  if (access.action === "connect" && asksForProtocol(request)) url.searchParams.delete("_pk");
  const { sub } = splitSubAgents(path);
  const forwarded = withAuthorization(new Request(url, request), authorization, sub === "" ? undefined : `/agents/${audience}${sub}`);
  if (access.action === "connect") checkHandshake(forwarded, name);
  let response: Response | null;
  if (byPath) {
    // A start without a key must not be sent twice; what only reads may be.
    const safe = request.method === "GET" && authorization?.ticket === undefined;
    response = await routeAgentRequest(forwarded, env, safe ? {} : { routingRetry: false });
    if (response === null) throw noSuchPath();
  } else response = await (await getAgentByName<Env, Target>(namespace, name)).fetch(forwarded);
  return access.action === "connect" && response.webSocket === null ? refuseSocket(response) : response;
}

/** Which agent a request is for, and what it asks of it: `/agents/<segment>/<name><path>`, the one form that the agent sees. */
function locate(request: Request, segment: string): { name: string; path: string; url: URL; byPath: boolean } {
  const url = new URL(request.url);
  const byPath = url.pathname.startsWith("/agents/");
  const [, , asked = "", named = ""] = url.pathname.split("/");
  if (byPath && asked !== segment) {
    const what = /^[\w.~-]{1,64}$/.test(asked) ? `No agent is served at /agents/${asked}` : "There is no such agent";
    throw new RequestError({ code: "not_found", message: `${what}. Did you mean /agents/${segment}/<name>?` });
  }
  const name = byPath ? named : (url.searchParams.get("agent-id") ?? DEFAULT_AGENT_NAME);
  // Before an object is created: any name would create one.
  if (RESERVED_AGENT_NAMES.has(name))
    throw invalidRequest(`No agent can be named ${name}. Did you mean /agents/${segment}/<name>/${name}?`, "agent");
  if (!isAgentName(name))
    throw invalidRequest("An agent's name is 1 to 128 letters, digits, dots, hyphens, underscores and tildes.", "agent");
  const base = `/agents/${segment}/${name}`;
  const path = (byPath ? url.pathname.slice(base.length) : url.pathname).replace(/\/$/, "");
  url.pathname = base + path;
  return { name, path, url, byPath };
}

/** Whether a browser asks for a page of another origin, and without its credentials (Fetch, "CORS-preflight request"). */
function isPreflight({ method, headers }: Request): boolean {
  return method === "OPTIONS" && headers.has("Access-Control-Request-Method");
}

function optionsResponse(cors: Readonly<Record<string, string>> = {}): Response {
  return new Response(null, { status: 204, headers: { ...COMMON_HEADERS, ...cors, ...preflight } });
}

const preflight: Readonly<Record<string, string>> = {
  Allow: "GET, POST, DELETE, OPTIONS",
  "Access-Control-Allow-Methods": "GET, POST, DELETE, OPTIONS",
  "Access-Control-Allow-Headers": "Content-Type, Last-Event-ID, Idempotency-Key, Authorization",
  "Access-Control-Max-Age": "86400",
};

/** The CORS headers for an origin that may; `undefined` for one that may not. */
function corsFor(origin: string, request: Request, allowed: string | undefined): Readonly<Record<string, string>> | undefined {
  if (origin === new URL(request.url).origin) return {};
  if (!originAllowed(origin, request, allowed)) return undefined;
  return {
    "Access-Control-Allow-Origin": origin,
    "Access-Control-Expose-Headers": `${HEADER_RUN}, ${HEADER_HEARTBEAT}, Content-Location, Location, Retry-After`,
    Vary: "Origin",
  };
}

/** PROTOCOL.md §4.3: a refusal is a close code, because a browser cannot see a handshake's status. */
async function refuseSocket(refusal: Response): Promise<Response> {
  const body: unknown = await refusal.json();
  const error = typeof body === "object" && body !== null && "error" in body ? body.error : undefined;
  const pair = new WebSocketPair();
  pair[1].accept();
  pair[1].close(4000 + refusal.status, closeReason(isErrorBody(error) ? error.message : "The agent failed."));
  return new Response(null, { status: 101, webSocket: pair[0] });
}

/** The answer to a handshake. A runtime that is asked to names the extensions that it takes in this header. */
function upgraded({ headers: given, webSocket }: Response, extensions: string | undefined): Response {
  const headers = new Headers(given);
  for (const [name, value] of Object.entries(COMMON_HEADERS)) headers.set(name, value);
  if (extensions !== undefined) headers.set("Sec-WebSocket-Extensions", extensions);
  return new Response(null, { status: 101, webSocket, headers });
}
