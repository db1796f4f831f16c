import {
  createModel,
  generateWith,
  routeRequest,
  RunAgent,
  type Authorize,
  type Generation,
  type ModelEnv,
  type Retention,
} from "@agent-transports/agent-worker";
import { Agent, type FiberRecoveryContext } from "agents";
import type { UIMessageChunk } from "ai";

interface Env extends ModelEnv {
  readonly ParentAgent: DurableObjectNamespace<ParentAgent>;
  readonly PlainParent: DurableObjectNamespace<PlainParent>;
  readonly RETENTION_MS?: string;
}

/** How often the alarm of an agent at the root looks after its sub-agents: soon enough for a test. */
const LOOK_MS = 1_000;
/** Which sub-agents have come to life, by name. */
const lives: string[] = [];
/** Fibers that were interrupted, and that their author was told of. */
const interrupted: string[] = [];

/** Its sub-agents are reached from outside: `/sub/child-agent/<name>`. */
export class ParentAgent extends RunAgent<Env> {
  static override options: { keepAliveIntervalMs: number } = { keepAliveIntervalMs: LOOK_MS };

  override async *generate(): AsyncGenerator<UIMessageChunk> {
    yield { type: "finish" };
  }

  /** As the Agents SDK's documents show it: a request with headers, and a path, of its author's own. */
  override onBeforeSubAgent(request: Request, { name }: { name: string }): Promise<Request | void> {
    if (!name.endsWith("-tagged")) return Promise.resolve();
    const url = new URL(request.url);
    url.pathname = "/elsewhere";
    const headers = isUpgrade(request) ? new Headers({ Upgrade: "websocket", "x-user": "tagged" }) : new Headers({ "x-user": "tagged" });
    return Promise.resolve(new Request(url, { method: request.method, body: request.body, headers }));
  }
}

function isUpgrade({ headers }: Request): boolean {
  return headers.get("Upgrade") === "websocket";
}

/** A parent that knows nothing of runs. */
export class PlainParent extends Agent<Env> {
  static override options: { keepAliveIntervalMs: number } = { keepAliveIntervalMs: LOOK_MS };
}

export class ChildAgent extends RunAgent<Env> {
  /** A field, as some write their handlers. */
  override onFiberRecovered = async ({ name }: FiberRecoveryContext): Promise<void> => {
    interrupted.push(`${this.name}: ${name}`);
  };

  override onStart(): void {
    lives.push(this.name);
  }

  override generate(generation: Generation): AsyncIterable<UIMessageChunk> | Promise<AsyncIterable<UIMessageChunk>> {
    const text = generation.messages.at(-1)?.parts.find((part) => part.type === "text")?.text ?? "";
    return text === "wait" ? waiting(generation) : generateWith(createModel(this.env), generation);
  }

  override recovery(): { enabled: boolean } {
    return { enabled: false };
  }

  override retention(): Partial<Retention> {
    return this.env.RETENTION_MS === undefined ? {} : { maxAgeMs: Number(this.env.RETENTION_MS) };
  }

  override onBeforeSubAgent(): Promise<void> {
    return Promise.resolve();
  }

  override onRequest(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    // The crash of the whole tree: its storage is what was committed.
    if (pathname === "/crash") this.ctx.abort("crash");
    if (pathname === "/fiber") this.ctx.waitUntil(this.runFiber("its author's", () => new Promise(() => undefined)));
    return pathname === "/fiber" ? Promise.resolve(new Response()) : super.onRequest(request);
  }
}

async function* waiting(generation: Generation): AsyncGenerator<UIMessageChunk> {
  yield { type: "start" };
  while (!generation.signal.aborted) {
    for (const data of generation.takeInputs()) yield { type: "data-heard", data, transient: true };
    await scheduler.wait(20);
  }
}

/** A token is its own grant, in base64url: nobody outside a test would do that. */
const authorize: Authorize = ({ token }) =>
  token === undefined ? { subject: "anyone" } : (JSON.parse(Buffer.from(token, "base64url").toString()) as ReturnType<Authorize> & object);

const tickets = { secret: "of the tests alone, and long enough for them" };

/** Our clients ask for `<url>/agents/<agent>/<name>`: their `url` names the parent. */
function asSubAgents(request: Request): Request {
  const url = new URL(request.url);
  url.pathname = url.pathname.replace(/^\/of\/([^/]+)\/agents\//, "/agents/parent-agent/$1/sub/");
  return new Request(url, request);
}

export default {
  fetch(asked, env) {
    const request = asSubAgents(asked);
    const { pathname } = new URL(request.url);
    // No agent is asked.
    if (pathname === "/interrupted") return Response.json(interrupted);
    if (pathname === "/lives") return Response.json(lives);
    return pathname.startsWith("/agents/plain-parent/")
      ? routeRequest(request, env, env.PlainParent, { agent: "plain-parent", authorize, tickets })
      : routeRequest(request, env, env.ParentAgent, { agent: "parent-agent", authorize, tickets });
  },
} satisfies ExportedHandler<Env>;
