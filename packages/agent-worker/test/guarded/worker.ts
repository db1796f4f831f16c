import { subscribe } from "node:diagnostics_channel";
import {
  createModel,
  generateWith,
  RequestError,
  routeRequest,
  RunAgent,
  type Authorize,
  type Generation,
  type Grant,
  type ModelEnv,
} from "@agent-transports/agent-worker";
import { callable, type Connection, type ConnectionContext } from "agents";
import { tool, type UIMessageChunk } from "ai";
import { z } from "zod";
import type { FieldAgent, OverridingAgent } from "./overriding.ts";

export { FieldAgent, FieldSubAgent, OverridingAgent, PlainAgent } from "./overriding.ts";

/** An agent for the tests: whoever asks brings their grant in the token, and the prompt says what the model does. */
interface Env extends ModelEnv {
  readonly GuardedAgent: DurableObjectNamespace<GuardedAgent>;
  readonly OverridingAgent: DurableObjectNamespace<OverridingAgent>;
  readonly FieldAgent: DurableObjectNamespace<FieldAgent>;
  /** Not in wrangler.jsonc. */
  readonly NoSuchAgent: DurableObjectNamespace<GuardedAgent>;
  readonly TICKET_LIFETIME_MS?: string;
  readonly LIVE_RUNS?: string;
}

const observed: unknown[] = [];
subscribe("agents:lifecycle", (event) => observed.push(event));

export class GuardedAgent extends RunAgent<Env> {
  /** Another one each time that the object comes to life. */
  readonly #life: string = crypto.randomUUID();

  override generate(generation: Generation): AsyncIterable<UIMessageChunk> | Promise<AsyncIterable<UIMessageChunk>> {
    const text = generation.messages.at(-1)?.parts.find((part) => part.type === "text")?.text ?? "";
    if (text === "stubborn") return stubborn();
    if (text === "parts") return everyPart();
    if (text === "context") return say(JSON.stringify(generation.messages), generation.signal);
    if (text.startsWith("silent")) return generateWith(createModel(this.env), generation, { maxRetries: 0, modelSilenceMs: 500 });
    if (!text.startsWith("model")) return say(text, generation.signal);
    const broken = tool({
      description: "Fails.",
      inputSchema: z.object({}),
      execute: (): string => {
        throw new Error(`${text}\n    at ${text}`);
      },
    });
    // Those that are to be late are; the others only look so on a busy machine.
    const timeout = /never|falls silent/.test(text) ? 1_000 : 30_000;
    return generateWith(createModel(this.env), generation, { tools: { broken }, maxRetries: 0, timeout });
  }

  /** Its answers are no model's: what it would be asked to go on with, it would say. */
  override recovery(): { enabled: boolean } {
    return { enabled: false };
  }

  /** What an author lets the Agents SDK's own clients call. */
  @callable()
  secret(): string {
    return `secret of ${this.#life}`;
  }

  /** How many connections the Agents SDK knows by this id. */
  @callable()
  namesakes(id: string): number {
    return [...this.getConnections(id)].length;
  }

  /** To all of the SDK's own clients. */
  @callable()
  shout(): void {
    this.broadcast("not a frame of the protocol");
  }

  override onConnect(connection: Connection, context: ConnectionContext): void | Promise<void> {
    if (new URL(context.request.url).searchParams.has("fail")) throw new Error("canary of a connection");
    return super.onConnect(connection, context);
  }

  override limits(): { liveRuns: number } {
    return { liveRuns: Number(this.env.LIVE_RUNS ?? 100) };
  }

  override onRequest(request: Request): Promise<Response> {
    if (new URL(request.url).pathname.endsWith("/fail")) throw new Error("canary of a request");
    // The crash of this one object: its storage is what was committed.
    if (new URL(request.url).pathname.endsWith("/crash")) this.ctx.abort("crash");
    if (new URL(request.url).pathname.endsWith("/life")) return Promise.resolve(new Response(this.#life));
    return super.onRequest(request);
  }
}

/** Hears of no cancel for as long as a test takes. */
async function* stubborn(): AsyncGenerator<UIMessageChunk> {
  await scheduler.wait(60_000);
  yield { type: "finish" };
}

/** A part of each kind that an answer may have. */
async function* everyPart(): AsyncGenerator<UIMessageChunk> {
  yield { type: "start", messageId: "m1", messageMetadata: { from: "test" } };
  yield { type: "start-step" };
  yield { type: "reasoning-start", id: "r" };
  yield { type: "reasoning-delta", id: "r", delta: "Let me think." };
  yield { type: "reasoning-end", id: "r" };
  yield { type: "source-url", sourceId: "s", url: "https://example.com/", title: "Example" };
  yield { type: "file", mediaType: "image/png", url: "data:image/png;base64,AAAA" };
  yield { type: "data-weather", id: "w", data: { celsius: 20 } };
  yield { type: "data-progress", data: 0.5, transient: true };
  yield { type: "tool-input-start", toolCallId: "c", toolName: "look" };
  yield { type: "tool-input-delta", toolCallId: "c", inputTextDelta: "{}" };
  yield { type: "tool-input-available", toolCallId: "c", toolName: "look", input: {} };
  yield { type: "tool-output-available", toolCallId: "c", output: { seen: true } };
  yield { type: "text-start", id: "t" };
  yield { type: "text-delta", id: "t", delta: "Done." };
  yield { type: "text-end", id: "t" };
  yield { type: "finish-step" };
  yield { type: "finish", finishReason: "stop" };
}

async function* say(text: string, signal: AbortSignal): AsyncGenerator<UIMessageChunk> {
  yield { type: "start" };
  yield { type: "text-start", id: "0" };
  yield { type: "text-delta", id: "0", delta: text };
  if (text.startsWith("throw")) throw new Error(`${text}\n    at ${text} (${text}:1:1)`);
  // Until it is cancelled, and at most for as long as a test may run.
  for (let n = 0; text.startsWith("wait") && n < 3_000 && !signal.aborted; n++) {
    await scheduler.wait(10);
    if (n % 5 === 0) yield { type: "text-delta", id: "0", delta: `${n} ` };
  }
  yield { type: "text-end", id: "0" };
  yield { type: "finish" };
}

/** A token is its own grant, in base64url: nobody outside a test would do that. */
const authorize: Authorize = ({ token }) => {
  if (token === undefined || token === "wrong") return undefined;
  if (token === "refuse")
    throw new RequestError({ code: "forbidden", message: "Dafür reichen Ihre Rechte nicht: ".repeat(4) + "é".repeat(100) });
  if (token.startsWith("throw")) throw new Error(`The hook failed on ${token}.`);
  const grant: Grant = JSON.parse(Buffer.from(token, "base64url").toString());
  return grant;
};

function bound(namespace: Env["GuardedAgent"]): Env["GuardedAgent"] {
  return new Proxy(namespace, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

export default {
  fetch(request, env) {
    if (new URL(request.url).pathname === "/observed") return Response.json(observed.splice(0));
    // What an author gets wrong: a segment that is no binding's, and a binding that is not there.
    const wrong = request.headers.get("X-Wrong");
    if (wrong === "segment") return routeRequest(request, env, env.GuardedAgent, { agent: "other-agent" });
    if (wrong === "binding") return routeRequest(request, env, env.NoSuchAgent, { agent: "guarded-agent" });
    if (wrong === "compression") {
      const compressWebSockets: "on" = JSON.parse('"yes"');
      return routeRequest(request, env, env.GuardedAgent, { agent: "guarded-agent", compressWebSockets });
    }
    // Some tracers wrap a binding anew each time that it is read.
    const traced = new Proxy(env, { get: (own, name) => (name === "GuardedAgent" ? bound(own.GuardedAgent) : Reflect.get(own, name)) });
    const [, , agent] = new URL(request.url).pathname.split("/");
    if (agent === "overriding-agent") return routeRequest(request, env, env.OverridingAgent, { agent, authorize });
    if (agent === "field-agent") return routeRequest(request, env, env.FieldAgent, { agent, authorize });
    const own = wrong === "nothing: it is traced" ? traced : env;
    return routeRequest(request, own, own.GuardedAgent, {
      agent: "guarded-agent",
      authorize,
      compressWebSockets: "off",
      tickets: { secret: "a secret of the tests, long enough", lifetimeMs: Number(env.TICKET_LIFETIME_MS ?? 30_000) },
    });
  },
} satisfies ExportedHandler<Env>;
