import { env as variables } from "cloudflare:workers";
import {
  createModel,
  generateWith,
  routeRequest,
  RunAgent,
  type Authorize,
  type Durability,
  type Generation,
  type ModelEnv,
} from "@agent-transports/agent-worker";
import type { AgentContext } from "agents";
import type { UIMessageChunk } from "ai";
import { during, Recorder, recordIsolate } from "./recorder.ts";

interface Env extends ModelEnv {
  readonly IdleAgent: DurableObjectNamespace<IdleAgent>;
  readonly RETENTION_MS?: string;
  readonly SOCKETS?: string;
}

const { KEEP_ALIVE_MS }: { readonly KEEP_ALIVE_MS?: string } = variables;

recordIsolate();

/** Agents that crashed, by name; and how often each was asked whether an answer may go on. They outlive an object, as the isolate does. */
const crashed = new Set<string>();
const asked = new Map<string, number>();
/** Since the last crash. */
let requests = 0;

const recorders = new WeakMap<object, Recorder>();

function recorded(ctx: AgentContext): AgentContext {
  recorders.set(ctx, new Recorder(ctx));
  return ctx;
}

/** An agent that says which life of it this is, what it wrote, and what is pending. */
export class IdleAgent extends RunAgent<Env> {
  static override options: { keepAliveIntervalMs?: number } =
    KEEP_ALIVE_MS === undefined ? {} : { keepAliveIntervalMs: Number(KEEP_ALIVE_MS) };

  /** Another one each time that the object comes to life. */
  readonly #life: string = crypto.randomUUID();

  constructor(ctx: AgentContext, env: Env) {
    super(recorded(ctx), env);
  }

  override generate(generation: Generation): AsyncIterable<UIMessageChunk> | Promise<AsyncIterable<UIMessageChunk>> {
    const text = generation.messages.at(-1)?.parts.find((part) => part.type === "text")?.text ?? "";
    const count = /^fill ([0-9]+)$/.exec(text)?.[1];
    if (text === "wait") return waiting(generation.signal);
    return count === undefined ? generateWith(createModel(this.env), generation) : filled(Number(count));
  }

  override retention(): { maxAgeMs?: number } {
    if (this.name.endsWith("-retention-throws")) throw new Error("of the author's");
    return this.env.RETENTION_MS === undefined ? {} : { maxAgeMs: Number(this.env.RETENTION_MS) };
  }

  override durability(): Durability {
    if (this.name.endsWith("-durability-throws") && crashed.has(this.name)) throw new Error("of the author's");
    return this.name.includes("-behind") ? { level: "behind", windowMs: 60_000 } : super.durability();
  }

  /** Called in the turn in which the log was read: one that dies there dies as by what it reads. */
  override recover(): boolean {
    asked.set(this.name, (asked.get(this.name) ?? 0) + 1);
    if (this.name.endsWith("-dies-reading")) this.ctx.abort("crash");
    return true;
  }

  override limits(): { sockets?: number } {
    return this.env.SOCKETS === undefined ? {} : { sockets: Number(this.env.SOCKETS) };
  }

  /** A request is open until its answer has been sent or its client has gone: an event stream is one for as long as it is read. */
  override async fetch(request: Request): Promise<Response> {
    if (/\/(recorded|crash|asked)$/.test(new URL(request.url).pathname)) return super.fetch(request);
    const response = await during("request", super.fetch(request));
    if (response.body === null) return response;
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    // That its client goes is how such a request ends, too.
    void during("request", response.body.pipeTo(writable)).catch(() => undefined);
    return new Response(readable, response);
  }

  override onStart(): void {
    // Until a request has seen it: the agent's own alarm may come first.
    if (this.name.endsWith("-start-throws") && crashed.has(this.name) && requests < 2) throw new Error("of the author's");
  }

  readonly #sweeps: number[] = [];

  override async expireRuns(): Promise<void> {
    this.#sweeps.push(Date.now());
    await super.expireRuns();
  }

  override onRequest(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname.endsWith("/recorded"))
      return Promise.resolve(Response.json({ life: this.#life, sweeps: this.#sweeps, ...recorders.get(this.ctx)?.take() }));
    // The crash of this one object: its storage is what was committed.
    if (pathname.endsWith("/crash")) {
      crashed.add(this.name);
      requests = 0;
      this.ctx.abort("crash");
    }
    if (pathname.endsWith("/asked")) return Promise.resolve(Response.json(asked.get(this.name) ?? 0));
    // What it leaves where it dies while its sockets follow this run again.
    if (pathname.endsWith("/plant-second-death")) {
      const run = new URL(request.url).searchParams.get("run");
      return this.#plant(() =>
        this.ctx.storage.sql.exec(
          "CREATE TABLE transport_following_again (one INTEGER PRIMARY KEY, runs TEXT); INSERT INTO transport_following_again VALUES (1, json_array(?))",
          run,
        ),
      );
    }
    // What would keep it awake: the controls of the tests.
    if (pathname.endsWith("/plant-timer")) return this.#plant(() => void setTimeout(() => undefined, 600_000));
    if (pathname.endsWith("/plant-wait"))
      return this.#plant(() => this.ctx.waitUntil(new Promise((resolve) => setTimeout(resolve, 600_000))));
    return super.onRequest(request);
  }

  #plant(plant: () => void): Promise<Response> {
    plant();
    return Promise.resolve(new Response());
  }
}

/** More than a reader that acknowledges nothing is sent. */
async function* filled(count: number): AsyncGenerator<UIMessageChunk> {
  yield { type: "start" };
  for (let n = 0; n < count; n++) yield { type: "data-filling", data: "0123456789".repeat(100), transient: true };
  yield { type: "finish" };
}

async function* waiting(signal: AbortSignal): AsyncGenerator<UIMessageChunk> {
  yield { type: "start" };
  await new Promise((resolve) => signal.addEventListener("abort", resolve));
}

/** A token is its own grant, in base64url: nobody outside a test would do that. */
const authorize: Authorize = ({ token }) =>
  token === undefined ? { subject: "anyone" } : (JSON.parse(Buffer.from(token, "base64url").toString()) as ReturnType<Authorize> & object);

export default {
  fetch(request, env) {
    requests += 1;
    return routeRequest(request, env, env.IdleAgent, { agent: "idle-agent", authorize });
  },
} satisfies ExportedHandler<Env>;
