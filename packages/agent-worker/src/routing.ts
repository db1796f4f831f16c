import { AGENT_SEGMENT, DEFAULT_AGENT_NAME, HEADER_HEARTBEAT, HEADER_RUN } from "@agent-transports/protocol";
import { getAgentByName, routeAgentRequest, type Agent } from "agents";
import { invalidRequest, RequestError } from "./errors.ts";
import { errorResponse } from "./http/responses.ts";
import { refusalOf } from "./ws/sockets.ts";

export interface RoutingEnv {
  /** Origins besides the Worker's own whose pages may use it: exact, separated by commas. */
  readonly ALLOWED_ORIGINS?: string;
}

export interface RoutingOptions {
  /** The agent's URL segment: its binding's name in kebab case. Default `transport-agent`. */
  readonly agent?: string;
}

/** PROTOCOL.md §1. Checked before an object is created: any name would create one. */
const AGENT_NAME = /^(?!\.{1,2}$)[A-Za-z0-9._~-]{1,128}$/;

/**
 * Brings a request to its agent: by path (`/agents/<segment>/<name>…`, the SDK's `routeAgentRequest`), by `?agent-id=<name>` at the root
 * (`getAgentByName`), else to the agent named `default`.
 */
export async function routeRequest<Env extends Cloudflare.Env & RoutingEnv, Target extends Agent<Env>>(
  request: Request,
  env: Env,
  namespace: DurableObjectNamespace<Target>,
  { agent: segment = AGENT_SEGMENT }: RoutingOptions = {},
): Promise<Response> {
  const origin = request.headers.get("Origin");
  const cors = origin === null ? {} : corsFor(origin, request.url, env.ALLOWED_ORIGINS);
  try {
    if (cors === undefined) {
      throw new RequestError({ code: "forbidden", message: "Pages of this origin may not use this agent. Add it to ALLOWED_ORIGINS." });
    }
    if (request.method === "OPTIONS") return new Response(null, { status: 204, headers: { ...cors, ...preflight } });
    return withHeaders(await dispatch(request, env, namespace, segment), cors);
  } catch (error) {
    const refusal = errorResponse(error);
    return isUpgrade(request)
      ? refuseSocket(4000 + refusal.status, error instanceof RequestError ? error.body.message : "The agent failed.")
      : withHeaders(refusal, cors ?? {});
  }
}

async function dispatch<Env extends Cloudflare.Env, Target extends Agent<Env>>(
  request: Request,
  env: Env,
  namespace: DurableObjectNamespace<Target>,
  segment: string,
): Promise<Response> {
  const url = new URL(request.url);
  if (url.pathname.startsWith("/agents/")) {
    const [, , asked, name] = url.pathname.split("/");
    if (asked !== segment) {
      throw new RequestError({ code: "not_found", message: `There is no such agent here. Did you mean /agents/${segment}/<name>?` });
    }
    checkName(name ?? "");
    const refusal = isUpgrade(request) ? refusalOf(request, name ?? "") : undefined;
    if (refusal !== undefined) return refuseSocket(4000 + refusal.status, refusal.reason);
    // A start without a key must not be sent twice; what only reads may be.
    const safe = request.method === "GET";
    const response = await routeAgentRequest(request, env, safe ? {} : { routingRetry: false });
    if (response !== null) return response;
    throw new RequestError({ code: "not_found", message: "There is no such path. PROTOCOL.md §3 lists them." });
  }
  const name = url.searchParams.get("agent-id") ?? DEFAULT_AGENT_NAME;
  checkName(name);
  // The agent sees one form of its paths only.
  url.pathname = `/agents/${segment}/${name}${url.pathname === "/" ? "" : url.pathname}`;
  const forwarded = new Request(url, request);
  const refusal = isUpgrade(request) ? refusalOf(forwarded, name) : undefined;
  if (refusal !== undefined) return refuseSocket(4000 + refusal.status, refusal.reason);
  const agent = await getAgentByName<Env, Target>(namespace, name);
  return agent.fetch(forwarded);
}

function checkName(name: string): void {
  if (!AGENT_NAME.test(name))
    throw invalidRequest("An agent's name is 1 to 128 letters, digits, dots, hyphens, underscores and tildes.", "agent");
}

const preflight: Readonly<Record<string, string>> = {
  "Access-Control-Allow-Methods": "GET, POST, DELETE, OPTIONS",
  "Access-Control-Allow-Headers": "Content-Type, Last-Event-ID, Idempotency-Key, Authorization",
  "Access-Control-Max-Age": "86400",
};

/** The CORS headers for an origin that may; `undefined` for one that may not. */
function corsFor(origin: string, url: string, allowed: string | undefined): Readonly<Record<string, string>> | undefined {
  if (origin === new URL(url).origin) return {};
  const list = (allowed ?? "").split(",").map((one) => one.trim());
  if (!list.includes(origin)) return undefined;
  return {
    "Access-Control-Allow-Origin": origin,
    "Access-Control-Expose-Headers": `${HEADER_RUN}, ${HEADER_HEARTBEAT}, Content-Location, Location, Retry-After`,
    Vary: "Origin",
  };
}

function isUpgrade(request: Request): boolean {
  return request.headers.get("Upgrade")?.toLowerCase() === "websocket";
}

/** PROTOCOL.md §4.3: a refusal is a close code, because a browser cannot see a handshake's status. */
function refuseSocket(code: number, reason: string): Response {
  const pair = new WebSocketPair();
  pair[1].accept();
  // A reason may have 123 bytes (RFC 6455 §5.5).
  pair[1].close(code, reason.slice(0, 120));
  return new Response(null, { status: 101, webSocket: pair[0] });
}

function withHeaders(response: Response, headers: Readonly<Record<string, string>>): Response {
  if (response.webSocket !== null || Object.keys(headers).length === 0) return response;
  const copy = new Response(response.body, response);
  for (const [name, value] of Object.entries(headers)) copy.headers.set(name, value);
  return copy;
}
